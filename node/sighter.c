#include "node/sighter.h"

#include "eir/sightings_file.h"
#include "node/clock.h"
#include "node/log.h"
#include "store/directory.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

/* Lines a minute that name a device; how many more there were is said at the end of it. */
#define LINES_MAX 20
#define MINUTE_MS 60000

#define PATH_SIZE (SETTING_TEXT_SIZE + 32)

/* What is not said, so that nobody fills the log. */
struct quiet {
    uint64_t since_ms;
    unsigned said;
    uint64_t withheld;
};

struct sighter {
    struct sightings_options table;
    char key_path[PATH_SIZE];
    char path[PATH_SIZE];
    uint64_t (*wall_ms)(void);
    struct siphash_key key;
    struct trays *trays;
    struct flagger *flagger;
    struct quiet quiet;  /* the thread's, as is what follows */
    uint64_t written_ms; /* monotonic */
    bool is_changed;
    uint16_t today;
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t mutex; /* of what follows */
    pthread_cond_t wake;
    bool is_stopping;
    struct sightings *sightings;
    struct sighter_counts counts; /* but `size` and `dropped` */
};

/* ---- the thread ---- */

static void say_withheld(struct quiet *quiet)
{
    if (quiet->withheld > 0)
        log_event(LOG_WARNING, "duplicate_suspected", "more=%llu",
                  (unsigned long long)quiet->withheld);
    *quiet = (struct quiet){.since_ms = clock_monotonic_ms()};
}

static void say_suspected(struct quiet *quiet, const struct seen *seen)
{
    char text[IMEI_TEXT_SIZE + 1];
    if (quiet->said >= LINES_MAX) {
        quiet->withheld++;
        return;
    }
    quiet->said++;
    imei_format(seen->imei, text);
    log_event(LOG_WARNING, "duplicate_suspected", "imei=%s subscribers=%u", text,
              seen->subscribers);
}

static void take(void *context, const struct sighting *sighting)
{
    struct sighter *sighter = context;
    struct seen seen;
    sighter->counts.seen++;
    if (!sightings_see(sighter->sightings, sighting, sighter->today, &seen))
        return;
    sighter->counts.reported++;
    say_suspected(&sighter->quiet, &seen);
    if (sighter->flagger != NULL)
        flagger_add(sighter->flagger, seen.imei);
}

static void fetch(struct sighter *sighter)
{
    uint16_t today = sightings_day(sighter->wall_ms());
    pthread_mutex_lock(&sighter->mutex);
    if (today != sighter->today) {
        sighter->today = today;
        sightings_roll(sighter->sightings, today);
        sighter->is_changed = true;
    }
    if (trays_fetch(sighter->trays, take, sighter) > 0)
        sighter->is_changed = true;
    if (sighter->flagger != NULL)
        sighter->counts.flagged = flagger_flagged(sighter->flagger);
    pthread_mutex_unlock(&sighter->mutex);
    if (clock_monotonic_ms() - sighter->quiet.since_ms >= MINUTE_MS)
        say_withheld(&sighter->quiet);
}

/* The bytes of the file, malloc'ed; nobody waits for the disk while they are made. */
static enum err encode(struct sighter *sighter, struct writer *writer)
{
    pthread_mutex_lock(&sighter->mutex);
    size_t capacity = SIGHTINGS_FILE_SIZE(sightings_size(sighter->sightings).devices);
    void *room = malloc(capacity);
    *writer = writer_over(room, room != NULL ? capacity : 0);
    if (room != NULL)
        sightings_write(sighter->sightings, &sighter->key, writer);
    pthread_mutex_unlock(&sighter->mutex);
    return room != NULL ? writer->err : ERR_MEMORY;
}

static void write_out(struct sighter *sighter)
{
    struct writer writer;
    enum err err = encode(sighter, &writer);
    if (err == ERR_OK)
        err = file_replace(sighter->path, writer_view(&writer), 0600);
    free(writer.data);
    sighter->written_ms = clock_monotonic_ms();
    sighter->is_changed = err != ERR_OK;
    if (err == ERR_OK)
        return;
    log_event(LOG_WARNING, "sightings_unwritten", "why=%s", err_name(err));
    pthread_mutex_lock(&sighter->mutex);
    sighter->counts.unwritten++;
    pthread_mutex_unlock(&sighter->mutex);
}

static size_t list(struct sighter *sighter, struct imei from, struct seen *out, size_t capacity)
{
    uint16_t today = sightings_day(sighter->wall_ms());
    pthread_mutex_lock(&sighter->mutex);
    size_t count = sightings_suspected(sighter->sightings, from, today, out, capacity);
    pthread_mutex_unlock(&sighter->mutex);
    return count;
}

/* Devices that were suspected before this start, or did not fit among those that wait, are flagged
 * in turn. */
static void tell_flagger(struct sighter *sighter)
{
    struct seen rows[64];
    struct imei from;
    if (sighter->flagger == NULL || !flagger_wants(sighter->flagger, &from))
        return;
    size_t count = list(sighter, from, rows, sizeof rows / sizeof rows[0]);
    for (size_t i = 0; i < count; i++)
        flagger_add(sighter->flagger, rows[i].imei);
    if (count < sizeof rows / sizeof rows[0])
        flagger_told(sighter->flagger, NULL);
    else
        flagger_told(sighter->flagger, &rows[count - 1].imei);
}

/* False when the thread is to end. */
static bool sleep_on(struct sighter *sighter)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += SIGHTER_FETCH_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&sighter->mutex);
    int result = 0;
    while (!sighter->is_stopping && result != ETIMEDOUT)
        result = pthread_cond_timedwait(&sighter->wake, &sighter->mutex, &until);
    bool goes_on = !sighter->is_stopping;
    pthread_mutex_unlock(&sighter->mutex);
    return goes_on;
}

static void *run(void *context)
{
    struct sighter *sighter = context;
    do {
        fetch(sighter);
        tell_flagger(sighter);
        if (sighter->flagger != NULL)
            flagger_tend(sighter->flagger);
        if (sighter->is_changed && clock_monotonic_ms() - sighter->written_ms >= SIGHTER_WRITE_MS)
            write_out(sighter);
    } while (sleep_on(sighter));
    fetch(sighter);
    if (sighter->is_changed)
        write_out(sighter);
    say_withheld(&sighter->quiet);
    return NULL;
}

/* ---- any thread ---- */

struct sighter_counts sighter_count(struct sighter *sighter)
{
    pthread_mutex_lock(&sighter->mutex);
    struct sighter_counts counts = sighter->counts;
    counts.size = sightings_size(sighter->sightings);
    pthread_mutex_unlock(&sighter->mutex);
    counts.dropped = trays_dropped(sighter->trays);
    return counts;
}

void sighter_answer(struct sighter *sighter, struct imei from, struct sightings_answer *out)
{
    struct seen rows[SIGHTINGS_ROWS_MAX + 1]; /* one more tells whether there are others */
    size_t found = list(sighter, from, rows, SIGHTINGS_ROWS_MAX + 1);
    struct sighter_counts counts = sighter_count(sighter);
    out->more = found > SIGHTINGS_ROWS_MAX;
    out->count = out->more ? SIGHTINGS_ROWS_MAX : found;
    out->threshold = sighter->table.threshold;
    out->subscribers_max = SIGHTINGS_SUBSCRIBERS;
    out->devices = counts.size.devices;
    out->suspected = counts.size.suspected;
    out->forgotten = counts.size.forgotten;
    out->dropped = counts.dropped;
    for (size_t i = 0; i < out->count; i++)
        out->rows[i] = (struct sightings_row){
            .imei = rows[i].imei, .subscribers = rows[i].subscribers, .day = rows[i].day};
}

struct trays *sighter_trays(struct sighter *sighter)
{
    return sighter->trays;
}

/* ---- life ---- */

static enum err make_key(struct sighter *sighter)
{
    if (getrandom(sighter->key.bytes, SIPHASH_KEY_SIZE, 0) != SIPHASH_KEY_SIZE)
        return ERR_INTERNAL;
    return file_replace(sighter->key_path, bytes_of(sighter->key.bytes, SIPHASH_KEY_SIZE), 0600);
}

static enum err read_key(struct sighter *sighter)
{
    uint8_t *data = NULL;
    size_t size = 0;
    enum err err = file_read(sighter->key_path, SIPHASH_KEY_SIZE, &data, &size);
    bool is_key = err == ERR_OK && size == SIPHASH_KEY_SIZE;
    if (is_key)
        memcpy(sighter->key.bytes, data, size);
    free(data);
    if (is_key || (err != ERR_OK && err != ERR_NOT_FOUND && err != ERR_TOO_LARGE))
        return err;
    if (err != ERR_NOT_FOUND)
        log_event(LOG_WARNING, "sightings_key", "why=%s", err_name(ERR_DAMAGED));
    return make_key(sighter);
}

/* Whatever is wrong with the file: there is nothing in it that is worth a node that stands still.
 */
static enum err read_sightings(struct sighter *sighter)
{
    uint8_t *data;
    size_t size;
    size_t size_max = SIGHTINGS_FILE_SIZE(SIGHTER_MEMORY_MAX / SIGHTINGS_ENTRY_SIZE);
    enum err err = sightings_open(&sighter->table, &sighter->sightings);
    if (err != ERR_OK)
        return err;
    err = file_read(sighter->path, size_max, &data, &size);
    if (err == ERR_NOT_FOUND)
        return ERR_OK;
    if (err == ERR_OK) {
        err = sightings_read(sighter->sightings, &sighter->key, bytes_of(data, size));
        free(data);
    }
    if (err == ERR_OK)
        return ERR_OK;
    log_event(LOG_WARNING, "sightings_lost", "why=%s", err_name(err));
    sightings_close(sighter->sightings);
    return sightings_open(&sighter->table, &sighter->sightings);
}

static void init_threads(struct sighter *sighter)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&sighter->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&sighter->mutex, NULL);
}

enum err sighter_open(const struct sighter_options *options, struct sighter **out)
{
    *out = NULL;
    struct sighter *sighter = calloc(1, sizeof *sighter);
    if (sighter == NULL)
        return ERR_MEMORY;
    init_threads(sighter);
    sighter->wall_ms = options->wall_ms != NULL ? options->wall_ms : clock_wall_ms;
    snprintf(sighter->key_path, PATH_SIZE, "%s/sightings.key", options->directory);
    snprintf(sighter->path, PATH_SIZE, "%s/sightings", options->directory);
    enum err err = read_key(sighter);
    sighter->table = (struct sightings_options){
        .key = sighter->key,
        .bytes_max = options->settings->memory_bytes,
        .threshold = (unsigned)options->settings->threshold,
    };
    if (err == ERR_OK)
        err = read_sightings(sighter);
    if (err == ERR_OK)
        err = trays_open(&sighter->key, &sighter->trays);
    if (err != ERR_OK)
        sighter_close(sighter);
    else
        *out = sighter;
    return err;
}

enum err sighter_start(struct sighter *sighter, struct flagger *flagger)
{
    sighter->flagger = flagger;
    sighter->written_ms = sighter->quiet.since_ms = clock_monotonic_ms();
    if (pthread_create(&sighter->thread, NULL, run, sighter) != 0)
        return ERR_MEMORY;
    (void)pthread_setname_np(sighter->thread, "sighter");
    sighter->has_thread = true;
    return ERR_OK;
}

void sighter_stop(struct sighter *sighter)
{
    if (sighter == NULL || !sighter->has_thread)
        return;
    pthread_mutex_lock(&sighter->mutex);
    sighter->is_stopping = true;
    pthread_cond_signal(&sighter->wake);
    pthread_mutex_unlock(&sighter->mutex);
    pthread_join(sighter->thread, NULL);
    sighter->has_thread = false;
}

void sighter_close(struct sighter *sighter)
{
    if (sighter == NULL)
        return;
    sighter_stop(sighter);
    trays_close(sighter->trays);
    sightings_close(sighter->sightings);
    pthread_cond_destroy(&sighter->wake);
    pthread_mutex_destroy(&sighter->mutex);
    explicit_bzero(&sighter->key, sizeof sighter->key);
    free(sighter);
}
