#include "proto/sign.h"
