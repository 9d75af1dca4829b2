#include "proto/block.h"
