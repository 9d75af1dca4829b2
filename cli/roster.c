#include "cli/roster.h"

#include "cli/ask.h"
#include "cli/memory.h"
#include "cli/show.h"
#include "proto/cbor.h"
#include "proto/number.h"

#include <stdlib.h>
#include <string.h>

static const struct field columns[] = {
    {"ID", "id", SHOW_AMOUNT},
    {"NAME", "name", SHOW_PLAIN},
    {"ORGANISATION", "organisation", SHOW_PLAIN},
    {"COUNTRY", "country", SHOW_PLAIN},
    {"ADDRESS", "address", SHOW_PLAIN},
    {"WANTED", "wanted", SHOW_PLAIN},
    {"SINCE", "since_height", SHOW_AMOUNT},
    {"MEMBER", "member", SHOW_PLAIN},
};

/* Room doubles, at each power of two. */
static void add_row(struct roster *roster, const struct node_info *node)
{
    size_t count = roster->count;
    if ((count & (count - 1)) == 0)
        roster->rows =
            memory_grow(roster->rows, (count > 0 ? 2 * count : 1) * sizeof *roster->rows);
    roster->rows[roster->count++] = *node;
}

/* One page from the id `first` on; sets the id that the next one begins with, 0 at the end. */
static enum exit_code ask_page(struct tool *tool, uint32_t first, struct roster *out,
                               uint32_t *next)
{
    struct request request = {.kind = REQUEST_NODES, .first_node = first};
    struct answer answer;
    *next = 0;
    enum exit_code code = ask(tool, &request, &answer);
    if (code != EXIT_DONE)
        return code;
    out->head = answer.head;
    size_t count = cbor_array(&answer.body);
    for (size_t i = 0; reader_ok(&answer.body) && i < count; i++) {
        struct node_info node;
        node_info_read(&answer.body, &node);
        uint32_t last = out->count > 0 ? out->rows[out->count - 1].id : 0;
        if (reader_ok(&answer.body) && (node.id <= last || out->count == ROSTER_MAX))
            reader_fail(&answer.body, ERR_OUT_OF_RANGE);
        if (!reader_ok(&answer.body))
            break;
        add_row(out, &node);
        *next = node.id + 1;
    }
    return ask_done(tool, &answer);
}

enum exit_code roster_ask(struct tool *tool, struct roster *out)
{
    *out = (struct roster){0};
    uint32_t next = 1;
    enum exit_code code = EXIT_DONE;
    while (code == EXIT_DONE && next > 0)
        code = ask_page(tool, next, out, &next);
    return code;
}

void roster_close(struct roster *roster)
{
    free(roster->rows);
    *roster = (struct roster){0};
}

bool roster_is_named(const struct node_info *node, const char *text)
{
    uint64_t id;
    if (number_parse(text, 1, UINT32_MAX, &id) == ERR_OK) /* a name begins with a letter */
        return node->id == id;
    return strcmp(node->name.text, text) == 0;
}

const struct node_info *roster_wanted(const struct roster *roster, const char *text)
{
    for (size_t i = 0; i < roster->count; i++) {
        const struct node_info *node = &roster->rows[i];
        if (node->wanted != WANTED_REMOVED && roster_is_named(node, text))
            return node;
    }
    return NULL;
}

const struct node_info *roster_with_key(const struct roster *roster, const struct public_key *key)
{
    for (size_t i = 0; i < roster->count; i++) {
        if (memcmp(roster->rows[i].key.bytes, key->bytes, PUBLIC_KEY_SIZE) == 0)
            return &roster->rows[i];
    }
    return NULL;
}

uint32_t roster_next_id(const struct roster *roster)
{
    return roster->count > 0 ? roster->rows[roster->count - 1].id + 1 : 1;
}

size_t roster_voters(const struct roster *roster)
{
    size_t voters = 0;
    for (size_t i = 0; i < roster->count; i++)
        voters += roster->rows[i].wanted == WANTED_VOTER;
    return voters;
}

enum exit_code roster_show(struct tool *tool, const json_t *list)
{
    return show_table(tool, columns, sizeof columns / sizeof columns[0], list, true);
}
