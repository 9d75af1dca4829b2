#include "tests/scenario/trace.h"

#include <inttypes.h>

/* Entries whose names are all told. */
#define NAMES_MAX 6

/* A line that begins with its first clause. */
struct line {
    FILE *out;
    const struct node *node;
    bool is_begun;
};

/* Begins a clause; the caller writes it. */
static FILE *clause(struct line *line)
{
    if (line->is_begun)
        fputs("; ", line->out);
    else
        fprintf(line->out, "S%u term %" PRIu64 ": ", line->node->id, raft_term(line->node->raft));
    line->is_begun = true;
    return line->out;
}

static void range(struct line *line, const char *verb, uint64_t first, uint64_t last)
{
    if (first == last)
        fprintf(clause(line), "%s %" PRIu64, verb, first);
    else
        fprintf(clause(line), "%s %" PRIu64 "..%" PRIu64, verb, first, last);
}

void trace_members(FILE *out, const struct raft_members *members)
{
    for (uint32_t i = 0; i < members->count; i++)
        fprintf(out, "%s%s%u", i > 0 ? " " : "", members->member[i].voter ? "" : "+",
                members->member[i].id);
}

static void tell_role(struct line *line, const struct raft *before, const struct raft_ready *ready)
{
    const struct raft *raft = line->node->raft;
    enum raft_role was = raft_role(before);
    enum raft_role role = raft_role(raft);
    bool votes = ready->save && ready->vote != 0 && ready->vote != line->node->id;
    if (was != role || raft_term(before) != raft_term(raft)) {
        if (was == RAFT_LEADER)
            fputs("steps down", clause(line));
        else if (was != RAFT_FOLLOWER && role == RAFT_FOLLOWER)
            fputs("gives up", clause(line));
        else if (role == RAFT_PRE_CANDIDATE)
            fputs("asks who would vote for it", clause(line));
        else if (role == RAFT_CANDIDATE)
            fputs("stands for election", clause(line));
        else if (role == RAFT_LEADER)
            fputs("leads", clause(line));
        else if (!votes)
            fputs("takes the term over", clause(line));
    }
    if (votes)
        fprintf(clause(line), "votes for S%u", ready->vote);
    if (role == RAFT_FOLLOWER && raft_leader(raft) != raft_leader(before)) {
        if (raft_leader(raft) != 0)
            fprintf(clause(line), "follows S%u", raft_leader(raft));
        else if (was == RAFT_FOLLOWER && raft_term(raft) == raft_term(before))
            fputs("misses its leader", clause(line));
    }
}

static bool are_equal(const struct raft_members *a, const struct raft_members *b)
{
    bool is_equal = a->count == b->count;
    for (uint32_t i = 0; i < a->count && is_equal; i++)
        is_equal = a->member[i].id == b->member[i].id && a->member[i].voter == b->member[i].voter;
    return is_equal;
}

static void tell_log(struct line *line, const struct raft *before, const struct raft_ready *ready)
{
    const struct node *node = line->node;
    if (ready->cut)
        range(line, "cuts", ready->keep + 1, raft_last_index(before));
    if (ready->append_count > 0) {
        const struct entry *entries = &node->log.entries[ready->append_first - 1];
        uint32_t count = ready->append_count;
        range(line, "appends", ready->append_first, ready->append_first + count - 1);
        fprintf(line->out, " (%s", entries[0].name);
        for (uint32_t i = 1; i < count && count <= NAMES_MAX; i++)
            fprintf(line->out, " %s", entries[i].name);
        fprintf(line->out, count > NAMES_MAX ? " to %s)" : ")", entries[count - 1].name);
    }
    if (!are_equal(raft_members(before), raft_members(node->raft))) {
        fputs("members ", clause(line));
        trace_members(line->out, raft_members(node->raft));
    }
    if (raft_commit(node->raft) > raft_commit(before))
        range(line, "commits", raft_commit(before) + 1, raft_commit(node->raft));
}

static void tell_loss(struct line *line, const struct raft_ready *ready)
{
    if (ready->lost != 0)
        fprintf(clause(line), "lacks what it acknowledged, up to %" PRIu64 ": stops", ready->lost);
}

static void tell_reads(struct line *line, const struct raft_ready *ready)
{
    for (size_t i = 0; i < ready->read_count; i++) {
        const struct raft_read *read = &ready->reads[i];
        if (read->index > 0)
            fprintf(clause(line), "answers read %" PRIu64 " at %" PRIu64, read->read, read->index);
        else
            fprintf(clause(line), "cannot answer read %" PRIu64, read->read);
    }
}

static void tell_messages(struct line *line, const struct raft_ready *ready)
{
    for (size_t i = 0; i < ready->message_count; i++) {
        const struct raft_message *message = &ready->messages[i].message;
        if (ready->messages[i].from_disk)
            fprintf(clause(line), "serves S%u from its disk, from %" PRIu64 " on", message->to,
                    message->index + 1);
        if (message->kind == RAFT_CAMPAIGN_NOW)
            fprintf(clause(line), "asks S%u to stand now", message->to);
    }
}

void trace_step(FILE *out, const struct node *node, const struct raft *before,
                const struct raft_ready *ready)
{
    struct line line = {.out = out, .node = node};
    tell_role(&line, before, ready);
    tell_log(&line, before, ready);
    tell_loss(&line, ready);
    tell_reads(&line, ready);
    tell_messages(&line, ready);
    if (line.is_begun)
        fputc('\n', out);
}

static void tell_entry_place(FILE *out, const char *word, uint64_t index, uint64_t term)
{
    fprintf(out, " %s %" PRIu64 "/%" PRIu64, word, index, term);
}

static void tell_append(FILE *out, const struct raft_message *message)
{
    if (message->count == 0)
        fputs(" nothing", out);
    else if (message->count == 1)
        fprintf(out, " %" PRIu64, message->index + 1);
    else
        fprintf(out, " %" PRIu64 "..%" PRIu64, message->index + 1, message->index + message->count);
    tell_entry_place(out, "after", message->index, message->log_term);
    fprintf(out, ", commit %" PRIu64, message->commit);
}

static void tell_answer(FILE *out, const struct raft_message *message)
{
    if (message->granted)
        fprintf(out, " yes, up to %" PRIu64, message->index);
    else
        tell_entry_place(out, "no, log to", message->index, message->log_term);
    fprintf(out, ", commit %" PRIu64, message->commit);
}

void trace_message(FILE *out, const struct raft_message *message, const char *fate)
{
    fprintf(out, "  S%u -> S%u term %" PRIu64 ": %s", message->from, message->to, message->term,
            raft_message_word(message->kind));
    switch (message->kind) {
    case RAFT_PRE_VOTE:
    case RAFT_VOTE:
        tell_entry_place(out, "with a log to", message->index, message->log_term);
        break;
    case RAFT_PRE_VOTE_REPLY:
    case RAFT_VOTE_REPLY: fputs(message->granted ? " yes" : " no", out); break;
    case RAFT_HEARTBEAT: fprintf(out, " commit %" PRIu64, message->commit); break;
    case RAFT_APPEND: tell_append(out, message); break;
    case RAFT_APPEND_REPLY: tell_answer(out, message); break;
    case RAFT_HEARTBEAT_REPLY:
    case RAFT_CAMPAIGN_NOW: break;
    }
    fprintf(out, "%s%s\n", *fate != '\0' ? "  " : "", fate);
}

/* The terms of a log, equal neighbours together: 1 2x300 3. */
static void tell_terms(FILE *out, const struct log *log)
{
    size_t begin = 0;
    for (size_t i = 0; i < log->count; i++) {
        bool goes_on = i + 1 < log->count && log->entries[i + 1].term == log->entries[i].term;
        if (goes_on)
            continue;
        size_t count = i + 1 - begin;
        fprintf(out, " %" PRIu64, log->entries[i].term);
        if (count > 1)
            fprintf(out, "x%zu", count);
        begin = i + 1;
    }
    if (log->count == 0)
        fputs(" empty", out);
}

void trace_node(FILE *out, const struct node *node)
{
    if (!node->is_up) {
        fprintf(out, "S%u down; disk: term %" PRIu64 ", log", node->id, node->disk.term);
        tell_terms(out, &node->disk.log);
    } else {
        fprintf(out, "S%u %s term %" PRIu64 ", commit %" PRIu64 ", log", node->id,
                raft_role_word(raft_role(node->raft)), raft_term(node->raft),
                raft_commit(node->raft));
        tell_terms(out, &node->log);
        if (node->writes_durable < node->writes_queued) {
            fprintf(out, "; disk: term %" PRIu64 ", log", node->disk.term);
            tell_terms(out, &node->disk.log);
        }
    }
    fputc('\n', out);
}
