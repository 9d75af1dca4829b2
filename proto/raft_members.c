#include "proto/raft_members.h"

#include "proto/invariant.h"

bool raft_members_sound(const struct raft_members *members)
{
    if (members->count == 0 || members->count > MEMBERS_MAX)
        return false;
    uint32_t before = 0;
    uint32_t voters = 0;
    for (uint32_t i = 0; i < members->count; i++) {
        if (members->member[i].id <= before)
            return false;
        before = members->member[i].id;
        voters += members->member[i].voter;
    }
    return voters > 0;
}

void raft_members_copy(struct raft_members *out, const struct raft_members *members)
{
    memset(out, 0, sizeof *out);
    out->count = members->count;
    for (uint32_t i = 0; i < members->count; i++) {
        out->member[i].id = members->member[i].id;
        out->member[i].voter = members->member[i].voter;
    }
}

bool raft_members_equal(const struct raft_members *a, const struct raft_members *b)
{
    bool is_equal = a->count == b->count;
    for (uint32_t i = 0; i < a->count && is_equal; i++)
        is_equal = a->member[i].id == b->member[i].id && a->member[i].voter == b->member[i].voter;
    return is_equal;
}

uint32_t raft_members_find(const struct raft_members *members, uint32_t id)
{
    for (uint32_t i = 0; i < members->count; i++) {
        if (members->member[i].id == id)
            return i;
    }
    return MEMBERS_MAX;
}

bool raft_members_votes(const struct raft_members *members, uint32_t id)
{
    uint32_t position = raft_members_find(members, id);
    return position < MEMBERS_MAX && members->member[position].voter;
}

static uint32_t voters_missing(const struct raft_members *from, const struct raft_members *in)
{
    uint32_t missing = 0;
    for (uint32_t i = 0; i < from->count; i++)
        missing += from->member[i].voter && !raft_members_votes(in, from->member[i].id);
    return missing;
}

bool raft_members_adjacent(const struct raft_members *a, const struct raft_members *b)
{
    /* D 4.1: any two majorities of such sets have a server in common. */
    return voters_missing(a, b) + voters_missing(b, a) <= 1;
}

/* ---- the entry ---- */

static void read_member(struct reader *reader, uint32_t before, struct raft_member *out)
{
    out->id = reader_u32(reader);
    uint8_t voter = reader_u8(reader);
    out->voter = voter == 1;
    if (out->id == 0 || voter > 1)
        reader_fail(reader, ERR_OUT_OF_RANGE);
    else if (out->id <= before)
        reader_fail(reader, ERR_NOT_CANONICAL);
}

enum err raft_members_parse(struct bytes entry, struct raft_members *out)
{
    memset(out, 0, sizeof *out);
    if (entry.size > RAFT_MEMBERS_SIZE_MAX)
        return ERR_TOO_LARGE;
    struct raft_members found = {0};
    struct reader reader = reader_over(entry);
    uint32_t before = 0;
    while (reader_ok(&reader) && reader_left(&reader) > 0) {
        struct raft_member *member = &found.member[found.count++];
        read_member(&reader, before, member);
        before = member->id;
    }
    enum err err = reader_done(&reader);
    if (err == ERR_OK && !raft_members_sound(&found))
        err = ERR_OUT_OF_RANGE;
    if (err == ERR_OK)
        raft_members_copy(out, &found);
    return err;
}

void raft_members_write(struct writer *writer, const struct raft_members *members)
{
    invariant(raft_members_sound(members));
    for (uint32_t i = 0; i < members->count; i++) {
        writer_u32(writer, members->member[i].id);
        writer_u8(writer, members->member[i].voter);
    }
}
