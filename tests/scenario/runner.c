/*
 * runner.c: runs one scenario and compares what happens with what its file says.
 *
 *   run-scenario FILE            exit 0 when they agree; else the first line that differs
 *   run-scenario --rewrite FILE  writes what happens into the file
 *
 * Lines that begin with a space are what happened; all others are the story's own (story.h).
 */
#include "tests/scenario/story.h"

#include <stdlib.h>

#define LINE_SIZE_MAX 1024

struct text {
    char *bytes;
    size_t size;
};

static bool is_command(const char *line)
{
    return line[0] != '\0' && line[0] != '#' && line[0] != ' ';
}

/* Copies what one command told, indented. */
static void indent(FILE *out, const struct text *told)
{
    for (size_t i = 0; i < told->size; i++) {
        if (i == 0 || told->bytes[i - 1] == '\n')
            fputs("    ", out);
        fputc(told->bytes[i], out);
    }
}

static bool run_line(struct story *story, FILE *out, const char *line, const char **why)
{
    struct text told = {0};
    story->out = open_memstream(&told.bytes, &told.size);
    if (story->out == NULL) {
        *why = "out of memory";
        return false;
    }
    bool is_understood = story_run(story, line, why);
    fclose(story->out);
    indent(out, &told);
    free(told.bytes);
    return is_understood;
}

/* Runs the story of `file`; `out` gets the whole file as it should be. */
static bool run(const char *path, FILE *file, FILE *out)
{
    static struct story story;
    char line[LINE_SIZE_MAX];
    const char *why = NULL;
    unsigned number = 0;
    story_begin(&story, out);
    while (why == NULL && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        number++;
        if (line[0] == ' ')
            continue;
        fprintf(out, "%s\n", line);
        if (is_command(line))
            (void)run_line(&story, out, line, &why);
    }
    story_end(&story);
    if (why != NULL)
        fprintf(stderr, "%s:%u: %s: %s\n", path, number, line, why);
    return why == NULL;
}

/* Tells the first line that differs. */
static bool compare(const char *path, FILE *file, FILE *happened)
{
    char expected[LINE_SIZE_MAX];
    char line[LINE_SIZE_MAX];
    for (unsigned number = 1;; number++) {
        bool more_expected = fgets(expected, sizeof expected, file) != NULL;
        bool more = fgets(line, sizeof line, happened) != NULL;
        if (!more_expected && !more)
            return true;
        if (more_expected && more && strcmp(expected, line) == 0)
            continue;
        fprintf(stderr, "%s:%u: differs; if the change is meant, rewrite it with --rewrite\n", path,
                number);
        fprintf(stderr, "  expected %s", more_expected ? expected : "the end\n");
        fprintf(stderr, "  happened %s", more ? line : "the end\n");
        return false;
    }
}

static bool rewrite(const char *path, const struct text *text)
{
    FILE *file = fopen(path, "we");
    if (file == NULL)
        return false;
    bool is_written = fwrite(text->bytes, 1, text->size, file) == text->size;
    return fclose(file) == 0 && is_written;
}

int main(int argc, char **argv)
{
    bool rewrites = argc == 3 && strcmp(argv[1], "--rewrite") == 0;
    if (argc != 2 && !rewrites) {
        fputs("usage: run-scenario [--rewrite] FILE\n", stderr);
        return 2;
    }
    const char *path = argv[argc - 1];
    FILE *file = fopen(path, "re");
    struct text text = {0};
    FILE *out = open_memstream(&text.bytes, &text.size);
    if (file == NULL || out == NULL) {
        perror(path);
        return 2;
    }
    bool is_good = run(path, file, out);
    fclose(out);
    rewind(file);
    if (is_good && rewrites) {
        is_good = rewrite(path, &text);
    } else if (is_good) {
        FILE *happened = fmemopen(text.bytes, text.size, "r");
        is_good = happened != NULL && compare(path, file, happened);
        if (happened != NULL)
            fclose(happened);
    }
    fclose(file);
    free(text.bytes);
    return is_good ? 0 : 1;
}
