#include "consensus/disk.h"
