#include "tests/explore/search.h"

#include "tests/explore/actions.h"

#include <inttypes.h>
#include <stdlib.h>

/* Hashes of the states that were seen; 0 is an empty place. */
struct seen {
    uint64_t *place;
    uint64_t size; /* a power of two */
    uint64_t count;
};

/* A state on the path: what the action that led on from it changed. */
struct frame {
    uint32_t next;   /* the action to try next */
    uint32_t server; /* that the last one changed */
    struct server before;
    struct common common;
};

struct search {
    struct group group;
    struct seen seen;
    struct frame *frames;
};

/* ---- states seen ---- */

static bool seen_grow(struct seen *seen);

static uint64_t *seen_find(const struct seen *seen, uint64_t hash)
{
    uint64_t at = hash & (seen->size - 1);
    while (seen->place[at] != 0 && seen->place[at] != hash)
        at = (at + 1) & (seen->size - 1);
    return &seen->place[at];
}

/* True when the state is new; `*failed` when there is no memory. */
static bool seen_add(struct seen *seen, uint64_t hash, bool *failed)
{
    hash += hash == 0;
    if (seen->count >= seen->size / 2 && !seen_grow(seen)) {
        *failed = true;
        return false;
    }
    uint64_t *place = seen_find(seen, hash);
    if (*place == hash)
        return false;
    *place = hash;
    seen->count++;
    return true;
}

static bool seen_grow(struct seen *seen)
{
    struct seen grown = {.size = seen->size == 0 ? 1 << 16 : 2 * seen->size, .count = seen->count};
    grown.place = calloc(grown.size, sizeof *grown.place);
    if (grown.place == NULL)
        return false;
    for (uint64_t i = 0; i < seen->size; i++) {
        if (seen->place[i] != 0)
            *seen_find(&grown, seen->place[i]) = seen->place[i];
    }
    free(seen->place);
    *seen = grown;
    return true;
}

/* ---- the search ---- */

static void undo(struct group *group, const struct frame *frame)
{
    group->servers[frame->server] = frame->before;
    group->common = frame->common;
    group->beyond = false;
}

/* Takes one action from the state at the end of the path; true when that leads to a new state,
 * which is then the end. */
static bool advance(struct search *search, struct search_report *report, uint32_t action)
{
    struct group *group = &search->group;
    struct frame *frame = &search->frames[report->depth];
    frame->server = action_server(group, action);
    frame->before = group->servers[frame->server];
    frame->common = group->common;
    report->path[report->depth++] = action;
    action_happen(group, action);
    report->steps++;
    report->violated = group->violated;
    report->beyond += group->beyond;
    bool failed = false;
    bool is_new = group->violated == NULL && !group->beyond &&
                  seen_add(&search->seen, group_hash(group), &failed);
    if (is_new && report->depth < SEARCH_DEPTH_MAX - 1)
        return true;
    invariant(!failed);
    report->cut += is_new;
    if (report->violated == NULL) {
        report->depth--;
        undo(group, frame);
    }
    return false;
}

static void walk(struct search *search, uint64_t states_max, struct search_report *report)
{
    uint32_t count = actions_count();
    search->frames[0].next = 0;
    while (report->violated == NULL && report->states < states_max) {
        struct frame *frame = &search->frames[report->depth];
        while (frame->next < count && !action_is_possible(&search->group, frame->next))
            frame->next++;
        if (frame->next < count) {
            if (!advance(search, report, frame->next++))
                continue;
            report->states++;
            search->frames[report->depth].next = 0;
            if (report->deepest < report->depth)
                report->deepest = report->depth;
        } else if (report->depth > 0) {
            report->depth--;
            undo(&search->group, &search->frames[report->depth]);
        } else {
            report->complete = report->cut == 0;
            return;
        }
    }
}

bool search_run(const struct bounds *bounds, uint64_t states_max, struct search_report *report)
{
    struct search *search = calloc(1, sizeof *search);
    struct frame *frames = calloc(SEARCH_DEPTH_MAX, sizeof *frames);
    bool has_memory = search != NULL && frames != NULL && seen_grow(&search->seen);
    if (has_memory) {
        bool failed = false;
        search->frames = frames;
        group_begin(&search->group, bounds);
        report->states = seen_add(&search->seen, group_hash(&search->group), &failed);
        walk(search, states_max, report);
        free(search->seen.place);
    }
    free(frames);
    free(search);
    return has_memory;
}

static void print_servers(const struct group *group, FILE *out)
{
    for (uint32_t i = 0; i < SERVERS; i++) {
        const struct server *server = &group->servers[i];
        fprintf(out, "    S%u %s term %" PRIu64 " commit %" PRIu64 " log", i + 1,
                raft_role_word(server->core.role), server->core.term, server->core.commit);
        for (uint32_t at = 1; at <= server->log.last; at++)
            fprintf(out, " %u%s", server->log.at[at].term,
                    server->log.at[at].kind == RAFT_ENTRY_MEMBERS ? "m" : "");
        fputs("\n", out);
    }
}

void search_print_path(const struct bounds *bounds, const struct search_report *report, FILE *out)
{
    struct group *group = calloc(1, sizeof *group);
    if (group == NULL)
        return;
    group_begin(group, bounds);
    print_servers(group, out);
    for (uint32_t i = 0; i < report->depth; i++) {
        action_print(group, report->path[i], out);
        fputs("\n", out);
        if (i + 1 == report->depth)
            break;
        action_happen(group, report->path[i]);
        if (i + 2 == report->depth)
            print_servers(group, out);
    }
    free(group);
}
