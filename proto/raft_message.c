#include "proto/raft_message.h"
