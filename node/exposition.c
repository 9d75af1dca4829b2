#include "node/exposition.h"

#include "eir/openmetrics.h"
#include "node/clock.h"
#include "node/process.h"

/* A family with one sample and no label. */
static void put_one(struct writer *writer, const struct metric *metric, uint64_t value,
                    unsigned decimals)
{
    bool counts = metric->type[0] == 'c'; /* counter */
    openmetrics_family(writer, metric);
    openmetrics_sample(writer, metric, counts ? "_total" : "", NULL, value, decimals);
}

/* ---- the questions of the network ---- */

static void put_verdicts(struct writer *writer, const struct metrics_sum sums[FACE_COUNT])
{
    static const struct metric metric = {"imei_answers", "counter", "", "Questions, by verdict."};
    static const enum verdict verdicts[] = {
#define X(name, number, word) VERDICT_##name,
        VERDICT_TABLE(X)
#undef X
    };
    openmetrics_family(writer, &metric);
    for (size_t i = 0; i < FACE_COUNT * (sizeof verdicts / sizeof verdicts[0]); i++) {
        enum face face = (enum face)(i % FACE_COUNT);
        enum verdict verdict = verdicts[i / FACE_COUNT];
        struct metric_label labels[] = {
            {"interface", face_word(face)}, {"verdict", verdict_word(verdict)}, {NULL, NULL}};
        openmetrics_sample(writer, &metric, "_total", labels, sums[face].verdicts[verdict], 0);
    }
}

static void put_rules(struct writer *writer, const struct metrics_sum sums[FACE_COUNT])
{
    static const struct metric metric = {"imei_decisions", "counter", "",
                                         "Questions, by the rule that decided."};
    openmetrics_family(writer, &metric);
    for (size_t i = 0; i < (size_t)FACE_COUNT * RULE_COUNT; i++) {
        enum face face = (enum face)(i % FACE_COUNT);
        enum rule rule = (enum rule)(i / FACE_COUNT);
        struct metric_label labels[] = {
            {"interface", face_word(face)}, {"rule", rule_word(rule)}, {NULL, NULL}};
        openmetrics_sample(writer, &metric, "_total", labels, sums[face].rules[rule], 0);
    }
}

static void put_refusals(struct writer *writer, const struct metrics_sum sums[FACE_COUNT])
{
    static const struct metric metric = {"imei_refusals", "counter", "",
                                         "Requests that got no decision, by why."};
    openmetrics_family(writer, &metric);
    for (size_t i = 0; i < (size_t)FACE_COUNT * REFUSAL_COUNT; i++) {
        enum face face = (enum face)(i % FACE_COUNT);
        enum refusal refusal = (enum refusal)(i / FACE_COUNT);
        struct metric_label labels[] = {
            {"interface", face_word(face)}, {"why", refusal_word(refusal)}, {NULL, NULL}};
        openmetrics_sample(writer, &metric, "_total", labels, sums[face].refusals[refusal], 0);
    }
}

static void put_connections(struct writer *writer, const struct metrics_sum sums[FACE_COUNT])
{
    static const struct metric metric = {"imei_connections", "gauge", "",
                                         "Connections of those who ask."};
    openmetrics_family(writer, &metric);
    for (size_t face = 0; face < FACE_COUNT; face++) {
        struct metric_label labels[] = {{"interface", face_word((enum face)face)}, {NULL, NULL}};
        openmetrics_sample(writer, &metric, "", labels, sums[face].connections, 0);
    }
}

static void put_latency_of(struct writer *writer, const struct metric *metric, const char *face,
                           const struct metrics_sum *sum)
{
    uint64_t count = 0;
    for (size_t i = 0; i < LATENCY_BUCKETS; i++) {
        const char *bound = i < LATENCY_BOUNDS ? latency_bounds[i] : "+Inf";
        struct metric_label labels[] = {{"interface", face}, {"le", bound}, {NULL, NULL}};
        count += sum->latency[i]; /* each bucket holds those below it too */
        openmetrics_sample(writer, metric, "_bucket", labels, count, 0);
    }
    struct metric_label labels[] = {{"interface", face}, {NULL, NULL}};
    openmetrics_sample(writer, metric, "_count", labels, count, 0);
    openmetrics_sample(writer, metric, "_sum", labels, sum->latency_ns, 9);
}

static void put_latency(struct writer *writer, const struct metrics_sum sums[FACE_COUNT])
{
    static const struct metric metric = {
        "imei_decision_seconds", "histogram", "seconds",
        "How long a decision takes, without its way to and from the node: one in 16 is timed."};
    openmetrics_family(writer, &metric);
    for (size_t face = 0; face < FACE_COUNT; face++)
        put_latency_of(writer, &metric, face_word((enum face)face), &sums[face]);
}

static void put_questions(struct writer *writer, struct eir *eir)
{
    struct metrics_sum sums[FACE_COUNT];
    eir_sum(eir, sums);
    put_verdicts(writer, sums);
    put_rules(writer, sums);
    put_refusals(writer, sums);
    put_connections(writer, sums);
    put_latency(writer, sums);
}

static void put_index(struct writer *writer, const struct index *index)
{
    static const struct metric bytes = {"imei_index_bytes", "gauge", "bytes",
                                        "Memory of the index of claims."};
    static const struct metric answers = {"imei_index_answers", "gauge", "",
                                          "Whether questions are answered from the index; 0: it "
                                          "has given up, and the disk is asked."};
    put_one(writer, &bytes, index_bytes(index), 0);
    put_one(writer, &answers, index_has_given_up(index) ? 0 : 1, 0);
}

/* ---- the node and its network ---- */

static void put_who(struct writer *writer, const struct status *status)
{
    static const struct metric metric = {"imei_node", "info", "", "Who this node is."};
    struct metric_label labels[] = {
        {"node", status->name.text},       {"organisation", status->organisation.text},
        {"country", status->country.code}, {"network", status->network_name.text},
        {"version", status->version},      {NULL, NULL},
    };
    openmetrics_family(writer, &metric);
    openmetrics_sample(writer, &metric, "_info", labels, 1, 0);
}

static void put_role(struct writer *writer, const struct status *status)
{
    static const struct metric metric = {"imei_raft_role", "stateset", "",
                                         "What this node is in the network now."};
    openmetrics_family(writer, &metric);
    for (int state = NODE_FOLLOWER; state <= NODE_LEARNER; state++) {
        struct metric_label labels[] = {{metric.name, node_state_word((enum node_state)state)},
                                        {NULL, NULL}};
        openmetrics_sample(writer, &metric, "", labels, (int)status->state == state ? 1 : 0, 0);
    }
}

static void put_peers(struct writer *writer, const struct status *status)
{
    static const struct metric connected = {"imei_peer_connected", "gauge", "",
                                            "Whether the peer is connected."};
    static const struct metric differs = {"imei_peer_differs", "gauge", "",
                                          "Whether the peer says that it has another block than "
                                          "this node at some height."};
    static const struct metric holds = {"imei_peer_height", "gauge", "",
                                        "The last block that the peer holds, as its leader knows "
                                        "it."};
    openmetrics_family(writer, &connected);
    for (size_t i = 0; i < status->peer_count; i++) {
        struct metric_label labels[] = {{"peer", status->peers[i].name.text}, {NULL, NULL}};
        openmetrics_sample(writer, &connected, "", labels, status->peers[i].connected ? 1 : 0, 0);
    }
    openmetrics_family(writer, &differs);
    for (size_t i = 0; i < status->peer_count; i++) {
        struct metric_label labels[] = {{"peer", status->peers[i].name.text}, {NULL, NULL}};
        openmetrics_sample(writer, &differs, "", labels, status->peers[i].differs_at != 0 ? 1 : 0,
                           0);
    }
    if (status->state != NODE_LEADER)
        return;
    openmetrics_family(writer, &holds);
    for (size_t i = 0; i < status->peer_count; i++) {
        struct metric_label labels[] = {{"peer", status->peers[i].name.text}, {NULL, NULL}};
        openmetrics_sample(writer, &holds, "", labels, status->peers[i].matched, 0);
    }
}

static void put_submissions(struct writer *writer, const struct facts_row *facts)
{
    static const struct metric metric = {"imei_submissions", "counter", "",
                                         "Statements of this node's clients, by what became of "
                                         "them."};
    static const struct metric pending = {"imei_submissions_pending", "gauge", "",
                                          "Statements of this node's clients that wait for their "
                                          "block."};
    openmetrics_family(writer, &metric);
    for (size_t i = 0; i < SUBMISSION_COUNT; i++) {
        struct metric_label labels[] = {{"result", submission_word((enum submission)i)},
                                        {NULL, NULL}};
        openmetrics_sample(writer, &metric, "_total", labels, facts->submissions[i], 0);
    }
    put_one(writer, &pending, facts->status.pending, 0);
}

static void put_ledger(struct writer *writer, const struct facts_row *facts,
                       const struct ledger_position *position)
{
    static const struct metric rows[] = {
        {"imei_ledger_height", "gauge", "", "Blocks applied to this node's state."},
        {"imei_ledger_transactions", "gauge", "", "Transactions in the ledger up to there."},
        {"imei_ledger_time_seconds", "gauge", "seconds", "Unix time of the last block applied."},
        {"imei_ledger_checkpoint_height", "gauge", "", "The last checkpoint block applied."},
        {"imei_raft_committed_height", "gauge", "", "Blocks that this node knows are committed."},
        {"imei_raft_log_height", "gauge", "", "Blocks in this node's log."},
        {"imei_raft_term", "gauge", "", "The term of the network's leader."},
        {"imei_raft_has_leader", "gauge", "", "Whether this node knows who leads."},
    };
    const struct status *status = &facts->status;
    const uint64_t values[] = {
        position->height,  position->transactions, position->time_ms, status->checkpoint_height,
        status->committed, status->last,           status->term,      status->leader != 0 ? 1 : 0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        put_one(writer, &rows[i], values[i], rows[i].unit[0] != '\0' ? 3 : 0);
}

static void put_age(struct writer *writer, const struct facts_row *facts,
                    const struct ledger_position *position)
{
    static const struct metric metric = {
        "imei_state_age_seconds", "gauge", "seconds",
        "How long ago the state was known to be all that is committed; absent: it is not known."};
    uint64_t age_ms = facts_age_ms(facts, position->time_ms);
    openmetrics_family(writer, &metric);
    if (age_ms != AGE_UNKNOWN)
        openmetrics_sample(writer, &metric, "", NULL, age_ms, 3);
}

static void put_sightings(struct writer *writer, struct sighter *sighter)
{
    static const struct metric rows[] = {
        {"imei_sightings_devices", "gauge", "", "Devices whose subscribers are counted."},
        {"imei_sightings_suspected", "gauge", "", "Devices with too many subscribers."},
        {"imei_sightings_capacity", "gauge", "", "Devices that fit into the memory for them."},
        {"imei_sightings_seen", "counter", "", "Questions that named a subscriber."},
        {"imei_sightings_dropped", "counter", "", "Such questions that came too fast to count."},
        {"imei_sightings_forgotten", "counter", "", "Devices that made room for others."},
        {"imei_sightings_reported", "counter", "", "Devices that became suspected."},
        {"imei_sightings_flagged", "counter", "",
         "Devices that this node has called duplicates on the ledger."},
        {"imei_sightings_unwritten", "counter", "", "Times that their file could not be written."},
    };
    struct sighter_counts counts = sighter_count(sighter);
    const uint64_t values[] = {counts.size.devices, counts.size.suspected, counts.size.capacity,
                               counts.seen,         counts.dropped,        counts.size.forgotten,
                               counts.reported,     counts.flagged,        counts.unwritten};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        put_one(writer, &rows[i], values[i], 0);
}

/* ---- the process ---- */

/* The names that Prometheus's own clients use. */
static void put_process(struct writer *writer, uint64_t started_ms)
{
    static const struct metric rows[] = {
        {"process_resident_memory_bytes", "gauge", "bytes", "Memory of this process, resident."},
        {"process_virtual_memory_bytes", "gauge", "bytes",
         "Memory of this process, mapped: the "
         "data's files included."},
        {"process_threads", "gauge", "", "Threads of this process."},
        {"process_open_fds", "gauge", "", "Files and sockets that this process has open."},
        {"process_max_fds", "gauge", "", "How many it may have open."},
        {"process_cpu_seconds", "counter", "seconds", "Time of processors that it has used."},
        {"process_start_time_seconds", "gauge", "seconds", "Unix time of its start."},
    };
    struct process process = process_now();
    const uint64_t values[] = {
        process.resident_bytes, process.virtual_bytes, process.threads, process.open_files,
        process.open_files_max, process.cpu_ms,        started_ms};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        put_one(writer, &rows[i], values[i], rows[i].unit[0] == 's' ? 3 : 0);
}

void exposition_write(const struct exposition *exposition, struct writer *writer)
{
    struct facts_row facts = facts_get(exposition->facts);
    struct ledger_position position = ledger_position(exposition->ledger);
    put_who(writer, &facts.status);
    put_questions(writer, exposition->eir);
    put_index(writer, eir_index(exposition->eir));
    put_age(writer, &facts, &position);
    put_ledger(writer, &facts, &position);
    put_role(writer, &facts.status);
    put_peers(writer, &facts.status);
    put_submissions(writer, &facts);
    if (exposition->sighter != NULL)
        put_sightings(writer, exposition->sighter);
    put_process(writer, exposition->started_ms);
    openmetrics_end(writer);
}
