#include "cli/rejects.h"

#include "json/text.h"

#include <errno.h>
#include <inttypes.h>

enum { SHOWN_MAX = 20, RAW_SHOWN_MAX = 60 };

enum exit_code rejects_open(struct tool *tool, const char *name, struct rejects *out)
{
    *out = (struct rejects){.tool = tool, .name = name};
    const char *path = tool_value(tool, OPTION_ERRORS);
    if (path == NULL)
        return EXIT_DONE;
    out->file = fopen(path, "we");
    if (out->file == NULL)
        return tool_misused(tool, "Choose a place that you may write to.", "%s: %s", path,
                            strerror(errno));
    fputs("line,problem,row\n", out->file);
    return EXIT_DONE;
}

/* RFC 4180: quoted, quotation marks doubled. */
static void put_quoted(FILE *file, const char *text)
{
    fputc('"', file);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            fputc('"', file);
        fputc(*text, file);
    }
    fputc('"', file);
}

void rejects_add(struct rejects *rejects, uint64_t line, const char *problem, struct bytes raw)
{
    char shown[RAW_SHOWN_MAX + 1];
    text_clean((const char *)raw.data, raw.size, shown, RAW_SHOWN_MAX);
    rejects->count++;
    if (rejects->file != NULL) {
        fprintf(rejects->file, "%" PRIu64 ",", line);
        put_quoted(rejects->file, problem);
        fputc(',', rejects->file);
        put_quoted(rejects->file, shown);
        fputc('\n', rejects->file);
    } else if (rejects->count <= SHOWN_MAX) {
        fprintf(rejects->tool->err, "%s:%" PRIu64 ": %s: %s\n", rejects->name, line, problem,
                shown);
    }
}

enum exit_code rejects_close(struct rejects *rejects)
{
    struct tool *tool = rejects->tool;
    if (rejects->file == NULL && rejects->count > SHOWN_MAX)
        fprintf(tool->err, "%s: and %zu more bad rows; --errors FILE lists them\n", rejects->name,
                rejects->count - SHOWN_MAX);
    if (rejects->file == NULL)
        return EXIT_DONE;
    bool failed = ferror(rejects->file) != 0;
    failed |= fclose(rejects->file) != 0;
    return failed ? tool_failed(tool, ERR_IO, "%s", tool_value(tool, OPTION_ERRORS)) : EXIT_DONE;
}
