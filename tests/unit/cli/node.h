/*
 * node.h: a network of one node in a scratch directory: keys and genesis made by the tool, a real
 * log, a real ledger, and the socket for clients. Each submission is a block.
 */
#ifndef TESTS_UNIT_CLI_NODE_H
#define TESTS_UNIT_CLI_NODE_H

#include "consensus/disk.h"
#include "ledger/standing.h"
#include "proto/cbor.h"
#include "tests/unit/cli/certificate.h"
#include "tests/unit/cli/server.h"

enum { NODE_IDS_MAX = 4096 };

struct node {
    char data[PATH_MAX]; /* the data directory */
    struct genesis *genesis;
    uint8_t *genesis_data;
    struct disk *disk;
    struct ledger *ledger;
    struct view *view;
    uint64_t last; /* of the log; the ledger may be behind */
    struct hash head;
    uint64_t time_ms;
    uint8_t *buffer;
    pthread_mutex_t lock; /* all of the above, while the socket is open */
    struct server server;
    atomic_int busy;               /* so many submissions are answered with BUSY */
    uint32_t connected;            /* the id of a peer that is told to be; 0: of none */
    atomic_int taken_max;          /* the next one waits for its place here; 0: none does */
    atomic_int taken;              /* submissions that got a place, again or for the first time */
    struct hash ids[NODE_IDS_MAX]; /* theirs, in the order in which they were answered */
};

/* ---- the network ---- */

static const char network_yaml[] = "name: example\n"
                                   "ballots: 1\n"
                                   "time: 2025-01-01T00:00:00Z\n"
                                   "organisations:\n"
                                   "  - name: authority.example\n"
                                   "    country: NO\n"
                                   "    roles: [regulator, allocator]\n"
                                   "    keys: [authority.pem]\n"
                                   "    ca: ca.pem\n"
                                   "  - name: operator.example\n"
                                   "    country: SE\n"
                                   "    roles: [operator]\n"
                                   "    keys: [operator.pem]\n"
                                   "nodes:\n"
                                   "  - name: node1\n"
                                   "    organisation: authority.example\n"
                                   "    address: tls+tcp://node1.example:7700\n"
                                   "    key: node1.pem\n";

/* Files in the scratch directory: keys, network.yaml, genesis. */
static inline void network_make(const struct scratch *scratch)
{
    static const char *const keys[] = {"authority.pem", "operator.pem", "node1.pem"};
    for (size_t i = 0; i < 3; i++)
        ended(run_tool("key", "new", at(scratch, keys[i]), NULL), EXIT_DONE, "");
    put_text(at(scratch, "ca.pem"), certificate_pem);
    put_text(at(scratch, "network.yaml"), network_yaml);
    ended(run_tool("genesis", "new", at(scratch, "network.yaml"), "--out", at(scratch, "genesis"),
                   NULL),
          EXIT_DONE, "");
}

/* ---- log and ledger ---- */

static inline void node_open_ledger(struct node *node)
{
    char path[PATH_MAX + 8];
    snprintf(path, sizeof path, "%s/state", node->data);
    struct ledger_options options = {.directory = path, .genesis = node->genesis};
    ck_assert_int_eq(ledger_open(&options, &node->ledger), ERR_OK);
    ck_assert_int_eq(view_open(node->ledger, &node->view), ERR_OK);
}

/* A data directory as a node makes it, from the genesis file in the scratch directory. */
static inline void node_make(struct node *node, const struct scratch *scratch)
{
    char path[PATH_MAX + 8];
    size_t size;
    memset(node, 0, sizeof *node);
    snprintf(node->data, sizeof node->data, "%s", at(scratch, "data"));
    ck_assert_int_eq(mkdir(node->data, 0700), 0);
    node->genesis_data = (uint8_t *)get_file(at(scratch, "genesis"), &size);
    snprintf(path, sizeof path, "%s/genesis", node->data);
    put_bytes(path, node->genesis_data, size);
    snprintf(path, sizeof path, "%s/lock", node->data);
    put_text(path, "");
    node->genesis = calloc(1, sizeof *node->genesis);
    node->buffer = malloc(BLOCK_SIZE_MAX);
    ck_assert(node->genesis != NULL && node->buffer != NULL);
    ck_assert_int_eq(genesis_parse(bytes_of(node->genesis_data, size), node->genesis), ERR_OK);
    snprintf(path, sizeof path, "%s/log", node->data);
    struct disk_options options = {.directory = path, .network = node->genesis->network, .node = 1};
    ck_assert_int_eq(disk_open(&options, &node->disk), ERR_OK);
    node->head = node->genesis->network;
    node->time_ms = node->genesis->time_ms;
    node_open_ledger(node);
    pthread_mutex_init(&node->lock, NULL);
}

static inline void node_close(struct node *node)
{
    view_close(node->view);
    ledger_close(node->ledger);
    disk_close(node->disk);
    free(node->buffer);
    free(node->genesis);
    free(node->genesis_data);
}

struct told {
    struct outcome outcome;
};

static inline void node_outcome(void *context, const struct outcome *outcome)
{
    ((struct told *)context)->outcome = *outcome;
}

/* Writes a block of these entries to the log; `block` is a view into the node's buffer. */
static inline void node_log_kind(struct node *node, enum block_kind kind,
                                 const struct bytes *entries, size_t count, uint64_t time_ms,
                                 struct block *block)
{
    struct block_build build;
    struct block_header header = {.kind = kind,
                                  .height = node->last + 1,
                                  .term = 1,
                                  .time_ms = time_ms > node->time_ms ? time_ms : node->time_ms,
                                  .leader = 1,
                                  .previous = node->head};
    block_build(&build, node->buffer, BLOCK_SIZE_MAX);
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(block_build_add(&build, entries[i]), ERR_OK);
    struct bytes encoded = block_build_end(&build, &header);
    ck_assert_int_eq(block_parse(encoded, block), ERR_OK);
    struct disk_write write = {.save = node->last == 0,
                               .term = 1,
                               .vote = 1,
                               .commit = block->header.height,
                               .blocks = &encoded,
                               .block_count = 1};
    ck_assert_int_eq(disk_write(node->disk, &write, 1), ERR_OK);
    node->last = block->header.height;
    node->head = block->hash;
    node->time_ms = block->header.time_ms;
}

static inline void node_log(struct node *node, const struct bytes *entries, size_t count,
                            uint64_t time_ms, struct block *block)
{
    node_log_kind(node, count > 0 ? BLOCK_TRANSACTIONS : BLOCK_NOOP, entries, count, time_ms,
                  block);
}

static inline struct outcome node_apply(struct node *node, const struct block *block)
{
    struct told told = {0};
    ck_assert_int_eq(ledger_begin(node->ledger), ERR_OK);
    ck_assert_int_eq(ledger_apply(node->ledger, block, node_outcome, &told), ERR_OK);
    ck_assert_int_eq(ledger_commit(node->ledger), ERR_OK);
    ck_assert_int_eq(view_refresh(node->view), ERR_OK);
    return told.outcome;
}

/* Logs and applies a block; what became of its last transaction. */
static inline struct outcome node_block(struct node *node, const struct bytes *entries,
                                        size_t count, uint64_t time_ms)
{
    struct block block;
    node_log(node, entries, count, time_ms, &block);
    return node_apply(node, &block);
}

/* A configuration block. */
static inline void node_configure(struct node *node, const struct raft_members *members)
{
    uint8_t buffer[RAFT_MEMBERS_SIZE_MAX];
    struct writer writer = writer_over(buffer, sizeof buffer);
    struct block block;
    raft_members_write(&writer, members);
    struct bytes entry = writer_view(&writer);
    node_log_kind(node, BLOCK_CONFIGURATION, &entry, 1, node->time_ms, &block);
    node_apply(node, &block);
}

/* ---- answers ---- */

static inline void node_head(const struct node *node, struct writer *writer, enum err err)
{
    struct response_head head = {.err = err, .height = node->last, .age_ms = 0};
    response_head_write(writer, &head);
}

static inline void node_status(struct node *node, struct writer *writer)
{
    struct ledger_position position = view_position(node->view);
    struct status *status = calloc(1, sizeof *status);
    ck_assert_ptr_nonnull(status);
    *status = (struct status){.version = "0.1.0",
                              .network_name = node->genesis->name,
                              .network = node->genesis->network,
                              .id = 1,
                              .name = node->genesis->nodes[0].name,
                              .organisation = node->genesis->organisations[0].name,
                              .country = node->genesis->organisations[0].country,
                              .roles = node->genesis->organisations[0].roles,
                              .state = NODE_LEADER,
                              .term = 1,
                              .leader = 1,
                              .height = position.height,
                              .committed = node->last,
                              .last = node->last,
                              .head = position.head,
                              .transactions = position.transactions,
                              .root = position.root,
                              .peer_count = node->connected > 0};
    status->peers[0] = (struct peer_status){
        .id = node->connected, .name = status->name, .connected = true, .matched = node->last};
    node_head(node, writer, ERR_OK);
    status_write(writer, status);
    free(status);
}

static inline void node_organisations(struct node *node, const struct request *request,
                                      struct writer *writer)
{
    struct key_info key;
    struct organisation_info info;
    enum err err = request->has_kid ? view_key(node->view, &request->kid, &key) : ERR_OK;
    node_head(node, writer, err);
    if (err != ERR_OK)
        return;
    uint16_t number = request->has_kid ? key.organisation : request->first;
    size_t count = 0;
    while (count < 16 && view_organisation(node->view, (uint16_t)(number + count), &info) == ERR_OK)
        count++;
    count = request->has_kid ? 1 : count;
    cbor_put_array(writer, count);
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(view_organisation(node->view, (uint16_t)(number + i), &info), ERR_OK);
        organisation_info_write(writer, &info);
    }
}

static inline void node_nodes(struct node *node, const struct request *request,
                              struct writer *writer)
{
    struct node_info rows[64];
    size_t count = 0;
    uint32_t from = request->first_node;
    do {
        ck_assert_uint_lt(count, 64);
        if (view_node_from(node->view, from, &rows[count]) != ERR_OK)
            break;
        from = rows[count++].id + 1;
    } while (from != 0);
    node_head(node, writer, ERR_OK);
    cbor_put_array(writer, count);
    for (size_t i = 0; i < count; i++)
        node_info_write(writer, &rows[i]);
}

static inline void node_check(struct node *node, const struct request *request,
                              struct writer *writer)
{
    struct check_answer *device = calloc(1, sizeof *device);
    size_t count = request->imei_count < 10 ? request->imei_count : 10;
    ck_assert_ptr_nonnull(device);
    node_head(node, writer, ERR_OK);
    cbor_put_array(writer, count);
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(view_device(node->view, request->imeis[i], device), ERR_OK);
        /* Blocks come first. */
        device->verdict = device->claim_count == 0                ? VERDICT_UNKNOWN
                          : device->claims[0].kind == CLAIM_BLOCK ? VERDICT_BLACK
                                                                  : VERDICT_GREY;
        check_answer_write(writer, device);
    }
    free(device);
}

static inline enum err node_verify(struct node *node, const struct transaction *transaction)
{
    struct key_info key;
    enum err err = view_key(node->view, &transaction->envelope.kid, &key);
    return err == ERR_OK ? transaction_verify(transaction, &key.key) : err;
}

static inline void node_submit(struct node *node, const struct request *request,
                               struct writer *writer)
{
    struct transaction transaction;
    struct tx_answer answer = {0};
    while (node->taken_max != 0 && node->taken >= node->taken_max)
        usleep(200);
    enum err err = transaction_parse(request->encoded, &transaction);
    if (node->busy > 0) {
        node->busy--;
        node_head(node, writer, ERR_BUSY);
        return;
    }
    if (err == ERR_OK)
        err = view_transaction(node->view, &transaction.id, &answer);
    if (err == ERR_OK && answer.state == TX_UNKNOWN)
        err = node_verify(node, &transaction);
    if (err == ERR_OK && answer.state == TX_UNKNOWN)
        err = view_would_accept(node->view, &transaction, tool_now_ms());
    answer.id = transaction.id;
    if (err != ERR_OK) {
        answer.state = TX_REFUSED;
        answer.err = err;
    } else if (answer.state == TX_UNKNOWN) {
        struct outcome outcome = node_block(node, &request->encoded, 1, tool_now_ms());
        ck_assert_int_eq(outcome.err, ERR_OK);
        ck_assert_int_eq(view_transaction(node->view, &transaction.id, &answer), ERR_OK);
    }
    if (err == ERR_OK && node->taken < NODE_IDS_MAX)
        node->ids[node->taken++] = transaction.id;
    node_head(node, writer, ERR_OK);
    tx_answer_write(writer, &answer);
}

static inline void node_transaction(struct node *node, const struct request *request,
                                    struct writer *writer)
{
    struct tx_answer answer;
    struct block block;
    ck_assert_int_eq(view_transaction(node->view, &request->id, &answer), ERR_OK);
    if (answer.height > 0) {
        ck_assert_int_eq(disk_read(node->disk, answer.height, node->buffer, BLOCK_SIZE_MAX, &block),
                         ERR_OK);
        struct block_walk walk = block_walk(&block);
        for (uint32_t i = 0; i <= answer.position; i++)
            ck_assert(block_walk_next(&walk, &answer.encoded));
    }
    node_head(node, writer, ERR_OK);
    tx_answer_write(writer, &answer);
}

static inline void node_standing(struct node *node, const struct request *request,
                                 struct writer *writer)
{
    struct standing_answer *answer = calloc(1, sizeof *answer);
    struct key_info key;
    ck_assert_ptr_nonnull(answer);
    enum err err = view_key(node->view, &request->kid, &key);
    if (err == ERR_OK) {
        const struct standing_of question = {key.organisation, request->claim_kind, request->reason,
                                             request->from};
        err = view_standing_of(node->view, &question, answer);
    }
    node_head(node, writer, err);
    if (err == ERR_OK)
        standing_answer_write(writer, answer);
    free(answer);
}

static inline void node_answer(void *context, const struct request *request, struct writer *writer)
{
    struct node *node = context;
    struct tac_info tac;
    struct history_answer *history;
    pthread_mutex_lock(&node->lock);
    switch (request->kind) {
    case REQUEST_STATUS: node_status(node, writer); break;
    case REQUEST_CHECK: node_check(node, request, writer); break;
    case REQUEST_HISTORY:
        history = calloc(1, sizeof *history);
        ck_assert_ptr_nonnull(history);
        ck_assert_int_eq(view_history(node->view, request->imeis[0], request->from_start,
                                      request->after, history),
                         ERR_OK);
        node_head(node, writer, ERR_OK);
        history_answer_write(writer, history);
        free(history);
        break;
    case REQUEST_TAC:
        ck_assert_int_eq(view_tac(node->view, request->tac, &tac), ERR_OK);
        node_head(node, writer, ERR_OK);
        tac_info_write(writer, &tac);
        break;
    case REQUEST_SUBMIT: node_submit(node, request, writer); break;
    case REQUEST_TRANSACTION: node_transaction(node, request, writer); break;
    case REQUEST_ORGANISATIONS: node_organisations(node, request, writer); break;
    case REQUEST_NODES: node_nodes(node, request, writer); break;
    case REQUEST_STANDING: node_standing(node, request, writer); break;
    case REQUEST_SIGHTINGS: node_head(node, writer, ERR_SWITCHED_OFF); break;
    }
    pthread_mutex_unlock(&node->lock);
}

/* Opens the socket, and names it in the environment. */
static inline void node_serve(struct node *node, const struct scratch *scratch)
{
    server_start(&node->server, server_address(scratch), node_answer, node);
    setenv("IMEI_NODE", node->server.address, 1);
}

/* Transactions of the ledger. */
static inline uint64_t node_transactions(struct node *node)
{
    return view_position(node->view).transactions;
}

#endif
