/* imei-layer: sets what the layer under a node does, and plays a loss of power on what it left. The
 * scripts of testnet/ call it. */
#include "testnet/layer/control.h"
#include "testnet/layer/corrupt.h"
#include "testnet/layer/journal.h"
#include "testnet/layer/power.h"
#include "testnet/layer/raw.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
};

struct command {
    const char *name;
    const char *arguments;
    int count; /* of arguments */
    int (*run)(char **arguments);
};

static int fail(const char *what)
{
    fprintf(stderr, "imei-layer: %s: %s\n", what, strerror(errno));
    return EXIT_FAILED;
}

static bool parse_number(const char *text, int64_t least, int64_t *out)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    *out = value;
    return errno == 0 && end != text && *end == '\0' && value >= least;
}

static int open_directory(const char *path)
{
    return raw_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
}

/* --- The control file --- */

struct field {
    const char *name;
    size_t offset;
    int64_t least; /* INT64_MIN: it is signed */
    bool is_set;   /* from outside */
};

#define SET(name, least)                                                                           \
    {                                                                                              \
#name, offsetof(struct control, name), least, true                                         \
    }
#define COUNTED(name)                                                                              \
    {                                                                                              \
#name, offsetof(struct control, name), 0, false                                            \
    }

static const struct field fields[] = {
    SET(clock_ms, INT64_MIN), SET(slow_ms, 0), SET(is_full, 0),  SET(is_lying, 0),
    SET(fail_syncs, 0),       COUNTED(writes), COUNTED(syncs),   COUNTED(slowed),
    COUNTED(swallowed),       COUNTED(failed), COUNTED(refused),
};
#define FIELD_COUNT (sizeof fields / sizeof fields[0])

_Static_assert(sizeof(_Atomic int64_t) == sizeof(int64_t), "a field is eight bytes, signed or not");

/* All fields are 64 bits wide, and a negative number has the same bits in either kind. */
static _Atomic int64_t *value_of(struct control *control, const struct field *field)
{
    return (_Atomic int64_t *)(void *)((char *)control + field->offset);
}

static int make(char **arguments)
{
    if (raw_mkdirat(AT_FDCWD, arguments[0], 0700) != 0 && errno != EEXIST)
        return fail(arguments[0]);
    int directory = open_directory(arguments[0]);
    if (directory < 0 || control_map(directory, true) == NULL)
        return fail(arguments[0]);
    close(directory);
    return 0;
}

static struct control *map_control(const char *path)
{
    int directory = open_directory(path);
    struct control *control = directory < 0 ? NULL : control_map(directory, false);
    if (directory >= 0)
        close(directory);
    return control;
}

static int set(char **arguments)
{
    struct control *control = map_control(arguments[0]);
    if (control == NULL)
        return fail(arguments[0]);
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        int64_t value;
        if (!fields[i].is_set || strcmp(fields[i].name, arguments[1]) != 0)
            continue;
        if (!parse_number(arguments[2], fields[i].least, &value))
            break;
        atomic_store(value_of(control, &fields[i]), value);
        return 0;
    }
    fprintf(stderr, "imei-layer: '%s %s' sets nothing\n", arguments[1], arguments[2]);
    return EXIT_USAGE;
}

static int show(char **arguments)
{
    struct control *control = map_control(arguments[0]);
    if (control == NULL)
        return fail(arguments[0]);
    for (size_t i = 0; i < FIELD_COUNT; i++)
        printf("%s\"%s\": %" PRIi64, i == 0 ? "{" : ", ", fields[i].name,
               atomic_load(value_of(control, &fields[i])));
    printf("}\n");
    return 0;
}

/* --- Damage --- */

/* The journal of a layer's directory, whose process has ended. */
static bool open_journal(const char *path, struct journal *journal)
{
    int directory = open_directory(path);
    return directory >= 0 && journal_open(journal, directory);
}

static int power_off(char **arguments)
{
    struct journal journal;
    struct power_loss loss = {0};
    int64_t seed;
    char path[PATH_MAX];
    bool loses_all = strcmp(arguments[2], "all") == 0;
    if (!parse_number(arguments[1], 0, &seed) || (!loses_all && strcmp(arguments[2], "some") != 0))
        return EXIT_USAGE;
    int size = snprintf(path, sizeof path, "%s/../data", arguments[0]);
    int data = size < 0 || (size_t)size >= sizeof path ? -1 : open_directory(path);
    if (data < 0 && errno != ENOENT)
        return fail(path);
    if (!open_journal(arguments[0], &journal))
        return fail(arguments[0]);
    if (data >= 0)
        power_lose(&journal, data, (uint64_t)seed, loses_all, &loss);
    else
        journal_forget(&journal); /* the data is gone, and nothing of it comes back */
    journal_close(&journal);
    printf("%" PRIu64 " unsynced writes: %" PRIu64 " lost, %" PRIu64 " torn, %" PRIu64
           " kept; %" PRIu64 " unsynced names: %" PRIu64 " lost, %" PRIu64 " kept\n",
           loss.writes, loss.writes_lost, loss.writes_torn,
           loss.writes - loss.writes_lost - loss.writes_torn, loss.names, loss.names_lost,
           loss.names - loss.names_lost);
    return 0;
}

static int forget(char **arguments)
{
    struct journal journal;
    if (!open_journal(arguments[0], &journal))
        return fail(arguments[0]);
    journal_forget(&journal);
    journal_close(&journal);
    return 0;
}

static int damage(char **arguments)
{
    int64_t seed;
    struct corrupt_place place;
    if (!parse_number(arguments[1], 0, &seed))
        return EXIT_USAGE;
    if (!corrupt_file(arguments[0], (uint64_t)seed, &place))
        return fail(arguments[0]);
    printf("%d bits of the %d bytes at %" PRIu64 "\n", place.bits, CORRUPT_SPAN, place.offset);
    return 0;
}

static const struct command commands[] = {
    {"make", "DIRECTORY", 1, make},     {"set", "DIRECTORY FIELD NUMBER", 3, set},
    {"show", "DIRECTORY", 1, show},     {"power-off", "DIRECTORY SEED some|all", 3, power_off},
    {"forget", "DIRECTORY", 1, forget}, {"corrupt", "FILE SEED", 2, damage},
};

int main(int count, char **arguments)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (count == commands[i].count + 2 && strcmp(arguments[1], commands[i].name) == 0)
            return commands[i].run(arguments + 2);
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        fprintf(stderr, "Usage: imei-layer %s %s\n", commands[i].name, commands[i].arguments);
    return EXIT_USAGE;
}
