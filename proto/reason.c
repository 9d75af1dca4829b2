#include "proto/reason.h"
