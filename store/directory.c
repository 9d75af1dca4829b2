#include "store/directory.h"
