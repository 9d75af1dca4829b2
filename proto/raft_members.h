/*
 * raft_members.h: the members of the consensus group: as the core counts them, as the ledger wants
 * them, and as the one entry of a configuration block.
 *
 * The entry is the whole list, five bytes each, ascending by id:
 *
 *    0  id     4   1 or more
 *    4  voter  1   1 voter, 0 learner
 *
 * Nothing stands before the first or after the last: 1 to MEMBERS_MAX members, one voter at least.
 */
#ifndef PROTO_RAFT_MEMBERS_H
#define PROTO_RAFT_MEMBERS_H

#include "proto/limits.h"
#include "proto/reader.h"
#include "proto/writer.h"

#define RAFT_MEMBER_SIZE      5
#define RAFT_MEMBERS_SIZE_MAX (MEMBERS_MAX * RAFT_MEMBER_SIZE)

struct raft_member {
    uint32_t id;
    bool voter; /* else a learner: receives the log, does not count */
};

/* The members, ascending by id. */
struct raft_members {
    uint32_t count;
    struct raft_member member[MEMBERS_MAX];
};

/* Parses the entry of a configuration block; what parses is sound. ERR_TRUNCATED, ERR_TOO_LARGE
 * (more than MEMBERS_MAX), ERR_OUT_OF_RANGE (an id 0, a voter neither 0 nor 1, no member or no
 * voter), ERR_NOT_CANONICAL (not strictly ascending). After an error `out` has no members. */
enum err raft_members_parse(struct bytes entry, struct raft_members *out) must_check;

/* Writes the entry. Members that are not sound end the process. */
void raft_members_write(struct writer *writer, const struct raft_members *members);

/* 1 to MEMBERS_MAX of them, strictly ascending ids from 1 on, one voter at least. */
bool raft_members_sound(const struct raft_members *members);
/* Copies what counts and zeroes the rest, padding too. */
void raft_members_copy(struct raft_members *out, const struct raft_members *members);
bool raft_members_equal(const struct raft_members *a, const struct raft_members *b);
/* Position of a member; MEMBERS_MAX when it is none. */
uint32_t raft_members_find(const struct raft_members *members, uint32_t id);
bool raft_members_votes(const struct raft_members *members, uint32_t id);
/* True when the two have the same voters, or one of them has one more. */
bool raft_members_adjacent(const struct raft_members *a, const struct raft_members *b);

#endif
