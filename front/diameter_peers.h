/*
 * diameter_peers.h: who may connect by Diameter.
 *
 * freeDiameter asks when a capabilities exchange comes in, and answers 3010 to whoever is refused.
 */
#ifndef FRONT_DIAMETER_PEERS_H
#define FRONT_DIAMETER_PEERS_H

#include "front/s13_settings.h"
#include "proto/err.h"

/* The peer of that name, in any case (a DiameterIdentity is a DNS name); NULL when it is not named.
 */
const struct s13_peer *diameter_peer(const struct s13_options *options, const char *name);

/* Hands freeDiameter the rule: a peer is let in when it is named, comes from its address if it has
 * one, and with TLS shows a certificate of its name. Once a process, after freeDiameter was
 * initialized. `options` live as long as freeDiameter; `say` is told of each that is refused, on
 * freeDiameter's threads. ERR_INTERNAL when freeDiameter refuses. */
enum err diameter_peers_register(const struct s13_options *options,
                                 void (*say)(const char *name, const char *why)) must_check;

#endif
