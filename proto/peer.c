#include "proto/peer.h"
