#include "eir/verdict.h"
