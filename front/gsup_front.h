/*
 * gsup_front.h: answers the MSCs and SGSNs of an Osmocom core that ask for an IMEI by GSUP.
 *
 * Each connection has one buffer for what comes and one for what goes; while an answer waits to be
 * taken nothing more is read from it, so that nobody makes the node keep more than these. A
 * connection that says nothing is pinged, and closed when that stays unanswered.
 */
#ifndef FRONT_GSUP_FRONT_H
#define FRONT_GSUP_FRONT_H

#include "conf/settings.h"
#include "eir/eir.h"

/* GSUP can say yes and no: what is said of a device that is unknown. */
enum gsup_unknown { GSUP_UNKNOWN_ACK, GSUP_UNKNOWN_NACK };

/* The section `gsup` of the configuration. */
struct gsup_options {
    bool is_on;
    struct host_port listen;
    enum gsup_unknown unknown;
    uint64_t connections_max;
    uint64_t idle_ms;
};

extern const struct settings gsup_settings;

struct gsup_front;

/* Takes connections when it returns. ERR_NETWORK, ERR_MEMORY; `options` are copied. */
enum err gsup_front_open(const struct gsup_options *options, struct eir *eir,
                         struct gsup_front **out) must_check;
void gsup_front_close(struct gsup_front *front); /* NULL is allowed */

/* Where it listens, also if that was to be any. */
uint16_t gsup_front_port(const struct gsup_front *front);

#endif
