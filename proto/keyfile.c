#include "proto/keyfile.h"
