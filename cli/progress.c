#include "cli/progress.h"

#include "json/times.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { SHOW_EVERY_MS = 200, BAR_WIDTH = 20, COLUMNS_USUAL = 80, LINE_SIZE = 256 };

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

struct progress progress_begin(FILE *file, const char *label, const char *unit, uint64_t total)
{
    return (struct progress){
        .file = isatty(fileno(file)) ? file : NULL,
        .label = label,
        .unit = unit,
        .total = total,
        .started_ms = now_ms(),
    };
}

static int columns_of(FILE *file)
{
    struct winsize size;
    bool is_known = ioctl(fileno(file), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return is_known ? size.ws_col : COLUMNS_USUAL;
}

/* What stands behind the bar. */
static void describe(const struct progress *progress, uint64_t done, uint64_t elapsed_ms,
                     char out[LINE_SIZE])
{
    uint64_t rate = elapsed_ms > 0 ? done * 1000 / elapsed_ms : 0;
    char left[AGE_TEXT_SIZE] = "?";
    if (rate > 0 && progress->total >= done)
        age_format((progress->total - done) * 1000 / rate, left);
    snprintf(out, LINE_SIZE,
             " %" PRIu64 " %%  %" PRIu64 " of %" PRIu64 " %s, %" PRIu64 " a second, %s left",
             progress->total > 0 ? done * 100 / progress->total : 0, done, progress->total,
             progress->unit, rate, left);
}

void progress_show(struct progress *progress, uint64_t done)
{
    uint64_t now = now_ms();
    if (progress->file == NULL || now - progress->shown_ms < SHOW_EVERY_MS)
        return;
    progress->shown_ms = now;
    char rest[LINE_SIZE];
    char line[2 * LINE_SIZE];
    describe(progress, done, now - progress->started_ms, rest);
    /* A line as long as the terminal is wide would stay there, one below the other. */
    int columns = columns_of(progress->file) - 1;
    int room = columns - (int)strlen(progress->label) - (int)strlen(" []") - (int)strlen(rest);
    int width = room > BAR_WIDTH ? BAR_WIDTH : room > 0 ? room : 0;
    int full = done >= progress->total ? width : (int)(done * (uint64_t)width / progress->total);
    snprintf(line, sizeof line, "%s [%.*s%.*s]%s", progress->label, full, "####################",
             width - full, "....................", rest);
    fprintf(progress->file, "\r%.*s\033[K", columns, line);
    fflush(progress->file);
}

void progress_end(struct progress *progress)
{
    if (progress->file == NULL)
        return;
    fputs("\r\033[K", progress->file);
    fflush(progress->file);
    progress->file = NULL;
}
