/*
 * Clients that submit signed transactions to a node, each one at a time: how many are committed in
 * a second, and how long each takes. All of them are signed before the clock starts. Prints one
 * line of JSON.
 *
 * Usage: bench-clients KEY PORT CLIENTS ITEMS SECONDS FROM MOST     The operator's key file, the
 *        node's port for clients on this machine, devices of a transaction, the number of the
 *        first transaction (each may be submitted once), and of how many at most.
 *        bench-clients KEY verify SECONDS THREADS     How many signatures of such transactions this
 *        machine verifies meanwhile: the ceiling of what has to verify them.
 */
#include "bench/wire.h"
#include "proto/keyfile.h"
#include "proto/statement.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <time.h>

#define CLIENTS_MAX 1024
#define ITEMS_MAX   10000
#define TIMEOUT_MS  30000

/* Transaction j is about devices of TAC j modulo this, at serials all over it: as lists have them.
 */
#define TACS     1000
#define STRIDE   7919 /* has no factor in common with the serials of a TAC */
#define TAC_ONE  35000000
#define TAC_MANY 36000000

struct message {
    uint32_t size;
    uint8_t *bytes; /* WIRE_HEAD bytes, and the request */
};

static struct secret_key secret;
static struct public_key public;
static struct hash network;
static struct country country;

static struct message *messages;
static size_t message_count;

static struct wire wires[CLIENTS_MAX];
static uint64_t asked_ns[CLIENTS_MAX];
static uint64_t *took_ns;
static size_t took_count;

static uint64_t now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static uint64_t wall_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

static void need(enum err err, const char *what)
{
    if (err == ERR_OK)
        return;
    fprintf(stderr, "bench-clients: %s: %s\n", what, err_sentence(err));
    exit(EXIT_FAILURE);
}

static uint64_t number_of(const char *text)
{
    char *end;
    errno = 0;
    uint64_t value = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0')
        wire_fail("a number is wanted: see the head of bench/clients.c");
    return value;
}

/* ---- before the clock starts ---- */

static void load_key(const char *path)
{
    static uint8_t pem[KEYFILE_SIZE_MAX];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : read(fd, pem, sizeof pem);
    if (size < 0)
        wire_fail("the key file cannot be read");
    close(fd);
    need(keyfile_parse(bytes_of(pem, (size_t)size), NULL, NULL, &secret), "key");
    need(public_key_of(&secret, &public), "key");
}

static struct reader ask(struct wire *wire, const struct request *request)
{
    static uint8_t buffer[1024];
    struct writer writer = writer_over(buffer + WIRE_HEAD, sizeof buffer - WIRE_HEAD);
    struct bytes answer;
    struct response_head head;
    request_write(&writer, request);
    wire_ask(wire, buffer, writer_view(&writer).size);
    while (!wire_answer(wire, &answer))
        ;
    struct reader reader = reader_over(answer);
    response_head_read(&reader, &head);
    need(reader_ok(&reader) ? head.err : reader.err, "the node's answer");
    return reader;
}

/* The network that it serves, and the country of the key's organisation. */
static void learn(struct wire *wire)
{
    static struct status status;
    static struct organisation_info organisation;
    static struct request request;
    request.kind = REQUEST_STATUS;
    struct reader reader = ask(wire, &request);
    status_read(&reader, &status);
    need(reader_done(&reader), "the node's status");
    network = status.network;
    request.kind = REQUEST_ORGANISATIONS;
    request.has_kid = true;
    request.kid = key_id_of(&public);
    reader = ask(wire, &request);
    if (cbor_array(&reader) != 1)
        wire_fail("nobody has this key");
    organisation_info_read(&reader, &organisation);
    need(reader_done(&reader), "the key's organisation");
    country = organisation.country;
}

static int by_value(const void *a, const void *b)
{
    const struct item *one = a;
    const struct item *other = b;
    return one->from.value < other->from.value ? -1 : one->from.value > other->from.value;
}

static struct bytes sign(uint64_t number, size_t item_count, uint8_t *out, size_t capacity)
{
    static struct item items[ITEMS_MAX];
    static uint8_t packed[TX_SIZE_MAX];
    static uint8_t payload[TX_SIZE_MAX];
    uint32_t tac = (item_count == 1 ? TAC_ONE : TAC_MANY) + (uint32_t)(number % TACS);
    for (size_t i = 0; i < item_count; i++) {
        uint64_t serial = (number / TACS * item_count + i) * STRIDE % IMEI_SERIALS;
        items[i].from = items[i].to = imei_of(tac, (uint32_t)serial);
    }
    qsort(items, item_count, sizeof items[0], by_value);
    struct writer writer = writer_over(packed, sizeof packed);
    items_write(&writer, items, item_count);
    uint64_t issued_ms = wall_ms();
    struct statement statement = {
        .network = network,
        .lane = item_count, /* one lane: no number comes twice in it */
        .number = number,
        .issued_at_ms = issued_ms,
        .valid_until_ms = issued_ms + 3600000,
        .operation = OP_BLOCK,
        .country = country,
        .reason = REASON_STOLEN,
        .items = writer_view(&writer),
        .item_count = item_count,
    };
    struct writer scratch = writer_over(payload, sizeof payload);
    struct writer signed_ = writer_over(out, capacity);
    need(transaction_sign(&statement, &secret, &scratch, &signed_, NULL), "sign");
    return writer_view(&signed_);
}

static void prepare(uint64_t from, size_t count, size_t item_count)
{
    static uint8_t encoded[TX_SIZE_MAX];
    static uint8_t buffer[REQUEST_SIZE_MAX];
    static struct request request = {
        .kind = REQUEST_SUBMIT, .wait_committed = true, .timeout_ms = TIMEOUT_MS};
    messages = calloc(count, sizeof *messages);
    took_ns = calloc(count, sizeof *took_ns);
    if (messages == NULL || took_ns == NULL)
        need(ERR_MEMORY, "prepare");
    for (; message_count < count; message_count++) {
        request.encoded = sign(from + message_count, item_count, encoded, sizeof encoded);
        struct writer writer = writer_over(buffer, sizeof buffer);
        request_write(&writer, &request);
        struct message *message = &messages[message_count];
        message->size = (uint32_t)writer_view(&writer).size;
        message->bytes = malloc(WIRE_HEAD + message->size);
        if (message->size == 0 || message->bytes == NULL)
            need(ERR_MEMORY, "prepare");
        memcpy(message->bytes + WIRE_HEAD, buffer, message->size);
    }
}

/* ---- under the clock ---- */

static size_t asked;

static void submit(size_t client)
{
    asked_ns[client] = now_ns();
    wire_ask(&wires[client], messages[asked].bytes, messages[asked].size);
    asked++;
}

/* Only what is committed, and has changed all of its devices, counts. */
static void check(struct bytes answer, size_t item_count)
{
    struct response_head head;
    struct tx_answer tx;
    struct reader reader = reader_over(answer);
    response_head_read(&reader, &head);
    need(reader_ok(&reader) ? head.err : reader.err, "a submission");
    tx_answer_read(&reader, &tx);
    need(reader_done(&reader), "the answer to a submission");
    if (tx.state != TX_COMMITTED)
        need(tx.err, "a submission is refused");
    if (tx.state != TX_COMMITTED || tx.changed != item_count)
        wire_fail("a submission was not committed whole");
}

static uint64_t play(size_t clients, size_t item_count, uint64_t seconds)
{
    struct epoll_event events[64];
    struct bytes answer;
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < clients; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = i};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, wires[i].fd, &event) != 0)
            wire_fail("epoll");
    }
    uint64_t begun_ns = now_ns();
    uint64_t until_ns = begun_ns + seconds * 1000000000;
    uint64_t at_ns = begun_ns;
    for (size_t i = 0; i < clients && asked < message_count; i++)
        submit(i);
    while (took_count < asked) {
        int count = epoll_wait(epoll, events, 64, TIMEOUT_MS);
        if (count <= 0)
            wire_fail("no answer for 30 s");
        for (int i = 0; i < count; i++) {
            size_t client = events[i].data.u64;
            if (!wire_answer(&wires[client], &answer))
                continue;
            at_ns = now_ns();
            took_ns[took_count++] = at_ns - asked_ns[client];
            check(answer, item_count);
            if (at_ns < until_ns && asked < message_count)
                submit(client);
        }
    }
    close(epoll);
    return at_ns - begun_ns;
}

static int by_time(const void *a, const void *b)
{
    const uint64_t *one = a;
    const uint64_t *other = b;
    return *one < *other ? -1 : *one > *other;
}

static double percentile_us(unsigned per_mille)
{
    return (double)took_ns[(took_count - 1) * per_mille / 1000] * 1e-3;
}

static int submit_all(const char *port, char *const *arguments)
{
    size_t clients = number_of(arguments[0]);
    size_t items = number_of(arguments[1]);
    uint64_t seconds = number_of(arguments[2]);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)number_of(port)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (clients == 0 || clients > CLIENTS_MAX || items == 0 || items > ITEMS_MAX)
        wire_fail("too many clients or devices");
    for (size_t i = 0; i < clients; i++)
        wire_open(&wires[i], &to);
    learn(&wires[0]);
    prepare(number_of(arguments[3]), number_of(arguments[4]), items);
    double took_s = (double)play(clients, items, seconds) * 1e-9;
    qsort(took_ns, took_count, sizeof took_ns[0], by_time);
    printf("{\"clients\": %zu, \"items\": %zu, \"count\": %zu, \"seconds\": %.3f, \"rate\": %.1f, "
           "\"p50_us\": %.1f, \"p99_us\": %.1f, \"p999_us\": %.1f, \"bytes\": %u}\n",
           clients, items, took_count, took_s, (double)took_count / took_s, percentile_us(500),
           percentile_us(990), percentile_us(999), messages[0].size);
    return EXIT_SUCCESS;
}

/* ---- what verification alone allows ---- */

#define VERIFIED 512u

static uint64_t verify_until_ns;

static void *verify(void *context)
{
    uint64_t *count = context;
    struct transaction transaction;
    while (now_ns() < verify_until_ns) {
        const struct message *message = &messages[*count % VERIFIED];
        need(transaction_parse(bytes_of(message->bytes, message->size), &transaction), "parse");
        need(transaction_verify(&transaction, &public), "verify");
        ++*count;
    }
    return NULL;
}

static int verify_all(char *const *arguments)
{
    static uint8_t encoded[TX_SIZE_MAX];
    uint64_t counts[64] = {0};
    pthread_t threads[64];
    uint64_t seconds = number_of(arguments[0]);
    size_t thread_count = number_of(arguments[1]);
    uint64_t sum = 0;
    memcpy(country.code, "FR", 3);
    messages = calloc(VERIFIED, sizeof *messages);
    if (messages == NULL || thread_count == 0 || thread_count > 64)
        wire_fail("too many threads");
    for (size_t i = 0; i < VERIFIED; i++) {
        struct bytes whole = sign(i, 1, encoded, sizeof encoded);
        messages[i] = (struct message){.size = (uint32_t)whole.size, .bytes = malloc(whole.size)};
        if (messages[i].bytes == NULL)
            need(ERR_MEMORY, "prepare");
        memcpy(messages[i].bytes, whole.data, whole.size);
    }
    verify_until_ns = now_ns() + seconds * 1000000000;
    for (size_t i = 0; i < thread_count; i++)
        if (pthread_create(&threads[i], NULL, verify, &counts[i]) != 0)
            need(ERR_MEMORY, "thread");
    for (size_t i = 0; i < thread_count; i++) {
        pthread_join(threads[i], NULL);
        sum += counts[i];
    }
    printf("{\"threads\": %zu, \"verified\": %" PRIu64 ", \"rate\": %.1f}\n", thread_count, sum,
           (double)sum / (double)seconds);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    if (argc != 5 && argc != 8)
        wire_fail("see the head of bench/clients.c for its usage");
    load_key(argv[1]);
    if (argc == 5 && strcmp(argv[2], "verify") == 0)
        return verify_all(argv + 3);
    return submit_all(argv[2], argv + 3);
}
