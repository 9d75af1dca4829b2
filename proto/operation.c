#include "proto/operation.h"
