#include "proto/cose.h"
