#include "tests/sim/contents.h"

#include <stdlib.h>

#include "proto/block.h"
#include "proto/invariant.h"
#include "tests/sim/parties.h"

#define CONTENTS_MAX 65536
#define ENTRIES_MAX  (1 << 19)
#define ARENA_SIZE   ((size_t)128 << 20)
/* Kept free for what a calm still needs: a thousand of the largest. */
#define RESERVE 1024

#define CONTENT_SIZE_MAX 16384

/* Of a block that the core must not take. */
#define NONSENSE_SIZE 300

struct contents {
    const struct statements *statements;
    uint32_t entry_count;
    size_t used;
    struct content draft;
    struct entry draft_entries[CONTENT_ENTRIES_MAX];
    uint8_t draft_bytes[CONTENT_SIZE_MAX];
    struct content content[CONTENTS_MAX];
    struct entry entries[ENTRIES_MAX];
    uint8_t arena[ARENA_SIZE];
};

struct contents *contents_open(const struct statements *statements)
{
    struct contents *contents = calloc(1, sizeof *contents);
    if (contents != NULL)
        contents->statements = statements;
    return contents;
}

void contents_close(struct contents *contents)
{
    free(contents);
}

void contents_reset(struct contents *contents)
{
    contents->entry_count = 0;
    contents->used = 0;
    contents->draft = (struct content){.count = 0};
    contents->content[0] = (struct content){.hash = parties_network(), .time_ms = PARTIES_TIME_MS};
}

bool contents_are_full(const struct contents *contents)
{
    return contents->used > ARENA_SIZE - (size_t)RESERVE * CONTENT_SIZE_MAX ||
           contents->entry_count > ENTRIES_MAX - RESERVE * CONTENT_ENTRIES_MAX;
}

/* The entry's bytes, in `room` where they are not the statement's own. */
static struct bytes entry_bytes(const struct contents *contents, struct entry entry,
                                uint8_t room[CONTENT_SIZE_MAX])
{
    struct bytes bytes = statements_said(contents->statements, entry.statement)->encoded;
    switch (entry.kind) {
    case ENTRY_AS_SIGNED: break;
    case ENTRY_FORGED:
        memcpy(room, bytes.data, bytes.size);
        room[bytes.size - 1] ^= 1; /* the signature comes last */
        bytes.data = room;
        break;
    case ENTRY_TRUNCATED: bytes.size -= bytes.size / 3; break;
    }
    return bytes;
}

static void add_entries(struct contents *contents, const struct content_draft *draft,
                        struct block_build *build)
{
    static uint8_t room[CONTENT_SIZE_MAX];
    for (uint32_t i = 0; i < draft->count; i++) {
        enum err err = block_build_add(build, entry_bytes(contents, draft->entries[i], room));
        invariant(err == ERR_OK);
        contents->draft_entries[i] = draft->entries[i];
    }
}

static void add_members(const struct raft_members *members, struct block_build *build)
{
    uint8_t entry[RAFT_MEMBERS_SIZE_MAX];
    struct writer writer = writer_over(entry, sizeof entry);
    raft_members_write(&writer, members);
    enum err err = block_build_add(build, writer_view(&writer));
    invariant(err == ERR_OK);
}

static enum block_kind block_kind_of(enum raft_entry_kind kind)
{
    switch (kind) {
    case RAFT_ENTRY_NORMAL: return BLOCK_TRANSACTIONS;
    case RAFT_ENTRY_NOOP: return BLOCK_NOOP;
    case RAFT_ENTRY_MEMBERS: return BLOCK_CONFIGURATION;
    }
    return BLOCK_NOOP;
}

uint32_t contents_build(struct contents *contents, const struct content_draft *draft)
{
    contents->draft = (struct content){.kind = draft->kind};
    if (draft->kind == RAFT_ENTRY_MEMBERS && !raft_members_sound(draft->members))
        return NONSENSE_SIZE;
    struct block_build build;
    block_build(&build, contents->draft_bytes, sizeof contents->draft_bytes);
    if (draft->kind == RAFT_ENTRY_NORMAL)
        add_entries(contents, draft, &build);
    else if (draft->kind == RAFT_ENTRY_MEMBERS)
        add_members(draft->members, &build);
    const struct content *parent = contents_of(contents, draft->parent);
    struct block_header header = {
        .kind = block_kind_of(draft->kind),
        .height = draft->parent_index + 1,
        .term = draft->term,
        .time_ms = draft->time_ms > parent->time_ms ? draft->time_ms : parent->time_ms,
        .leader = draft->leader,
        .previous = parent->hash,
    };
    contents->draft.encoded = block_build_end(&build, &header);
    contents->draft.hash = block_header_hash(&header);
    contents->draft.time_ms = header.time_ms;
    contents->draft.count = draft->kind == RAFT_ENTRY_NORMAL ? draft->count : 0;
    return (uint32_t)contents->draft.encoded.size;
}

void contents_keep(struct contents *contents, uint32_t number)
{
    struct content *content = &contents->content[number];
    const struct content *draft = &contents->draft;
    invariant(number < CONTENTS_MAX && draft->encoded.size > 0);
    invariant(draft->encoded.size <= ARENA_SIZE - contents->used);
    invariant(draft->count <= ENTRIES_MAX - contents->entry_count);
    *content = *draft;
    content->encoded.data =
        memcpy(contents->arena + contents->used, draft->encoded.data, draft->encoded.size);
    contents->used += draft->encoded.size;
    content->first = contents->entry_count;
    for (uint32_t i = 0; i < draft->count; i++)
        contents->entries[contents->entry_count++] = contents->draft_entries[i];
}

const struct content *contents_of(const struct contents *contents, uint32_t number)
{
    invariant(number < CONTENTS_MAX);
    return &contents->content[number];
}

struct entry contents_entry(const struct contents *contents, const struct content *content,
                            uint32_t position)
{
    invariant(position < content->count);
    return contents->entries[content->first + position];
}
