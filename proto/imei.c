#include "proto/imei.h"
