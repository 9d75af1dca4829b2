#include "proto/statement.h"
