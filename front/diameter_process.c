#include "front/diameter_process.h"

#include "front/diameter.h"
#include "front/diameter_counts.h"
#include "front/s13_wire.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { NODE = 0, ANSWERS_AT_ONCE = 1024, COUNTS_NS = 500000000 };

/* Requests that wait for the node: the place of one is the id of its question. */
static struct {
    pthread_mutex_t lock; /* of all below: nobody waits while he has it */
    size_t room;
    size_t free_count;
    uint32_t *free; /* places */
    struct ecr **waiting;
    bool has_ended; /* the node asks for no more */
} desk = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Records are sent whole. Whoever waits here for room waits for the node, which may be waiting for
 * its answers to be read: they are read without this lock. */
static pthread_mutex_t telling = PTHREAD_MUTEX_INITIALIZER;

/* ---- bytes ---- */

static bool read_all(void *out, size_t size)
{
    for (uint8_t *at = out; size > 0;) {
        ssize_t got = read(NODE, at, size);
        if (got == 0 || (got < 0 && errno != EINTR))
            return false;
        if (got > 0) {
            at += got;
            size -= (size_t)got;
        }
    }
    return true;
}

static bool tell(const struct s13_said *said)
{
    uint8_t bytes[S13_SAID_SIZE];
    ssize_t put = 0;
    s13_said_write(said, bytes);
    pthread_mutex_lock(&telling);
    for (size_t sent = 0; sent < sizeof bytes && put >= 0; sent += put > 0 ? (size_t)put : 0) {
        do
            put = send(NODE, bytes + sent, sizeof bytes - sent, MSG_NOSIGNAL);
        while (put < 0 && errno == EINTR);
    }
    pthread_mutex_unlock(&telling);
    if (put < 0)
        shutdown(NODE, SHUT_RDWR); /* half a record may be out: there is nothing more to say */
    return put >= 0;
}

/* ---- questions ---- */

static bool open_desk(size_t room)
{
    desk.room = room;
    desk.free = calloc(room, sizeof *desk.free);
    desk.waiting = calloc(room, sizeof(struct ecr *));
    if (desk.free == NULL || desk.waiting == NULL)
        return false;
    while (desk.free_count < room) {
        desk.free[desk.free_count] = (uint32_t)desk.free_count;
        desk.free_count++;
    }
    return true;
}

/* False when there is no place for it, or nobody to ask. */
static bool ask(struct ecr *ecr, const struct question *question)
{
    struct s13_said said = {.kind = S13_ASKED, .question = *question};
    pthread_mutex_lock(&desk.lock);
    bool is_asked = desk.free_count > 0 && !desk.has_ended;
    if (is_asked) {
        said.id = desk.free[--desk.free_count];
        desk.waiting[said.id] = ecr;
    }
    pthread_mutex_unlock(&desk.lock);
    if (is_asked)
        (void)!tell(&said); /* when the node is gone, all that wait are failed */
    return is_asked;
}

/* On freeDiameter's threads. */
static void take(struct ecr *ecr)
{
    struct s13_values values;
    struct question question;
    struct s13_fault fault;
    ecr_values(ecr, &values);
    if (!s13_question(&values, &question, &fault)) {
        diameter_count(REFUSAL_MALFORMED);
        ecr_refuse(ecr, &fault);
    } else if (!ask(ecr, &question)) {
        diameter_count(REFUSAL_OVERLOAD);
        ecr_fail(ecr, ECR_TOO_BUSY);
    }
}

/* ---- answers ---- */

/* The request of that question; NULL when there is none. */
static struct ecr *leave(uint32_t id)
{
    struct ecr *ecr = NULL;
    pthread_mutex_lock(&desk.lock);
    if (id < desk.room && desk.waiting[id] != NULL) {
        ecr = desk.waiting[id];
        desk.waiting[id] = NULL;
        desk.free[desk.free_count++] = id;
    }
    pthread_mutex_unlock(&desk.lock);
    return ecr;
}

static bool answer(const uint8_t bytes[S13_ANSWER_SIZE])
{
    struct s13_answer answer;
    if (s13_answer_read(bytes, &answer) != ERR_OK)
        return false;
    struct ecr *ecr = leave(answer.id);
    if (ecr == NULL)
        return false;
    if (answer.is_decided)
        ecr_answer(ecr, answer.verdict);
    else
        ecr_fail(ecr, ECR_UNABLE_TO_COMPLY);
    return true;
}

/* ---- figures ---- */

/* A thread of its own: whoever reads the node's answers must not wait in tell() for the node, which
 * may be waiting for them to be read. */
static void *tell_counts(void *context)
{
    static const struct timespec pause = {.tv_nsec = COUNTS_NS};
    bool is_told = true;
    (void)context;
    while (is_told) {
        struct s13_said said = {.kind = S13_COUNTED};
        nanosleep(&pause, NULL);
        if (diameter_counts_take(&said.counts))
            is_told = tell(&said);
    }
    return NULL;
}

/* Until the node closes, or says what it never says. */
static void answer_all(void)
{
    uint8_t bytes[S13_ANSWER_SIZE * ANSWERS_AT_ONCE];
    size_t size = 0;
    while (true) {
        ssize_t got = read(NODE, bytes + size, sizeof bytes - size);
        if (got == 0 || (got < 0 && errno != EINTR))
            return;
        size += got > 0 ? (size_t)got : 0;
        size_t at = 0;
        for (; size - at >= S13_ANSWER_SIZE; at += S13_ANSWER_SIZE) {
            if (!answer(bytes + at))
                return;
        }
        memmove(bytes, bytes + at, size - at);
        size -= at;
    }
}

static void fail_all(void)
{
    pthread_mutex_lock(&desk.lock);
    desk.has_ended = true;
    pthread_mutex_unlock(&desk.lock);
    for (uint32_t id = 0; id < desk.room; id++) {
        struct ecr *ecr = leave(id);
        if (ecr != NULL)
            ecr_fail(ecr, ECR_TOO_BUSY);
    }
}

/* ---- the process ---- */

/* The node decides when this ends, whoever else is told to, and a node that has died leaves nothing
 * behind that listens where the next one will; a connection that is gone is an error of its write.
 * And nothing of the node's is open here. */
static void leave_the_node(void)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGPIPE};
    static const struct sigaction ignore = {.sa_handler = SIG_IGN};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        sigaction(numbers[i], &ignore, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* when the thread of the node ends that waits for this */
    prctl(PR_SET_NAME, "imeid-s13");
    (void)close_range(STDERR_FILENO + 1, ~0u, 0);
}

int diameter_process(struct note note, void (*prepare)(const struct diameter_order *order))
{
    static struct diameter_order order;
    leave_the_node();
    if (!read_all(&order, sizeof order))
        return EXIT_FAILURE;
    prepare(&order);
    struct s13_said started = {.kind = S13_STARTED, .err = ERR_MEMORY};
    if (open_desk(order.options.waiting_max))
        started.err = diameter_start(&order.options, note, take);
    bool is_told = tell(&started);
    if (started.err != ERR_OK || !is_told)
        return EXIT_FAILURE;
    pthread_t counting; /* until the process ends; without it there are no figures */
    if (pthread_create(&counting, NULL, tell_counts, NULL) == 0)
        pthread_detach(counting);
    answer_all();
    fail_all();
    diameter_stop();
    return EXIT_SUCCESS;
}
