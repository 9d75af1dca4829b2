#include "cli/progress.h"

#include "json/times.h"

#include <inttypes.h>
#include <time.h>
#include <unistd.h>

enum { SHOW_EVERY_MS = 200, BAR_WIDTH = 20 };

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

void progress_show(struct progress *progress, uint64_t done)
{
    uint64_t now = now_ms();
    if (progress->file == NULL || now - progress->shown_ms < SHOW_EVERY_MS)
        return;
    progress->shown_ms = now;
    uint64_t elapsed_ms = now - progress->started_ms;
    uint64_t rate = elapsed_ms > 0 ? done * 1000 / elapsed_ms : 0;
    uint64_t percent = progress->total > 0 ? done * 100 / progress->total : 0;
    char left[AGE_TEXT_SIZE] = "?";
    if (rate > 0 && progress->total >= done)
        age_format((progress->total - done) * 1000 / rate, left);
    int full = percent >= 100 ? BAR_WIDTH : (int)(percent * BAR_WIDTH / 100);
    fprintf(progress->file,
            "\r%s [%.*s%.*s] %" PRIu64 " %%  %" PRIu64 " of %" PRIu64 " %s, %" PRIu64
            " a second, %s left\033[K",
            progress->label, full, "####################", BAR_WIDTH - full, "....................",
            percent, done, progress->total, progress->unit, rate, left);
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
