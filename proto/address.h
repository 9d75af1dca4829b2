/*
 * address.h: where nodes call each other: tls+tcp://HOST:PORT.
 *
 * HOST is a name of letters, digits, dots, hyphens and underscores, an IPv4 address, or an IPv6
 * address in brackets; PORT is 1 to 65535, without leading zeros. One rule for statements, genesis
 * files, configurations and links: what the ledger takes, every node can call.
 */
#ifndef PROTO_ADDRESS_H
#define PROTO_ADDRESS_H

#include "proto/err.h"
#include "proto/limits.h"

/* A terminated text of at most ADDRESS_SIZE_MAX bytes. ERR_BAD_TEXT. */
enum err address_check(const char *address) must_check;

/* The same for listening: HOST may also be `*`, every address of the machine. */
enum err address_check_listen(const char *address) must_check;

#endif
