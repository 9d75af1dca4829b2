#include "proto/genesis.h"
