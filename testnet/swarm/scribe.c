#include "testnet/swarm/scribe.h"

#include "proto/invariant.h"
#include "store/directory.h"
#include "testnet/swarm/span.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

/* What happened since the last report. */
struct tally {
    uint64_t operations;
    uint64_t outcomes[OUTCOME_COUNT];
    struct span latency; /* of those that were answered, in microseconds */
};

struct scribe {
    pthread_mutex_t mutex;
    FILE *file;
    enum err err; /* of writing; it sticks */
    uint64_t started_us;
    uint64_t count;
    struct tally ops[RECORD_OP_COUNT];
    size_t node_count;
    struct {
        struct name name;
        uint64_t height; /* the highest that was told */
        struct tally tally;
    } nodes[PLACES_NODES_MAX];
};

static void write_line(struct scribe *scribe, struct writer *text)
{
    writer_u8(text, '\n');
    struct bytes line = writer_view(text);
    invariant(line.size > 0);
    if (scribe->err == ERR_OK && fwrite(line.data, 1, line.size, scribe->file) != line.size)
        scribe->err = ERR_IO;
}

enum err scribe_open(const char *path, const struct record_head *head, const struct places *places,
                     struct scribe **out)
{
    uint8_t buffer[RECORD_SIZE_MAX];
    struct writer text = writer_over(buffer, sizeof buffer);
    struct scribe *scribe = calloc(1, sizeof *scribe);
    *out = scribe;
    if (scribe == NULL)
        return ERR_MEMORY;
    pthread_mutex_init(&scribe->mutex, NULL);
    for (size_t i = 0; i < places->node_count; i++)
        scribe->nodes[i].name = places->nodes[i].node;
    scribe->node_count = places->node_count;
    scribe->file = fopen(path, "we");
    if (scribe->file == NULL)
        return file_err(errno);
    record_head_print(&text, head);
    write_line(scribe, &text);
    return scribe->err;
}

static void tally_add(struct tally *tally, const struct record *record)
{
    tally->operations++;
    tally->outcomes[record->outcome]++;
    if (record->outcome != OUTCOME_UNKNOWN)
        span_add(&tally->latency, record->end_us - record->start_us);
}

void scribe_tell(struct scribe *scribe, const struct record *record)
{
    uint8_t buffer[RECORD_SIZE_MAX];
    struct writer text = writer_over(buffer, sizeof buffer);
    record_print(&text, record);
    uint64_t height = record->height > record->place ? record->height : record->place;
    pthread_mutex_lock(&scribe->mutex);
    write_line(scribe, &text);
    scribe->count++;
    tally_add(&scribe->ops[record->op], record);
    for (size_t i = 0; i < scribe->node_count; i++) {
        if (strcmp(scribe->nodes[i].name.text, record->node.text) != 0)
            continue;
        tally_add(&scribe->nodes[i].tally, record);
        if (height > scribe->nodes[i].height)
            scribe->nodes[i].height = height;
    }
    pthread_mutex_unlock(&scribe->mutex);
}

uint64_t scribe_count(struct scribe *scribe)
{
    pthread_mutex_lock(&scribe->mutex);
    uint64_t count = scribe->count;
    pthread_mutex_unlock(&scribe->mutex);
    return count;
}

static void print_tally(FILE *out, const struct tally *tally)
{
    fprintf(out,
            "\"operations\":%" PRIu64 ",\"committed\":%" PRIu64 ",\"refused\":%" PRIu64
            ",\"answered\":%" PRIu64 ",\"unknown\":%" PRIu64 ",\"p50_us\":%" PRIu64
            ",\"p99_us\":%" PRIu64,
            tally->operations, tally->outcomes[OUTCOME_COMMITTED], tally->outcomes[OUTCOME_REFUSED],
            tally->outcomes[OUTCOME_ANSWERED], tally->outcomes[OUTCOME_UNKNOWN],
            span_of_thousand(&tally->latency, 500), span_of_thousand(&tally->latency, 990));
}

static void print_report(struct scribe *scribe, uint64_t now_us, FILE *out)
{
    fprintf(out, "{\"time_us\":%" PRIu64 ",\"total\":%" PRIu64 ",\"by_op\":{", now_us,
            scribe->count);
    for (unsigned i = 0; i < RECORD_OP_COUNT; i++) {
        fprintf(out, "%s\"%s\":{", i > 0 ? "," : "", record_op_word((enum record_op)i));
        print_tally(out, &scribe->ops[i]);
        fputs("}", out);
        scribe->ops[i] = (struct tally){0};
    }
    fputs("},\"by_node\":{", out);
    for (size_t i = 0; i < scribe->node_count; i++) {
        fprintf(out, "%s\"%s\":{\"height\":%" PRIu64 ",", i > 0 ? "," : "",
                scribe->nodes[i].name.text, scribe->nodes[i].height);
        print_tally(out, &scribe->nodes[i].tally);
        fputs("}", out);
        scribe->nodes[i].tally = (struct tally){0};
    }
    fputs("}}\n", out);
}

enum err scribe_report(struct scribe *scribe, uint64_t now_us, FILE *out)
{
    pthread_mutex_lock(&scribe->mutex);
    if (scribe->err == ERR_OK && fflush(scribe->file) != 0)
        scribe->err = file_err(errno);
    print_report(scribe, now_us, out);
    enum err err = scribe->err;
    pthread_mutex_unlock(&scribe->mutex);
    if (fflush(out) != 0 && err == ERR_OK)
        err = ERR_IO;
    return err;
}

enum err scribe_close(struct scribe *scribe)
{
    if (scribe == NULL)
        return ERR_OK;
    enum err err = scribe->err;
    if (scribe->file != NULL && fclose(scribe->file) != 0 && err == ERR_OK)
        err = file_err(errno);
    pthread_mutex_destroy(&scribe->mutex);
    free(scribe);
    return err;
}
