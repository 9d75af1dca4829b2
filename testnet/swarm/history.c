#include "testnet/swarm/history.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum err add(struct history *history, const struct record *record)
{
    if (history->count == HISTORY_RECORDS_MAX)
        return ERR_TOO_LARGE;
    if (history->count == history->capacity) {
        size_t capacity = history->capacity == 0 ? 1024 : 2 * history->capacity;
        struct record *records = realloc(history->records, capacity * sizeof *records);
        if (records == NULL)
            return ERR_MEMORY;
        history->records = records;
        history->capacity = capacity;
    }
    size_t size = record->claim_count * sizeof *record->claims;
    struct record_claim *claims = size > 0 ? malloc(size) : NULL;
    if (size > 0 && claims == NULL)
        return ERR_MEMORY;
    if (size > 0)
        memcpy(claims, record->claims, size);
    history->records[history->count] = *record;
    history->records[history->count++].claims = claims;
    return ERR_OK;
}

static enum err take_line(struct history *history, struct bytes line, bool is_first)
{
    struct record_claim room[CHECK_CLAIMS_MAX];
    struct record record;
    if (is_first)
        return record_head_parse(line, &history->head);
    enum err err = record_parse(line, room, &record);
    return err == ERR_OK ? add(history, &record) : err;
}

static enum err take_lines(struct history *history, FILE *file, struct complaint *complaint)
{
    /* Longer lines are cut in two, neither of which is a record. */
    static char text[RECORD_SIZE_MAX + 2];
    unsigned number = 0;
    while (!history->is_cut && fgets(text, sizeof text, file) != NULL) {
        size_t size = strlen(text);
        history->is_cut = size < sizeof text - 1 && (size == 0 || text[size - 1] != '\n');
        if (history->is_cut && number > 0)
            break;
        if (size > 0 && text[size - 1] == '\n')
            size--;
        enum err err = take_line(history, bytes_of(text, size), number++ == 0);
        if (err == ERR_MEMORY)
            return err;
        if (err != ERR_OK)
            return complain(complaint, number, "%s", err_sentence(err));
    }
    if (ferror(file))
        return complain(complaint, 0, "%s", strerror(errno));
    return number > 0 ? ERR_OK : complain(complaint, 0, "an empty file");
}

enum err history_open(const char *path, struct history *out, struct complaint *complaint)
{
    *out = (struct history){0};
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return complain(complaint, 0, "%s", strerror(errno));
    enum err err = take_lines(out, file, complaint);
    fclose(file);
    return err;
}

void history_close(struct history *history)
{
    for (size_t i = 0; i < history->count; i++)
        free(history->records[i].claims);
    free(history->records);
    *history = (struct history){0};
}
