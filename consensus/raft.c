#include "consensus/raft.h"
