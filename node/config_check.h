/*
 * config_check.h: whether what the configuration names can be used, before a node is started.
 *
 * Files, keys, certificates, genesis, policy. What is wrong is logged, with the line of the key.
 */
#ifndef NODE_CONFIG_CHECK_H
#define NODE_CONFIG_CHECK_H

#include "node/config.h"

/* `path`: of the file that `config` was read from. ERR_CONFIG, ERR_MEMORY. */
enum err config_check(const struct config *config, const char *path) must_check;

#endif
