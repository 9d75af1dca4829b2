#include "testnet/layer/power.h"

#include "testnet/layer/chance.h"
#include "testnet/layer/raw.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define SECTOR_SIZE 512

/* How much is lost, drawn once for all: in so many of four draws. */
#define SEVERITY_MAX 4

/* --- Chance --- */

struct chance {
    uint64_t seed;
    uint64_t severity; /* 0: nothing is lost; SEVERITY_MAX: all is */
};

static bool is_lost(const struct chance *chance, uint64_t what, uint64_t which)
{
    return chance_draw(chance->seed, what, which) % SEVERITY_MAX < chance->severity;
}

enum fate {
    FATE_WHOLE,
    FATE_CUT,       /* up to a sector one way, from there the other */
    FATE_SCATTERED, /* each sector by itself */
    FATE_COUNT,
};

/* --- One file --- */

struct back {
    const struct chance *chance;
    uint64_t what; /* of this file, for chance_draw() */
    int fd;
    const unsigned char *records;
    uint64_t begin;
    uint64_t end;
    uint64_t lost_from;     /* the place of a cut that is lost, and all records after it with it */
    unsigned char *settled; /* a bit a sector: a newer version of it is on the disk */
    bool is_length_settled;
    uint64_t length;
    struct power_loss *loss;
};

static struct undo record_at(const struct back *back, uint64_t at)
{
    struct undo undo;
    memcpy(&undo, back->records + at, sizeof undo);
    if (undo.size < sizeof undo || undo.size > back->end - at ||
        undo.stored > undo.size - sizeof undo) {
        errno = EINVAL;
        journal_give_up("a record of the layer's is damaged");
    }
    return undo;
}

static bool is_cut(const struct undo *undo)
{
    return undo->new_size < undo->old_size;
}

/* A file that is as long as before a cut holds what it held then, and nothing that was written
 * later: file systems order that. So when a cut is lost, all after it is, but synchronous writes.
 */
static uint64_t first_lost_cut(const struct back *back)
{
    struct undo undo;
    for (uint64_t at = back->begin; at < back->end; at += undo.size) {
        undo = record_at(back, at);
        if (is_cut(&undo) && undo.flags != UNDO_SYNCED && is_lost(back->chance, back->what, at))
            return at;
    }
    return back->end;
}

static bool is_sector_lost(const struct back *back, const struct undo *undo, uint64_t at,
                           uint64_t sector)
{
    if (undo->flags == UNDO_SYNCED)
        return false;
    if (at >= back->lost_from)
        return true;
    if (is_cut(undo))
        return false;
    uint64_t first = undo->offset / SECTOR_SIZE;
    uint64_t count = (undo->offset + undo->length + SECTOR_SIZE - 1) / SECTOR_SIZE - first;
    uint64_t what = back->what + at;
    bool whole = is_lost(back->chance, back->what, at);
    if (back->chance->severity == 0 || back->chance->severity == SEVERITY_MAX)
        return whole;
    switch ((enum fate)(chance_draw(back->chance->seed, what, 0) % FATE_COUNT)) {
    case FATE_CUT:
        return (sector - first < chance_draw(back->chance->seed, what, 1) % count) == whole;
    case FATE_SCATTERED: return is_lost(back->chance, what, 2 + sector);
    case FATE_WHOLE:
    case FATE_COUNT: break;
    }
    return whole;
}

static void put(int fd, const void *bytes, uint64_t size, uint64_t offset)
{
    if (size > 0 && raw_pwrite(fd, bytes, size, (off_t)offset) != (ssize_t)size)
        journal_give_up("what a write replaced cannot be put back");
}

/* Puts back what one sector held of [from, to), which lies in it. */
static void put_back(const struct back *back, const struct undo *undo, uint64_t at, uint64_t from,
                     uint64_t to)
{
    static const unsigned char zeros[SECTOR_SIZE];
    uint64_t stored_to = undo->offset + undo->stored;
    uint64_t middle = from > stored_to ? from : to < stored_to ? to : stored_to;
    put(back->fd, back->records + at + sizeof *undo + (from - undo->offset), middle - from, from);
    struct stat status;
    if (fstat(back->fd, &status) != 0)
        journal_give_up("a file of the data directory");
    uint64_t end = (uint64_t)status.st_size;
    if (middle < end)
        put(back->fd, zeros, (to < end ? to : end) - middle, middle);
}

/* Goes over the sectors of one record. The number of them that are lost, and of all. */
static void undo_sectors(const struct back *back, const struct undo *undo, uint64_t at,
                         uint64_t *lost, uint64_t *all)
{
    *lost = *all = 0;
    uint64_t end = undo->offset + undo->length;
    for (uint64_t from = undo->offset; from < end;) {
        uint64_t sector = from / SECTOR_SIZE;
        uint64_t to = (sector + 1) * SECTOR_SIZE < end ? (sector + 1) * SECTOR_SIZE : end;
        unsigned char bit = (unsigned char)(1u << sector % 8);
        bool goes = is_sector_lost(back, undo, at, sector);
        *lost += goes;
        *all += 1;
        if (!goes)
            back->settled[sector / 8] |= bit;
        else if ((back->settled[sector / 8] & bit) == 0)
            put_back(back, undo, at, from, to);
        from = to;
    }
}

/* True when the length goes back, or would if no newer one were on the disk. */
static bool undo_length(struct back *back, const struct undo *undo, uint64_t at)
{
    bool is_synced = undo->flags == UNDO_SYNCED;
    if (undo->new_size == undo->old_size && !is_synced)
        return false;
    bool goes = !is_synced && (at >= back->lost_from ||
                               (!is_cut(undo) && is_lost(back->chance, back->what + at, 3)));
    if (goes && !back->is_length_settled)
        back->length = undo->old_size;
    back->is_length_settled = back->is_length_settled || !goes;
    return goes;
}

static void undo_record(struct back *back, uint64_t at)
{
    struct undo undo = record_at(back, at);
    uint64_t lost;
    uint64_t all;
    undo_sectors(back, &undo, at, &lost, &all);
    bool is_length_lost = undo_length(back, &undo, at);
    if (undo.flags == UNDO_SYNCED)
        return;
    back->loss->writes++;
    if (lost == all && (all > 0 || is_length_lost))
        back->loss->writes_lost++;
    else if (lost > 0 || is_length_lost)
        back->loss->writes_torn++;
}

/* The places of all records, oldest first, and how far the file ever reached. */
static uint64_t *list_records(const struct back *back, size_t *count, uint64_t *reach)
{
    uint64_t *places = malloc((back->end - back->begin) / sizeof(struct undo) * sizeof *places + 8);
    if (places == NULL)
        journal_give_up("a list of records");
    *count = 0;
    *reach = 0;
    struct undo undo;
    for (uint64_t at = back->begin; at < back->end; at += undo.size) {
        undo = record_at(back, at);
        uint64_t end = undo.offset + undo.length;
        *reach = end > *reach ? end : *reach;
        places[(*count)++] = at;
    }
    return places;
}

static void undo_file(struct back *back)
{
    size_t count;
    uint64_t reach;
    struct stat status;
    uint64_t *places = list_records(back, &count, &reach);
    back->settled = calloc(reach / SECTOR_SIZE / 8 + 1, 1);
    if (back->settled == NULL || fstat(back->fd, &status) != 0)
        journal_give_up("a map of sectors");
    back->length = (uint64_t)status.st_size;
    back->lost_from = first_lost_cut(back);
    for (size_t i = count; i > 0; i--)
        undo_record(back, places[i - 1]);
    if (raw_ftruncate(back->fd, (off_t)back->length) != 0)
        journal_give_up("the length of a file");
    free(back->settled);
    free(places);
}

static void lose_file(struct journal *journal, int file, const struct chance *chance,
                      struct power_loss *loss)
{
    uint64_t live = atomic_load(&journal->index->files[file].live);
    struct back back = {.chance = chance,
                        .what = (uint64_t)(file + 1) << 32,
                        .begin = live >> 32,
                        .end = live & UINT32_MAX,
                        .loss = loss};
    if (back.begin == back.end)
        return;
    int undo = journal_open_undo(journal, file);
    void *map = mmap(NULL, back.end, PROT_READ, MAP_SHARED, undo, 0);
    if (map == MAP_FAILED)
        journal_give_up("a file of the layer's cannot be mapped");
    back.records = map;
    back.fd = journal_open_file(journal, file, O_RDWR);
    undo_file(&back);
    close(back.fd);
    munmap(map, back.end);
}

/* --- Names --- */

/* A directory goes with the files that are in it: those that were synced too, for nothing leads to
 * them any more. */
static void remove_directory(int data, const char *path)
{
    int fd = raw_openat(data, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    DIR *directory = fd < 0 ? NULL : fdopendir(fd);
    if (directory == NULL)
        journal_give_up(path);
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL)
        (void)raw_unlinkat(fd, entry->d_name, 0);
    closedir(directory);
    if (raw_unlinkat(data, path, AT_REMOVEDIR) != 0)
        journal_give_up(path);
}

/* The process may have ended between the note and the call, so what is to be done may be so
 * already; and where a directory is lost too (ENOENT) there is nothing to do. */
static void put_name_back(const struct journal *journal, int data, const struct journal_name *name)
{
    char file[JOURNAL_FILE_NAME_SIZE];
    bool is_directory = raw_unlinkat(data, name->path, 0) != 0 && errno == EISDIR;
    switch ((enum name_kind)name->kind) {
    case NAME_NONE:
        if (is_directory)
            remove_directory(data, name->path);
        break;
    case NAME_DIRECTORY: (void)raw_mkdirat(data, name->path, 0700); break;
    case NAME_FILE:
        journal_file_name((int)name->file, file);
        if (linkat(journal->directory, file, data, name->path, 0) != 0 && errno != ENOENT)
            journal_give_up(name->path);
        break;
    }
}

/* The newest change that is still there; NULL when there is none. */
static struct journal_name *newest(struct journal *journal)
{
    struct journal_name *found = NULL;
    for (size_t i = 0; i < JOURNAL_NAMES_MAX; i++) {
        struct journal_name *name = &journal->index->names[i];
        if (name->number != 0 && (found == NULL || name->number > found->number))
            found = name;
    }
    return found;
}

static uint64_t count_calls(const struct journal *journal)
{
    uint64_t count = 0;
    for (size_t i = 0; i < JOURNAL_NAMES_MAX; i++) {
        uint64_t number = journal->index->names[i].number;
        bool is_first = number != 0;
        for (size_t j = 0; is_first && j < i; j++)
            is_first = journal->index->names[j].number != number;
        count += is_first;
    }
    return count;
}

static void lose_names(struct journal *journal, int data, const struct chance *chance,
                       struct power_loss *loss)
{
    loss->names = count_calls(journal);
    loss->names_lost = chance_draw(chance->seed, 1, 0) % (loss->names + 1);
    if (chance->severity == 0 || chance->severity == SEVERITY_MAX)
        loss->names_lost = chance->severity == 0 ? 0 : loss->names;
    uint64_t calls = 0;
    uint64_t last = 0;
    for (struct journal_name *name; (name = newest(journal)) != NULL; name->number = 0) {
        calls += name->number != last;
        last = name->number;
        if (calls > loss->names_lost)
            return;
        put_name_back(journal, data, name);
    }
}

void power_lose(struct journal *journal, int data, uint64_t seed, bool loses_all,
                struct power_loss *out)
{
    *out = (struct power_loss){0};
    struct chance chance = {.seed = seed, .severity = SEVERITY_MAX};
    if (!loses_all)
        chance.severity = chance_draw(seed, 0, 0) % (SEVERITY_MAX + 1);
    for (int file = 0; file < JOURNAL_FILES_MAX; file++) {
        if (journal->index->files[file].is_used)
            lose_file(journal, file, &chance, out);
    }
    lose_names(journal, data, &chance, out);
    journal_forget(journal);
}
