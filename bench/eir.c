/*
 * Look-ups in process: the index, a whole answer, the ledger's own view, and a plain LMDB, with the
 * same keys in the same run; what each takes of memory and disk; how long a start reads; and
 * look-ups while claims are applied.
 *
 * Each look-up waits for the one before it, as in a node that answers one question after the other:
 * no processor hides the wait for memory behind the next one. Times are of the thread's own clock;
 * percentiles are of the wall's, single look-ups timed one by one, less what the clock takes.
 *
 * Usage: bench-eir DIRECTORY JSON MILLIONS…     A directory is filled once, and used again.
 */
#include "eir/eir.h"
#include "bench/claims.h"
#include "eir/look.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#define KEYS        1000000u
#define TIMED       200000u
#define THREADS_MAX 2u
#define CHANGES     10000u /* claims a second */
#define SECONDS     5u

struct subject {
    uint64_t claims;
    struct ledger *ledger;
    struct eir *eir;
    struct store *plain;
    struct table table;
    struct imei *keys[3];
};

enum kind { HIT, MISS, OTHER_TAC, KINDS };
static const char *const kinds[KINDS] = {"hit", "miss", "miss, another TAC"};

static FILE *json;
static bool has_row;

static void json_begin(const char *what, uint64_t claims)
{
    fprintf(json, "%s\n  {\"what\": \"%s\", \"claims\": %llu", has_row ? "," : "", what,
            (unsigned long long)claims);
    has_row = true;
}

static void json_number(const char *key, double value)
{
    fprintf(json, ", \"%s\": %.1f", key, value);
}

/* ---- ways to ask ---- */

struct asker {
    const struct subject *subject;
    struct eir_desk *desk;
    struct view *view;
    struct look *look;
    struct txn txn;
    struct found found;
};

/* How many claims there are on it. */
typedef size_t ask_way(struct asker *asker, struct imei imei);

static size_t ask_index(struct asker *asker, struct imei imei)
{
    grace_enter();
    if (!index_find(eir_index(asker->subject->eir), imei, &asker->found))
        check(ERR_NOT_FOUND, "index");
    grace_leave();
    return asker->found.count;
}

static size_t ask_eir(struct asker *asker, struct imei imei)
{
    struct question question = {.imei = imei, .svn = IMEI_SVN_NONE};
    struct decision decision;
    if (!eir_ask(asker->desk, &question, &decision))
        check(ERR_INTERNAL, "eir");
    return decision.verdict == VERDICT_BLACK;
}

static size_t ask_ledger(struct asker *asker, struct imei imei)
{
    const struct found *found;
    check(view_refresh(asker->view), "refresh");
    check(look_at(asker->look, asker->view, imei, &found), "look");
    view_rest(asker->view);
    return found->count;
}

static size_t ask_plain(struct asker *asker, struct imei imei)
{
    uint8_t key[8];
    struct bytes value;
    imei_write(imei, key);
    return txn_get(&asker->txn, asker->subject->table, bytes_of(key, 8), &value);
}

static const struct {
    const char *name;
    ask_way *ask;
} ways[] = {{"index_find", ask_index},
            {"eir_ask", ask_eir},
            {"the ledger's view", ask_ledger},
            {"mdb_get, 8 -> 16 bytes", ask_plain}};
enum { WAYS = sizeof ways / sizeof ways[0] };

static struct asker *asker_open(const struct subject *subject)
{
    struct asker *asker = calloc(1, sizeof *asker);
    if (asker == NULL)
        check(ERR_MEMORY, "asker");
    asker->subject = subject;
    check(eir_desk_open(subject->eir, FACE_N5G, &asker->desk), "desk");
    check(view_open(subject->ledger, &asker->view), "view");
    view_rest(asker->view);
    check(look_open(&asker->look), "look");
    check(txn_begin(subject->plain, false, &asker->txn), "reader");
    return asker;
}

static void asker_close(struct asker *asker)
{
    txn_abort(&asker->txn);
    look_close(asker->look);
    view_close(asker->view);
    eir_desk_close(asker->desk);
    free(asker);
}

/* ---- single look-ups ---- */

static uint64_t wall_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static int order(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

struct times {
    double mean_ns;
    double p50_ns;
    double p99_ns;
    size_t found;
};

/* `ask` NULL: just the clock. */
static void time_each(struct asker *asker, ask_way *ask, const struct imei *keys, struct times *out)
{
    static _Thread_local uint64_t took[TIMED];
    size_t last = 0;
    for (size_t i = 0; i < TIMED; i++) {
        uint64_t begun = wall_ns();
        if (ask != NULL)
            last = ask(asker, keys[i + (last >> 20)]);
        took[i] = wall_ns() - begun;
    }
    qsort(took, TIMED, sizeof took[0], order);
    out->p50_ns = (double)took[TIMED / 2];
    out->p99_ns = (double)took[TIMED - TIMED / 100];
}

static void time_all(struct asker *asker, ask_way *ask, const struct imei *keys, struct times *out)
{
    size_t last = 0;
    out->found = 0;
    double begun = now();
    for (size_t i = 0; i < KEYS; i++) {
        last = ask(asker, keys[i + (last >> 20)]); /* never: but the next has to wait for it */
        out->found += last;
    }
    out->mean_ns = (now() - begun) * 1e9 / KEYS;
}

struct worker {
    pthread_t thread;
    const struct subject *subject;
    ask_way *ask;
    const struct imei *keys;
    struct times times;
};

static void *work(void *context)
{
    struct worker *worker = context;
    struct asker *asker = asker_open(worker->subject);
    struct times clock;
    time_each(asker, NULL, worker->keys, &clock);
    time_all(asker, worker->ask, worker->keys, &worker->times); /* warms */
    time_all(asker, worker->ask, worker->keys, &worker->times);
    time_each(asker, worker->ask, worker->keys, &worker->times);
    worker->times.p50_ns -= clock.p50_ns;
    worker->times.p99_ns -= clock.p50_ns;
    asker_close(asker);
    return NULL;
}

static void measure(const struct subject *subject, size_t way, enum kind kind, size_t threads)
{
    struct worker workers[THREADS_MAX];
    struct times all = {0};
    for (size_t i = 0; i < threads; i++) {
        workers[i] =
            (struct worker){.subject = subject, .ask = ways[way].ask, .keys = subject->keys[kind]};
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            check(ERR_MEMORY, "thread");
    }
    for (size_t i = 0; i < threads; i++) {
        pthread_join(workers[i].thread, NULL);
        const struct times *times = &workers[i].times;
        all.mean_ns += times->mean_ns / (double)threads;
        all.p50_ns += times->p50_ns / (double)threads;
        all.p99_ns += times->p99_ns / (double)threads;
        if (times->found != (kind == HIT ? KEYS : 0))
            printf("  wrong: %zu found\n", times->found);
    }
    printf("  %-24s %-18s %zu  %7.0f  %7.0f  %7.0f\n", ways[way].name, kinds[kind], threads,
           all.mean_ns, all.p50_ns, all.p99_ns);
    json_begin(ways[way].name, subject->claims);
    fprintf(json, ", \"kind\": \"%s\", \"threads\": %zu", kinds[kind], threads);
    json_number("mean_ns", all.mean_ns);
    json_number("p50_ns", all.p50_ns);
    json_number("p99_ns", all.p99_ns);
    fprintf(json, "}");
}

/* ---- beside a writer ---- */

struct writing {
    pthread_t thread;
    struct ledger *ledger;
    uint64_t claims;
    atomic_bool is_over;
    double rate;
    double apply_us; /* each */
};

static uint8_t entries[CHANGES * SECONDS][288];
static size_t entry_sizes[CHANGES * SECONDS];

static void sign_changes(uint64_t claims)
{
    for (size_t i = 0; i < CHANGES * SECONDS; i++) {
        struct imei imei = fresh_imei(claims);
        struct item item = {imei, imei};
        entry_sizes[i] = sign(OP_BLOCK, i % MEMBERS, &item, 1, entries[i], sizeof entries[i]).size;
    }
}

/* How many statements the next block takes: those that are due by the rate. */
static size_t due(uint64_t begun_ns, size_t at)
{
    for (;;) {
        size_t due = (size_t)((wall_ns() - begun_ns) * CHANGES / 1000000000u);
        size_t count = due > at ? due - at : 0;
        if (count > CHANGES * SECONDS - at)
            count = CHANGES * SECONDS - at;
        if (count > 0)
            return count < BLOCK_TX_MAX ? count : BLOCK_TX_MAX;
        struct timespec rest = {0, 10000000}; /* as long as a node waits for a block's first ones */
        nanosleep(&rest, NULL);
    }
}

static void *write_claims(void *context)
{
    struct writing *writing = context;
    uint64_t begun = wall_ns();
    double busy = 0;
    size_t at = 0;
    while (at < CHANGES * SECONDS) {
        struct block_build build;
        block_build(&build, buffer, BLOCK_SIZE_MAX);
        for (size_t left = due(begun, at); left > 0; left--, at++)
            check(block_build_add(&build, bytes_of(entries[at], entry_sizes[at])), "entry");
        struct block block = seal(&build);
        struct cost cost = apply(writing->ledger, &block);
        busy += cost.apply + cost.commit;
    }
    writing->rate = (double)at * 1e9 / (double)(wall_ns() - begun);
    writing->apply_us = busy * 1e6 / (double)at;
    atomic_store(&writing->is_over, true);
    return NULL;
}

/* Answers a second of this thread until the writer has ended, or for SECONDS without one. */
static double ask_meanwhile(struct asker *asker, struct writing *writing, double *cpu_ns)
{
    const struct imei *keys = asker->subject->keys[HIT];
    uint64_t end = wall_ns() + SECONDS * UINT64_C(1000000000);
    uint64_t begun = wall_ns();
    double cpu = now();
    size_t count = 0;
    while (writing != NULL ? !atomic_load(&writing->is_over) : wall_ns() < end)
        for (size_t i = 0; i < 1000; i++)
            (void)ask_eir(asker, keys[count++ % KEYS]);
    *cpu_ns = (now() - cpu) * 1e9 / (double)count;
    return (double)count * 1e9 / (double)(wall_ns() - begun);
}

static void measure_beside_writer(const struct subject *subject)
{
    struct asker *asker = asker_open(subject);
    struct writing writing = {.ledger = subject->ledger, .claims = subject->claims};
    double cpu_alone;
    double cpu_beside;
    sign_changes(subject->claims);
    double alone = ask_meanwhile(asker, NULL, &cpu_alone);
    if (pthread_create(&writing.thread, NULL, write_claims, &writing) != 0)
        check(ERR_MEMORY, "thread");
    double beside = ask_meanwhile(asker, &writing, &cpu_beside);
    pthread_join(writing.thread, NULL);
    printf("  eir_ask, one thread: %.0f a second alone (%.0f ns); %.0f a second (%.0f ns) beside "
           "%.0f claims a second\n  (each of which takes %.1f us to apply and commit)\n",
           alone, cpu_alone, beside, cpu_beside, writing.rate, writing.apply_us);
    json_begin("beside a writer", subject->claims);
    json_number("alone_per_s", alone);
    json_number("beside_per_s", beside);
    json_number("alone_ns", cpu_alone);
    json_number("beside_ns", cpu_beside);
    json_number("claims_per_s", writing.rate);
    json_number("apply_us", writing.apply_us);
    fprintf(json, "}");
    asker_close(asker);
}

/* ---- sizes ---- */

/* Anonymous memory of this process: what malloc() holds, and not the pages of LMDB's maps. */
static double anonymous_bytes(void)
{
    char line[128];
    unsigned long long kilobytes = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "RssAnon:", 8) == 0)
            kilobytes = strtoull(line + 8, NULL, 10);
    if (file != NULL)
        fclose(file);
    return (double)kilobytes * 1024;
}

static void open_eir(struct subject *subject)
{
    struct eir_options options = {.ledger = subject->ledger};
    double before = anonymous_bytes();
    double cpu = now();
    uint64_t begun = wall_ns();
    check(eir_open(&options, &subject->eir), "eir");
    double took = (double)(wall_ns() - begun) / 1e9;
    double took_cpu = now() - cpu;
    double resident = anonymous_bytes() - before;
    struct index_size size = index_size(eir_index(subject->eir));
    double disk = (double)used(subject->ledger) / (double)size.claims;
    double plain = (double)store_used(subject->plain) / (double)subject->claims;
    printf(
        "  %llu claims on %llu TACs: read in %.2f s (%.2f s of a processor); memory %.2f bytes a "
        "claim (%.2f resident)\n  disk %.2f bytes a claim; plain LMDB %.2f\n",
        (unsigned long long)size.claims, (unsigned long long)size.tacs, took, took_cpu,
        (double)size.bytes / (double)size.claims, resident / (double)size.claims, disk, plain);
    json_begin("size", subject->claims);
    json_number("read_s", took);
    json_number("read_cpu_s", took_cpu);
    json_number("memory_bytes_a_claim", (double)size.bytes / (double)size.claims);
    json_number("resident_bytes_a_claim", resident / (double)size.claims);
    json_number("disk_bytes_a_claim", disk);
    json_number("plain_bytes_a_claim", plain);
    fprintf(json, "}");
}

/* A few more than are asked for: a key may depend on the answer before. */
static void make_keys(struct subject *subject)
{
    for (size_t kind = 0; kind < KINDS; kind++) {
        subject->keys[kind] = calloc(KEYS + 1, sizeof(struct imei));
        if (subject->keys[kind] == NULL)
            check(ERR_MEMORY, "keys");
        for (size_t i = 0; i <= KEYS; i++) {
            struct imei imei = claim_imei(chance() % subject->claims);
            subject->keys[kind][i] = kind == HIT    ? imei
                                     : kind == MISS ? beside(imei)
                                                    : imei_of(IMEI_TACS - 1 - imei_tac(imei), 0);
        }
    }
}

static void run(const char *directory, uint32_t millions)
{
    char path[512];
    struct subject subject = {.claims = (uint64_t)millions * 1000000};
    printf("%u million claims\n", millions);
    snprintf(path, sizeof path, "%s/%u", directory, millions);
    (void)mkdir(path, 0755);
    snprintf(path, sizeof path, "%s/%u/plain", directory, millions);
    subject.plain = fill_plain(path, subject.claims, &subject.table);
    snprintf(path, sizeof path, "%s/%u/state", directory, millions);
    subject.ledger = fill_ledger(path, subject.claims);
    open_eir(&subject);
    make_keys(&subject);
    printf("  %-24s %-18s %s  %7s  %7s  %7s\n", "", "ns:", "threads", "mean", "p50", "p99");
    for (size_t way = 0; way < WAYS; way++)
        for (enum kind kind = HIT; kind < KINDS; kind++)
            measure(&subject, way, kind, 1);
    for (size_t way = 0; way < WAYS; way++)
        measure(&subject, way, HIT, THREADS_MAX);
    measure_beside_writer(&subject);
    eir_close(subject.eir);
    ledger_close(subject.ledger);
    store_close(subject.plain);
    for (size_t kind = 0; kind < KINDS; kind++)
        free(subject.keys[kind]);
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: bench-eir DIRECTORY JSON MILLIONS...\n");
        return EXIT_FAILURE;
    }
    json = fopen(argv[2], "w");
    if (json == NULL) {
        perror(argv[2]);
        return EXIT_FAILURE;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    network();
    fprintf(json, "[");
    for (int i = 3; i < argc; i++)
        run(argv[1], (uint32_t)strtoul(argv[i], NULL, 10));
    fprintf(json, "\n]\n");
    fclose(json);
    free(genesis);
    free(buffer);
    return EXIT_SUCCESS;
}
