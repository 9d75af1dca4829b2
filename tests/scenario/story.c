#include "tests/scenario/story.h"

#include "tests/scenario/trace.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>

/* A command line in words. `at` walks over them. */
struct words {
    char text[512];
    char *word[STORY_WORDS_MAX];
    size_t count;
    size_t at;
    const char *why; /* the first thing not understood */
};

/* ---- words ---- */

static void words_split(struct words *words, const char *line)
{
    *words = (struct words){0};
    size_t size = strlen(line);
    if (size >= sizeof words->text) {
        words->why = "the line is too long";
        return;
    }
    memcpy(words->text, line, size);
    for (char *at = words->text; *at != '\0';) {
        while (isspace((unsigned char)*at))
            *at++ = '\0';
        if (*at == '\0')
            break;
        if (words->count == STORY_WORDS_MAX) {
            words->why = "too many words";
            return;
        }
        words->word[words->count++] = at;
        while (*at != '\0' && !isspace((unsigned char)*at))
            at++;
    }
}

static bool words_left(const struct words *words)
{
    return words->why == NULL && words->at < words->count;
}

static const char *words_next(struct words *words)
{
    if (words_left(words))
        return words->word[words->at++];
    words->why = "a word is missing";
    return "";
}

/* Takes the next word when it is that one. */
static bool words_take(struct words *words, const char *word)
{
    if (!words_left(words) || strcmp(words->word[words->at], word) != 0)
        return false;
    words->at++;
    return true;
}

static uint32_t words_number(struct words *words)
{
    const char *word = words_next(words);
    char *end;
    unsigned long number = strtoul(word, &end, 10);
    if (!isdigit((unsigned char)word[0]) || *end != '\0' || number > UINT32_MAX) {
        words->why = "a number is expected";
        return 0;
    }
    return (uint32_t)number;
}

static uint32_t words_number_or(struct words *words, uint32_t otherwise)
{
    return words_left(words) ? words_number(words) : otherwise;
}

static uint32_t words_id(struct words *words)
{
    uint32_t id = words_number(words);
    if (id == 0 || id > CLUSTER_NODES_MAX) {
        words->why = "a node is a number from 1 to 9";
        return 1;
    }
    return id;
}

static struct node *words_node(struct story *story, struct words *words)
{
    struct node *node = &story->cluster.nodes[words_id(words)];
    if (node->id == 0)
        words->why = "there is no such node";
    return node;
}

static struct node *words_up_node(struct story *story, struct words *words)
{
    struct node *node = words_node(story, words);
    if (!node->is_up)
        words->why = "that node is down";
    return node;
}

/* ---- what is told ---- */

static void on_step(struct cluster *cluster, const struct node *node, const struct raft *before,
                    const struct raft_ready *ready)
{
    const struct story *story = cluster->listener.context;
    if (!story->is_quiet)
        trace_step(story->out, node, before, ready);
}

static void on_packet(struct cluster *cluster, const struct raft_message *message, const char *fate)
{
    const struct story *story = cluster->listener.context;
    bool is_heartbeat = message->kind == RAFT_HEARTBEAT || message->kind == RAFT_HEARTBEAT_REPLY;
    if (!story->is_quiet && story->tells_messages && (story->tells_heartbeats || !is_heartbeat))
        trace_message(story->out, message, fate);
}

static void tell_refusal(const struct story *story, uint32_t id, const char *what, enum err err)
{
    if (err != ERR_OK)
        fprintf(story->out, "S%u refuses %s: %s\n", id, what, err_name(err));
}

/* ---- commands: the group ---- */

static void members_read(struct words *words, struct raft_members *out)
{
    *out = (struct raft_members){0};
    while (words_left(words) && words->why == NULL && out->count < MEMBERS_MAX) {
        if (strcmp(words->word[words->at], "out") == 0)
            return;
        bool is_learner = words->word[words->at][0] == '+';
        words->word[words->at] += is_learner;
        struct raft_member member = {.id = words_id(words), .voter = !is_learner};
        uint32_t place = out->count++;
        for (; place > 0 && out->member[place - 1].id > member.id; place--)
            out->member[place] = out->member[place - 1];
        out->member[place] = member;
    }
}

static void do_nodes(struct story *story, struct words *words)
{
    struct cluster *cluster = &story->cluster;
    members_read(words, &cluster->genesis);
    if (cluster->genesis.count == 0)
        words->why = "a group has members";
    for (uint32_t i = 0; i < cluster->genesis.count && words->why == NULL; i++)
        cluster_start(cluster, cluster->genesis.member[i].id);
    words_take(words, "out");
    while (words_left(words))
        cluster_start(cluster, words_id(words));
}

static void do_timing(struct story *story, struct words *words)
{
    struct raft_timing *timing = &story->cluster.timing;
    const struct {
        const char *name;
        uint32_t *value;
    } settings[] = {
        {"heartbeat", &timing->heartbeat_ms},       {"election-min", &timing->election_min_ms},
        {"election-max", &timing->election_max_ms}, {"window", &timing->window_bytes},
        {"messages", &timing->window_messages},     {"message", &timing->message_bytes},
    };
    while (words_left(words)) {
        size_t i = 0;
        while (i < sizeof settings / sizeof settings[0] && !words_take(words, settings[i].name))
            i++;
        if (i == sizeof settings / sizeof settings[0])
            words->why = "no such setting";
        else
            *settings[i].value = words_number(words);
    }
}

static void do_crash(struct story *story, struct words *words)
{
    do {
        const struct node *node = words_up_node(story, words);
        if (words->why == NULL)
            cluster_crash(&story->cluster, node->id);
    } while (words_left(words));
}

static void do_restart(struct story *story, struct words *words)
{
    do {
        const struct node *node = words_node(story, words);
        if (node->is_up)
            words->why = "that node is up";
        if (words->why == NULL)
            cluster_start(&story->cluster, node->id);
    } while (words_left(words));
}

static void do_set_back(struct story *story, struct words *words)
{
    const struct node *node = words_node(story, words);
    uint32_t count = words_number(words);
    if (node->is_up)
        words->why = "that node is up";
    else if (count > node->disk.log.count)
        words->why = "its disk has no more than that";
    if (words->why == NULL)
        cluster_set_back(&story->cluster, node->id, count);
}

/* ---- commands: time ---- */

static void tick(struct cluster *cluster, const struct node *node)
{
    uint64_t deadline_ms = raft_deadline_ms(node->raft);
    if (cluster->now_ms < deadline_ms)
        cluster->now_ms = deadline_ms;
    cluster_tick(cluster, node->id);
}

static void do_elect(struct story *story, struct words *words)
{
    const struct node *node = words_up_node(story, words);
    if (words->why != NULL)
        return;
    tick(&story->cluster, node);
    cluster_settle(&story->cluster);
}

/* The same for a story that begins after it. */
static void do_lead(struct story *story, struct words *words)
{
    bool was_quiet = story->is_quiet;
    story->is_quiet = true;
    do_elect(story, words);
    story->is_quiet = was_quiet;
    const struct node *node = &story->cluster.nodes[strtoul(words->word[1], NULL, 10)];
    if (words->why == NULL && raft_role(node->raft) == RAFT_LEADER)
        trace_node(story->out, node);
    else if (words->why == NULL)
        words->why = "it does not lead";
}

static void do_tick(struct story *story, struct words *words)
{
    do {
        const struct node *node = words_up_node(story, words);
        if (words->why == NULL)
            tick(&story->cluster, node);
    } while (words_left(words));
}

static void do_advance(struct story *story, struct words *words)
{
    uint32_t ms = words_number(words);
    if (words->why == NULL)
        cluster_advance(&story->cluster, ms);
}

/* ---- commands: the network ---- */

typedef void act_on_packet(struct cluster *cluster, size_t position);

/* Acts on the packets from `from` to `to` that are there now, the first `count` of them. */
static void each_packet(struct cluster *cluster, uint32_t from, uint32_t to, uint32_t count,
                        act_on_packet *act, bool removes)
{
    size_t there = cluster->packet_count;
    for (size_t position = 0, seen = 0; seen < there && count > 0; seen++) {
        const struct raft_message *message = &cluster->packets[position].message;
        if (message->from != from || message->to != to) {
            position++;
            continue;
        }
        act(cluster, position);
        position += !removes;
        count--;
    }
}

static void act(struct story *story, struct words *words, act_on_packet *what, bool removes)
{
    uint32_t from = words_id(words);
    uint32_t to = words_id(words);
    uint32_t count = words_number_or(words, UINT32_MAX);
    if (words->why == NULL)
        each_packet(&story->cluster, from, to, count, what, removes);
}

static void do_deliver(struct story *story, struct words *words)
{
    if (!words_left(words))
        cluster_settle(&story->cluster);
    else
        act(story, words, cluster_packet_deliver, true);
}

static void do_drop(struct story *story, struct words *words)
{
    act(story, words, cluster_packet_drop, true);
}

static void do_repeat(struct story *story, struct words *words)
{
    act(story, words, cluster_packet_repeat, false);
}

/* The youngest packet from one node to another goes before all. */
static void do_last(struct story *story, struct words *words)
{
    struct cluster *cluster = &story->cluster;
    uint32_t from = words_id(words);
    uint32_t to = words_id(words);
    for (size_t i = cluster->packet_count; i-- > 0 && words->why == NULL;) {
        struct packet packet = cluster->packets[i];
        if (packet.message.from != from || packet.message.to != to)
            continue;
        memmove(cluster->packets + 1, cluster->packets, i * sizeof packet);
        cluster->packets[0] = packet;
        return;
    }
    words->why = "nothing is on its way there";
}

static void set_links(struct story *story, struct words *words, enum link link)
{
    do {
        uint32_t from = words_id(words);
        uint32_t to = words_id(words);
        if (words->why == NULL)
            cluster_link(&story->cluster, from, to, link);
    } while (words_left(words));
}

static void do_hold(struct story *story, struct words *words)
{
    set_links(story, words, LINK_HELD);
}

static void do_release(struct story *story, struct words *words)
{
    set_links(story, words, LINK_OPEN);
}

static void do_cut(struct story *story, struct words *words)
{
    set_links(story, words, LINK_CUT);
}

static void do_split(struct story *story, struct words *words)
{
    uint32_t side[CLUSTER_NODES_MAX + 1] = {0};
    uint32_t sides = 1;
    while (words_left(words)) {
        if (words_take(words, "|"))
            sides++;
        else
            side[words_id(words)] = sides;
    }
    for (uint32_t from = 1; from <= CLUSTER_NODES_MAX; from++) {
        for (uint32_t to = 1; to <= CLUSTER_NODES_MAX; to++)
            cluster_link(&story->cluster, from, to, side[from] == side[to] ? LINK_OPEN : LINK_CUT);
    }
}

static void do_heal(struct story *story, struct words *words)
{
    (void)words;
    for (uint32_t from = 1; from <= CLUSTER_NODES_MAX; from++) {
        for (uint32_t to = 1; to <= CLUSTER_NODES_MAX; to++)
            cluster_link(&story->cluster, from, to, LINK_OPEN);
    }
}

/* ---- commands: disks ---- */

static void do_slow(struct story *story, struct words *words)
{
    do
        words_node(story, words)->is_slow = true;
    while (words_left(words));
}

static void do_fast(struct story *story, struct words *words)
{
    do {
        struct node *node = words_up_node(story, words);
        node->is_slow = false;
        if (words->why == NULL)
            cluster_sync(&story->cluster, node->id, UINT64_MAX);
    } while (words_left(words));
}

static void do_sync(struct story *story, struct words *words)
{
    const struct node *node = words_up_node(story, words);
    uint32_t writes = words_number_or(words, UINT32_MAX);
    if (words->why == NULL)
        cluster_sync(&story->cluster, node->id, writes);
}

/* ---- commands: what clients ask for ---- */

static uint32_t size_read(struct words *words)
{
    for (size_t i = words->at; i + 1 < words->count; i++) {
        if (strcmp(words->word[i], "size") != 0)
            continue;
        struct words size = {.word = {words->word[i + 1]}, .count = 1};
        words->count = i;
        uint32_t number = words_number(&size);
        words->why = size.why;
        return number;
    }
    return 1;
}

static enum err propose(struct story *story, uint32_t id, const char *name, uint32_t size)
{
    struct entry entry = {.size = size, .kind = RAFT_ENTRY_NORMAL};
    snprintf(entry.name, sizeof entry.name, "%s", name);
    return cluster_propose(&story->cluster, id, &entry);
}

static void do_propose(struct story *story, struct words *words)
{
    const struct node *node = words_up_node(story, words);
    uint32_t size = size_read(words);
    while (words_left(words)) {
        const char *name = words_next(words);
        tell_refusal(story, node->id, name, propose(story, node->id, name, size));
    }
}

static void do_fill(struct story *story, struct words *words)
{
    const struct node *node = words_up_node(story, words);
    uint32_t size = size_read(words);
    uint32_t count = words_number(words);
    if (words->why != NULL)
        return;
    uint32_t taken = 0;
    enum err err = ERR_OK;
    bool was_quiet = story->is_quiet;
    story->is_quiet = true;
    for (; taken < count && err == ERR_OK; taken += err == ERR_OK) {
        char name[NAME_MAX_SIZE];
        snprintf(name, sizeof name, "f%u", ++story->filled);
        err = propose(story, node->id, name, size);
    }
    story->is_quiet = was_quiet;
    fprintf(story->out, "S%u takes %u of %u: log up to %" PRIu64 "\n", node->id, taken, count,
            raft_last_index(node->raft));
    tell_refusal(story, node->id, "the next one", err);
}

static void do_members(struct story *story, struct words *words)
{
    const struct node *node = words_up_node(story, words);
    struct entry entry = {.size = 1, .kind = RAFT_ENTRY_MEMBERS, .name = "members"};
    members_read(words, &entry.members);
    if (words->why == NULL)
        tell_refusal(story, node->id, "the change",
                     cluster_propose(&story->cluster, node->id, &entry));
}

static void do_read(struct story *story, struct words *words)
{
    const struct node *node = words_up_node(story, words);
    uint32_t read = words_number(words);
    if (words->why == NULL)
        tell_refusal(story, node->id, "the read", cluster_read(&story->cluster, node->id, read));
}

static void do_transfer(struct story *story, struct words *words)
{
    const struct node *node = words_up_node(story, words);
    uint32_t target = words_number_or(words, 0);
    if (words->why == NULL)
        tell_refusal(story, node->id, "the transfer",
                     cluster_transfer(&story->cluster, node->id, target));
}

/* ---- commands: what is told ---- */

static bool words_switch(struct words *words)
{
    if (words_take(words, "on"))
        return true;
    if (!words_take(words, "off"))
        words->why = "on or off";
    return false;
}

static void do_messages(struct story *story, struct words *words)
{
    story->tells_heartbeats = words_take(words, "all");
    story->tells_messages = story->tells_heartbeats || words_switch(words);
}

static void do_quiet(struct story *story, struct words *words)
{
    story->is_quiet = words_switch(words);
}

static void do_show(struct story *story, struct words *words)
{
    for (uint32_t id = 1; id <= CLUSTER_NODES_MAX && !words_left(words) && words->at == 1; id++) {
        if (story->cluster.nodes[id].id != 0)
            trace_node(story->out, &story->cluster.nodes[id]);
    }
    while (words_left(words)) {
        const struct node *node = words_node(story, words);
        if (words->why == NULL)
            trace_node(story->out, node);
    }
}

/* ---- a line ---- */

static const struct {
    const char *name;
    void (*run)(struct story *story, struct words *words);
} commands[] = {
    {"nodes", do_nodes},       {"timing", do_timing},     {"elect", do_elect},
    {"lead", do_lead},         {"cut", do_cut},           {"tick", do_tick},
    {"advance", do_advance},   {"deliver", do_deliver},   {"drop", do_drop},
    {"repeat", do_repeat},     {"last", do_last},         {"hold", do_hold},
    {"release", do_release},   {"split", do_split},       {"heal", do_heal},
    {"slow", do_slow},         {"fast", do_fast},         {"sync", do_sync},
    {"crash", do_crash},       {"restart", do_restart},   {"propose", do_propose},
    {"fill", do_fill},         {"members", do_members},   {"read", do_read},
    {"transfer", do_transfer}, {"messages", do_messages}, {"quiet", do_quiet},
    {"show", do_show},         {"set-back", do_set_back},
};

void story_begin(struct story *story, FILE *out)
{
    static const struct raft_timing timing = {
        .heartbeat_ms = 100,
        .election_min_ms = 1000,
        .election_max_ms = 2000,
        .window_bytes = 1000000,
        .window_messages = 16,
        .message_bytes = 100000,
    };
    *story = (struct story){.out = out};
    cluster_init(&story->cluster, &timing, 1);
    story->cluster.listener =
        (struct cluster_listener){.step = on_step, .packet = on_packet, .context = story};
}

void story_end(struct story *story)
{
    cluster_free(&story->cluster);
}

bool story_run(struct story *story, const char *line, const char **why)
{
    struct words words;
    words_split(&words, line);
    const char *name = words_next(&words);
    bool is_known = false;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0] && words.why == NULL; i++) {
        if (strcmp(commands[i].name, name) != 0)
            continue;
        is_known = true;
        commands[i].run(story, &words);
        break;
    }
    if (words.why == NULL && !is_known)
        words.why = "no such command";
    if (words.why == NULL && words_left(&words))
        words.why = "a word too many";
    *why = words.why;
    return words.why == NULL;
}
