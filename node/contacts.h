/*
 * contacts.h: finds the members again for a node that knows of none that lives.
 *
 * A node that was away while the others were replaced, one by one, calls nodes that are no more,
 * and refuses those that call it, for it does not know them. While it knows of no leader it asks
 * under `join` who the members are, now and then; links go to those too (node/peers.h).
 *
 * Belongs to the loop's thread.
 */
#ifndef NODE_CONTACTS_H
#define NODE_CONTACTS_H

#include "node/join.h"
#include "node/peers.h"

/* Between two questions. */
#define CONTACTS_EVERY_MS 10000

struct contacts {
    struct join_question question;
    struct asking *asking; /* under way */
    uint64_t due_ms;       /* monotonic */
};

/* Nobody is asked where the question has no address. */
void contacts_init(struct contacts *contacts, const struct join_question *question);
void contacts_close(struct contacts *contacts);

/* After every batch of events. A node without a leader has one for each of its elections. */
void contacts_tend(struct contacts *contacts, const struct driver *driver, struct peers *peers);

#endif
