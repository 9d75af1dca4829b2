/*
 * view.h: reading the ledger at one height.
 *
 * A view is a snapshot: all answers from it belong together. It belongs to one thread.
 * view_refresh() moves it to the newest height. The pages that a view sees cannot be used again, so
 * who asks now and then lets it rest between. After an error of the store (kind BROKEN) it says the
 * same of every question until view_refresh().
 *
 * Answers are the structs of the client protocol (proto/client.h), so that nothing is copied twice.
 */
#ifndef LEDGER_VIEW_H
#define LEDGER_VIEW_H

#include "ledger/ledger.h"
#include "proto/client.h"
#include "proto/raft_members.h"

struct view;

enum err view_open(struct ledger *ledger, struct view **out) must_check;
enum err view_refresh(struct view *view) must_check;
/* Lets the snapshot go: nothing is asked of the view until view_refresh(). */
void view_rest(struct view *view);
void view_close(struct view *view); /* NULL is allowed */

/* Where this view stands. */
struct ledger_position view_position(const struct view *view);

/* TAC and live claims of a device, its own and those on ranges around it: by kind (blocks first),
 * then in ascending order of their transaction, so that of more than CHECK_CLAIMS_MAX those that
 * decide the verdict are there. `verdict` is not set: that is eir/decide.h. Of `claims` only
 * `claim_count` are written. ERR_OK also when nothing is known of it. The cost does not grow with
 * the TAC's claims or ranges, only with those around the device: ledger/history.h. */
enum err view_device(struct view *view, struct imei imei, struct check_answer *out) must_check;

/* The same claims as a decision needs them, with their organisations' roles. */
struct standing_claim {
    enum claim_kind kind;
    enum reason reason;
    bool is_range;
    uint16_t organisation; /* its number */
    struct name name;
    struct country country;
    unsigned roles;
    uint64_t index; /* of the oldest transaction that raised one like it */
};

/* More than any network has: an index has numbers for half as many (eir/found.h). */
#define STANDING_CLAIMS_MAX 8190

/* Large (500 KiB): on the heap, once a thread. Of `at` only `count` are written. */
struct standing_claims {
    size_t count;
    bool is_cut;
    struct standing_claim at[STANDING_CLAIMS_MAX];
};

/* However many claims there are of one organisation, kind and reason, they are told once as the
 * device's own, and once by range: in the order of view_device(). Beyond STANDING_CLAIMS_MAX such
 * the rest is cut. The cost is that of all claims on the device and around it. */
enum err view_claims(struct view *view, struct imei imei, struct standing_claims *out) must_check;

/* Transactions that changed this device, ascending; `count` up to HISTORY_ROWS_MAX. */
enum err view_history(struct view *view, struct imei imei, bool from_start, uint64_t after,
                      struct history_answer *out) must_check;

/* ERR_OK with known = false when it is not allocated. */
enum err view_tac(struct view *view, uint32_t tac, struct tac_info *out) must_check;

/* The first place of a transaction: COMMITTED, REFUSED (recorded as rejected) or UNKNOWN. `encoded`
 * stays empty: the bytes are in the block at that height and position. */
enum err view_transaction(struct view *view, const struct hash *id,
                          struct tx_answer *out) must_check;

/* By number, from 1. ERR_NOT_FOUND above the last. Keys in force come first, each newest first, as
 * many as fit: view_key() knows them all. */
enum err view_organisation(struct view *view, uint16_t number,
                           struct organisation_info *out) must_check;

/* A key in force or revoked, and its organisation's number. ERR_UNKNOWN_KEY. */
struct key_info {
    struct public_key key;
    uint16_t organisation;
    uint64_t from_height;
    uint64_t revoked_height; /* 0: in force */
};

enum err view_key(struct view *view, const struct key_id *id, struct key_info *out) must_check;

/* The node with that id, or the one with the smallest id from `from` on, removed or not.
 * ERR_NOT_FOUND. */
enum err view_node(struct view *view, uint32_t id, struct node_info *out) must_check;
enum err view_node_from(struct view *view, uint32_t from, struct node_info *out) must_check;

/* Who is to be a member: what the statements of regulators amount to. */
enum err view_wanted(struct view *view, struct raft_members *out) must_check;

/* Who is: the list of the last configuration block up to this height; before the first one the
 * nodes of the genesis, voters all. */
enum err view_members(struct view *view, struct raft_members *out) must_check;

/* What ledger_apply() would say of a configuration block with these members as the next block:
 * ERR_OK, ERR_MEMBERS; the errors of the store. What was ever wanted stays so. */
enum err view_check_members(struct view *view, const struct raft_members *members) must_check;

/* The certificate in DER that signed those of the organisation's nodes: a view, valid until the
 * next view_refresh(). ERR_NOT_FOUND when the organisation has none, or is not known. */
enum err view_authority(struct view *view, const struct name *organisation,
                        struct bytes *out) must_check;

/* The rules, run early: what ledger_apply() would say of this transaction in a block of the next
 * height with that time, after this view's state. The signature is not verified here. ERR_DUPLICATE
 * when it stands in the ledger already: view_transaction() has its place. Errors of the store are
 * of kind BROKEN. */
enum err view_would_accept(struct view *view, const struct transaction *transaction,
                           uint64_t time_ms) must_check;

#endif
