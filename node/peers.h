/*
 * peers.h: the other nodes: who they are, the connections to them, what they say of this one.
 *
 * Who is connected to follows the members in force, those before them while the change is not
 * committed (they may be in force again), and the contacts: nodes that a node whose state is behind
 * was told of (node/join.h). Names, addresses and keys come from the ledger's state, else from the
 * contacts.
 *
 * Nothing that a peer sends counts before its incarnation is durable here: consensus/links.h says
 * why.
 *
 * Belongs to the loop's thread.
 */
#ifndef NODE_PEERS_H
#define NODE_PEERS_H

#include "ledger/view.h"
#include "node/driver.h"
#include "node/identity.h"

struct peers;

struct peers_options {
    const struct config *config;
    const struct identity *identity;
    struct ledger *ledger;
    struct disk *disk;
    struct queue *mail; /* what links say is posted here */
    /* The ledger, or a majority of the others, says that this node is a member no longer. Once. */
    void (*removed)(void *context, const char *why);
    void (*fail)(void *context, enum err err, const char *what);
    void *context;
};

/* Opens the links, to nobody yet: peers_follow(). ERR_NETWORK, ERR_CONFIG, ERR_MEMORY. */
enum err peers_open(const struct peers_options *options, struct peers **out) must_check;
/* No mail is posted after this; links_send() on the links goes nowhere. NULL is allowed. */
void peers_hang_up(struct peers *peers);
void peers_close(struct peers *peers); /* after peers_hang_up(). NULL is allowed */

/* The links, until peers_hang_up(). */
struct links *peers_links(const struct peers *peers);

/* Connects to who is to be connected to now. Costs nothing when nothing has changed. */
void peers_follow(struct peers *peers, const struct driver *driver);

/* Connects to the members as of the state, for a node that does not take part yet. Errors of
 * view_members() and of links_set_peers(). */
enum err peers_call_members(struct peers *peers) must_check;

/* A configuration block was applied: peers_follow() is to look at the state again. */
void peers_look_again(struct peers *peers);

/* Nodes that are said to be members by now; copied, at most MEMBERS_MAX. They are forgotten when
 * the log shows this node and its leader among the members. */
void peers_set_contacts(struct peers *peers, const struct node_info *contacts, size_t count);

/* True when a frame that has come from that node may be acted upon. */
bool peers_hears(const struct peers *peers, const struct driver *driver, uint32_t from);

/* What links said. */
void peers_take_link(struct peers *peers, const struct mail_link *mail);
void peers_take_word(struct peers *peers, struct driver *driver, const struct mail_word *mail);

/* Fills in the other members in force. */
void peers_status(const struct peers *peers, const struct driver *driver, struct status *status);

#endif
