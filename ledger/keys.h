/*
 * keys.h: the keys of organisations: whose they are, and from which place to which they count.
 *
 * Every organisation has a key in force, always: a new one comes with a key, and the last one in
 * force cannot be revoked. A key stands in the ledger for ever. Inside ledger/ only.
 */
#ifndef LEDGER_KEYS_H
#define LEDGER_KEYS_H

#include "ledger/act.h"

/* True when it is there, in force or revoked. False also after an error: ask state->txn.err. */
bool key_get(struct state *state, const struct key_id *id, struct key_info *out);

/* True when the key is an organisation's or a node's, be it revoked or removed: no key speaks for
 * two. False also after an error. */
bool key_is_taken(struct state *state, const struct public_key *key);

/* Whether this key can be added: ERR_KEY_STANDS, ERR_FULL. */
enum err key_check_new(struct state *state, const struct public_key *key) must_check;
/* Adds it. */
void key_give(struct state *state, uint16_t organisation, const struct public_key *key,
              uint64_t height);
/* Writes down whose each key is, as key_give() does. */
void keys_index(struct state *state);

/* KEY_ADD and KEY_REVOKE. */
act_check keys_check;
act_change keys_change;

/* Sets the keys of an answer: those in force first, each newest first, as many as fit. */
void keys_describe(struct state *state, uint16_t organisation, struct organisation_info *out);

#endif
