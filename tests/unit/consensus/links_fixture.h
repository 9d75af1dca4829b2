/*
 * links_fixture.h: what the tests of the links stand on: certificates that openssl makes, nodes
 * that keep what they are told, and waiting for what must come.
 */
#ifndef TESTS_UNIT_CONSENSUS_LINKS_FIXTURE_H
#define TESTS_UNIT_CONSENSUS_LINKS_FIXTURE_H

#include "consensus/links.h"
#include "proto/invariant.h"
#include "tests/unit/port.h"
#include "tests/unit/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Far more than anything takes on a busy machine with a sanitizer: who waits longer waits for ever.
 */
#define PATIENCE_S 80

/* Nodes are 1 and up; their first ones have certificates "n1", "n2", "n3". */
#define NODES_MAX      3
#define FILE_SIZE_MAX  16384
#define COMPLAINTS_MAX 32768

#ifdef __SANITIZE_THREAD__
/* NNG counts references with atomics of its own, which the sanitizer does not see in a library that
 * was built without it: it takes the end of a counted mutex for a race. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "race:pthread_mutex_destroy\n";
}
#endif

/* ---- certificates ---- */

static inline char *fixture_directory(void)
{
    static char directory[64];
    return directory;
}

/* Organisation A runs n1, B n2, C n3; X is nobody's. Certificates are of P-256, as real CAs make
 * them; the nodes' own keys are others. */
static inline const char *fixture_script(void)
{
    return "set -e; cd \"$0\"\n"
           "key() { openssl ecparam -name prime256v1 -genkey -noout -out $1.key; }\n"
           "ca() { key $1; openssl req -x509 -new -key $1.key -days 30 -subj /CN=$1 -out $1.pem"
           " -addext keyUsage=critical,keyCertSign;"
           " openssl x509 -in $1.pem -outform DER -out $1.der; }\n"
           "node() { key $1; openssl req -new -key $1.key -subj /CN=$2 -out $1.csr;"
           " echo subjectAltName=DNS:$2 >$1.ext; openssl x509 -req -in $1.csr -CA $3.pem"
           " -CAkey $3.key -CAcreateserial -days $4 -extfile $1.ext -out $1.pem; }\n"
           "ca a; ca b; ca c; ca x\n"
           "node n1 n1 a 30; node n2 n2 b 30; node n3 n3 c 30; node n4 n4 b 30; node n2-of-c n2 c "
           "30\n"
           "node n3-of-b n3 b 30; node stranger n2 x 30; node expired n2 b -1\n";
}

static inline void fixture_shell(const char *script)
{
    char copy[4096];
    char log[96];
    invariant(strlen(script) < sizeof copy);
    memcpy(copy, script, strlen(script) + 1);
    (void)snprintf(log, sizeof log, "%s/log", fixture_directory());
    char shell[] = "sh";
    char option[] = "-c";
    char *arguments[] = {shell, option, copy, fixture_directory(), NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 2, log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&actions, 2, 1);
    pid_t child;
    int status;
    invariant(posix_spawnp(&child, shell, &actions, NULL, arguments, environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    invariant(waitpid(child, &status, 0) == child);
    invariant(status == 0);
}

/* Runs the cases, each of which sees the certificates. */
static inline int fixture_run(const char *name, const TTest *const *const *cases, size_t count)
{
    (void)snprintf(fixture_directory(), 64, "/tmp/imei-links-XXXXXX");
    invariant(mkdtemp(fixture_directory()) != NULL);
    fixture_shell(fixture_script());
    int status = suite_run(name, cases, count);
    fixture_shell("rm -r \"$0\"");
    return status;
}

/* The file's bytes and a terminator, in memory that lives as long as the test. */
static inline struct bytes fixture_file(const char *stem, const char *extension)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s.%s", fixture_directory(), stem, extension);
    char *text = calloc(1, FILE_SIZE_MAX);
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    size_t size = fread(text, 1, FILE_SIZE_MAX - 1, file);
    (void)fclose(file);
    ck_assert_uint_gt(size, 0);
    return bytes_of(text, size);
}

static inline const char *fixture_text(const char *stem, const char *extension)
{
    return (const char *)fixture_file(stem, extension).data;
}

/* ---- time ---- */

static inline void nap(void)
{
    struct timespec pause = {.tv_nsec = 2000000};
    (void)nanosleep(&pause, NULL);
}

static inline double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

#define wait_until(condition)                                                                      \
    for (double started_s = now_s(); !(condition); nap())                                          \
    ck_assert_msg(now_s() - started_s < PATIENCE_S, "waited in vain for: %s", #condition)

/* ---- nodes ---- */

struct node {
    uint32_t id;
    char name[4];
    char address[64];
    char listen[64];
    const char *certificate; /* stem of the files */
    struct hash network;
    struct incarnation incarnation;
    struct secret_key secret;
    struct links *links;
    bool has_known[NODES_MAX + 1]; /* of its peers, when it is opened */
    struct incarnation known[NODES_MAX + 1];
    bool knows_authorities; /* of all three organisations */
    /* Called for each frame, which it frees, in place of keeping it. */
    void (*receive)(struct node *node, struct links_frame frame);
    void *context;

    pthread_mutex_t lock; /* for the rest */
    struct links_frame *frames;
    size_t frame_count;
    size_t frame_taken;
    bool is_up[NODES_MAX + 1][3];
    unsigned ups[NODES_MAX + 1][3];
    unsigned downs[NODES_MAX + 1][3];
    unsigned learned[NODES_MAX + 1];
    unsigned removed[NODES_MAX + 1]; /* how often that peer said so */
    unsigned wiped[NODES_MAX + 1];
    char complaints[COMPLAINTS_MAX];
};

static inline void node_keep(struct node *node, struct links_frame frame)
{
    pthread_mutex_lock(&node->lock);
    node->frames = realloc(node->frames, (node->frame_count + 1) * sizeof *node->frames);
    node->frames[node->frame_count++] = frame;
    pthread_mutex_unlock(&node->lock);
}

static inline void node_on_frame(void *context, struct links_frame frame)
{
    struct node *node = context;
    if (node->receive != NULL)
        node->receive(node, frame);
    else
        node_keep(node, frame);
}

static inline void node_on_state(void *context, uint32_t peer, enum peer_channel channel, bool up)
{
    struct node *node = context;
    pthread_mutex_lock(&node->lock);
    invariant(peer >= 1);
    invariant(peer <= NODES_MAX);
    invariant(node->is_up[peer][channel] != up);
    node->is_up[peer][channel] = up;
    *(up ? &node->ups[peer][channel] : &node->downs[peer][channel]) += 1;
    pthread_mutex_unlock(&node->lock);
}

static inline void node_on_learned(void *context, uint32_t peer,
                                   const struct incarnation *incarnation)
{
    struct node *node = context;
    pthread_mutex_lock(&node->lock);
    invariant(peer >= 1);
    invariant(peer <= NODES_MAX);
    node->learned[peer]++;
    node->known[peer] = *incarnation;
    node->has_known[peer] = true;
    pthread_mutex_unlock(&node->lock);
}

static inline void node_on_removed(void *context, uint32_t peer)
{
    struct node *node = context;
    pthread_mutex_lock(&node->lock);
    invariant(peer >= 1);
    invariant(peer <= NODES_MAX);
    node->removed[peer]++;
    pthread_mutex_unlock(&node->lock);
}

static inline void node_on_wiped(void *context, uint32_t peer)
{
    struct node *node = context;
    pthread_mutex_lock(&node->lock);
    invariant(peer >= 1);
    invariant(peer <= NODES_MAX);
    node->wiped[peer]++;
    pthread_mutex_unlock(&node->lock);
}

static inline void node_on_complaint(void *context, const char *text)
{
    struct node *node = context;
    pthread_mutex_lock(&node->lock);
    size_t size = strlen(node->complaints);
    (void)snprintf(node->complaints + size, sizeof node->complaints - size, "%s\n", text);
    pthread_mutex_unlock(&node->lock);
}

static inline void node_init(struct node *node, uint32_t id)
{
    *node = (struct node){.id = id, .network = {{7, 7, 7}}, .incarnation = {{(uint8_t)id}}};
    uint16_t port = port_reserve();
    (void)snprintf(node->name, sizeof node->name, "n%u", id);
    (void)snprintf(node->address, sizeof node->address, "tls+tcp://127.0.0.1:%u", port);
    memcpy(node->listen, node->address, sizeof node->listen);
    node->certificate = node->name;
    node->secret.bytes[SECRET_KEY_SIZE - 1] = (uint8_t)id;
    pthread_mutex_init(&node->lock, NULL);
}

static inline struct public_key node_key(const struct node *node)
{
    struct public_key key;
    ck_assert_int_eq(public_key_of(&node->secret, &key), ERR_OK);
    return key;
}

static inline const char *fixture_organisation(uint32_t id)
{
    static const char *const organisations[] = {"a", "b", "c"};
    return organisations[id - 1];
}

/* `other` as a peer of `node`. */
static inline struct links_peer node_peer(const struct node *node, const struct node *other)
{
    return (struct links_peer){.id = other->id,
                               .name = other->name,
                               .address = other->address,
                               .key = node_key(other),
                               .ca = fixture_file(fixture_organisation(other->id), "der"),
                               .has_known = node->has_known[other->id],
                               .known = node->known[other->id]};
}

static inline struct bytes *fixture_authority_files(void)
{
    static struct bytes files[NODES_MAX];
    return files;
}

static inline void fixture_read_authorities(void)
{
    for (uint32_t i = 0; i < NODES_MAX; i++)
        fixture_authority_files()[i] = fixture_file(fixture_organisation(i + 1), "der");
}

/* Every organisation's certificate; read once, whichever thread asks first. */
static inline const struct bytes *fixture_authorities(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, fixture_read_authorities);
    return fixture_authority_files();
}

/* How `node` is opened among `count` nodes, of which it may be one; `peers` has room for them. */
static inline struct links_options node_options(struct node *node, const struct node *nodes,
                                                size_t count, struct links_peer *peers)
{
    size_t peer_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (nodes[i].id != node->id)
            peers[peer_count++] = node_peer(node, &nodes[i]);
    }
    return (struct links_options){.network = node->network,
                                  .id = node->id,
                                  .incarnation = node->incarnation,
                                  .key = &node->secret,
                                  .listen = node->listen,
                                  .certificate_pem = fixture_text(node->certificate, "pem"),
                                  .certificate_key_pem = fixture_text(node->certificate, "key"),
                                  .peers = peers,
                                  .peer_count = peer_count,
                                  .authorities = fixture_authorities(),
                                  .authority_count = node->knows_authorities ? NODES_MAX : 0,
                                  .receive = node_on_frame,
                                  .state = node_on_state,
                                  .learned = node_on_learned,
                                  .removed = node_on_removed,
                                  .wiped = node_on_wiped,
                                  .complain = node_on_complaint,
                                  .context = node};
}

static inline void node_options_free(struct links_options *options, struct links_peer *peers)
{
    for (size_t i = 0; i < options->peer_count; i++)
        free((void *)(uintptr_t)peers[i].ca.data);
    free((void *)(uintptr_t)options->certificate_pem);
    free((void *)(uintptr_t)options->certificate_key_pem);
    memset(peers, 0xee, options->peer_count * sizeof *peers);
}

static inline void node_open(struct node *node, const struct node *nodes, size_t count)
{
    struct links_peer peers[NODES_MAX];
    struct links_options options = node_options(node, nodes, count, peers);
    enum err err = links_open(&options, &node->links);
    ck_assert_msg(err == ERR_OK, "%s: %s", err_name(err), node->complaints);
    /* All is copied: what it was opened with may go. */
    node_options_free(&options, peers);
}

/* These become its peers: `count` of `others`. */
static inline enum err node_set_peers(struct node *node, const struct node *const *others,
                                      size_t count)
{
    struct links_peer peers[NODES_MAX] = {{0}};
    for (size_t i = 0; i < count; i++)
        peers[i] = node_peer(node, others[i]);
    enum err err = links_set_peers(node->links, peers, count);
    for (size_t i = 0; i < count; i++)
        free((void *)(uintptr_t)peers[i].ca.data);
    memset(peers, 0xee, sizeof peers);
    return err;
}

static inline void node_close(struct node *node)
{
    links_close(node->links);
    node->links = NULL;
}

/* Closes it and frees what it kept. */
static inline void node_end(struct node *node)
{
    node_close(node);
    for (size_t i = node->frame_taken; i < node->frame_count; i++)
        links_frame_free(&node->frames[i]);
    free(node->frames);
    pthread_mutex_destroy(&node->lock);
}

/* ---- what a node was told ---- */

static inline bool node_is_up(struct node *node, uint32_t peer, enum peer_channel channel)
{
    pthread_mutex_lock(&node->lock);
    bool is_up = node->is_up[peer][channel];
    pthread_mutex_unlock(&node->lock);
    return is_up;
}

static inline bool node_is_all_up(struct node *node, uint32_t peer)
{
    return node_is_up(node, peer, PEER_CONTROL) && node_is_up(node, peer, PEER_BULK);
}

static inline unsigned node_ups(struct node *node, uint32_t peer, enum peer_channel channel)
{
    pthread_mutex_lock(&node->lock);
    unsigned ups = node->ups[peer][channel];
    pthread_mutex_unlock(&node->lock);
    return ups;
}

static inline unsigned node_downs(struct node *node, uint32_t peer, enum peer_channel channel)
{
    pthread_mutex_lock(&node->lock);
    unsigned downs = node->downs[peer][channel];
    pthread_mutex_unlock(&node->lock);
    return downs;
}

static inline unsigned node_learned(struct node *node, uint32_t peer)
{
    pthread_mutex_lock(&node->lock);
    unsigned learned = node->learned[peer];
    pthread_mutex_unlock(&node->lock);
    return learned;
}

static inline unsigned node_removed(struct node *node, uint32_t peer)
{
    pthread_mutex_lock(&node->lock);
    unsigned removed = node->removed[peer];
    pthread_mutex_unlock(&node->lock);
    return removed;
}

static inline unsigned node_wiped(struct node *node, uint32_t peer)
{
    pthread_mutex_lock(&node->lock);
    unsigned wiped = node->wiped[peer];
    pthread_mutex_unlock(&node->lock);
    return wiped;
}

static inline bool node_complained(struct node *node, const char *words)
{
    pthread_mutex_lock(&node->lock);
    bool has = strstr(node->complaints, words) != NULL;
    pthread_mutex_unlock(&node->lock);
    return has;
}

static inline void node_forget_complaints(struct node *node)
{
    pthread_mutex_lock(&node->lock);
    node->complaints[0] = '\0';
    pthread_mutex_unlock(&node->lock);
}

static inline bool node_has_frame(struct node *node)
{
    pthread_mutex_lock(&node->lock);
    bool has = node->frame_taken < node->frame_count;
    pthread_mutex_unlock(&node->lock);
    return has;
}

/* The next frame, waited for; the caller frees it. */
static inline struct links_frame node_take(struct node *node)
{
    wait_until(node_has_frame(node));
    pthread_mutex_lock(&node->lock);
    struct links_frame frame = node->frames[node->frame_taken++];
    pthread_mutex_unlock(&node->lock);
    return frame;
}

/* Sends, waiting while the queue is full or the connection is not up. */
static inline void node_send(struct node *node, uint32_t to, enum peer_channel channel,
                             struct bytes frame)
{
    enum err err;
    wait_until((err = links_send(node->links, to, channel, &frame, 1)) == ERR_OK ||
               (err != ERR_BUSY && err != ERR_UNREACHABLE));
    ck_assert_int_eq(err, ERR_OK);
}

#endif
