#include "proto/items.h"
