#include "consensus/links.h"
