#include "tests/hostile/lies.h"

#include "node/clock.h"
#include "node/log.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How often the file is read. */
#define READ_MS 20

static const struct {
    const char *word;
    bool wants_to_lead;
} table[LIE_COUNT] = {
#define X(name, word, leads, text) [LIE_##name] = {word, leads},
    LIES(X)
#undef X
};

static _Atomic enum lie current;
static atomic_bool is_leading;
static uint64_t read_ms;
static bool was_told;

static enum lie find(const char *word)
{
    for (int i = 0; i < LIE_COUNT; i++) {
        if (strcmp(table[i].word, word) == 0)
            return (enum lie)i;
    }
    return LIE_NONE;
}

static enum lie read_file(const char *path)
{
    char word[32] = "";
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return LIE_NONE;
    ssize_t size = read(file, word, sizeof word - 1);
    close(file);
    word[size > 0 ? size : 0] = '\0';
    word[strcspn(word, "\n")] = '\0';
    return find(word);
}

void lies_read(void)
{
    const char *path = getenv("IMEI_LIE");
    uint64_t now_ms = clock_monotonic_ms();
    if (path == NULL || now_ms - read_ms < READ_MS)
        return;
    read_ms = now_ms;
    enum lie lie = read_file(path);
    if (lie == current)
        return;
    current = lie;
    was_told = false;
    log_event(LOG_WARNING, "lie_begun", "lie=%s", table[lie].word);
}

enum lie lies_now(void)
{
    return current;
}

bool lie_wants_to_lead(enum lie lie)
{
    return table[lie].wants_to_lead;
}

void lies_told(enum lie lie)
{
    if (!was_told)
        log_event(LOG_WARNING, "lie_told", "lie=%s", table[lie].word);
    was_told = true;
}

void lies_set_leading(bool leads)
{
    atomic_store(&is_leading, leads);
}

bool lies_is_leading(void)
{
    return atomic_load(&is_leading);
}
