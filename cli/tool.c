#include "cli/tool.h"

#include "cli/cmd_help.h"
#include "cli/command.h"
#include "cli/connection.h"
#include "cli/memory.h"
#include "cli/remedy.h"
#include "proto/number.h"
#include "json/text.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

enum { SENTENCE_SIZE_MAX = 512, TIMEOUT_DEFAULT_S = 10, TIMEOUT_MAX_S = 3600 };

static void say(struct tool *tool, const char *name, const char *sentence, const char *remedy)
{
    fprintf(tool->err, "imei: %s\n", sentence);
    if (*remedy != '\0')
        fprintf(tool->err, "      %s\n", remedy);
    if (!tool_has(tool, OPTION_JSON))
        return;
    if (tool->before_failure != NULL)
        fputs(tool->before_failure, tool->out);
    json_t *object =
        json_pack("{s:s, s:s, s:s}", "error", name, "sentence", sentence, "remedy", remedy);
    if (object == NULL || json_dumpf(object, tool->out, JSON_INDENT(2)) != 0)
        fputs("imei: the answer could not be written\n", tool->err);
    else
        fputc('\n', tool->out);
    json_decref(object);
}

enum exit_code tool_misused(struct tool *tool, const char *remedy, const char *format, ...)
{
    char sentence[SENTENCE_SIZE_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    say(tool, "USAGE", sentence, remedy);
    return EXIT_USAGE;
}

/* What was tried, and the error's own sentence and remedy. */
static void __attribute__((format(printf, 3, 0)))
say_err(struct tool *tool, enum err err, const char *format, va_list arguments)
{
    char what[SENTENCE_SIZE_MAX / 2];
    char sentence[SENTENCE_SIZE_MAX];
    vsnprintf(what, sizeof what, format, arguments);
    snprintf(sentence, sizeof sentence, "%s: %s", what, err_sentence(err));
    say(tool, err_name(err), sentence, remedy_of(err));
}

enum exit_code tool_refused(struct tool *tool, enum err err, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say_err(tool, err, format, arguments);
    va_end(arguments);
    return remedy_exit_code(err);
}

enum exit_code tool_failed(struct tool *tool, enum err err, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say_err(tool, err, format, arguments);
    va_end(arguments);
    return EXIT_INTERNAL;
}

void tool_note(struct tool *tool, const char *format, ...)
{
    if (tool_has(tool, OPTION_JSON))
        return;
    (void)fflush(tool->out); /* where both go to one place, in the order in which they were said */
    va_list arguments;
    va_start(arguments, format);
    vfprintf(tool->err, format, arguments);
    va_end(arguments);
    fputc('\n', tool->err);
}

const char *tool_value(const struct tool *tool, enum option_name option)
{
    if (tool_has(tool, option))
        return tool->arguments.values[option];
    const char *variable = option == OPTION_NODE  ? getenv("IMEI_NODE")
                           : option == OPTION_KEY ? getenv("IMEI_KEY")
                                                  : NULL;
    return variable != NULL && *variable != '\0' ? variable : NULL;
}

enum exit_code tool_timeout(struct tool *tool, uint32_t *timeout_ms)
{
    const char *text = tool_value(tool, OPTION_TIMEOUT);
    uint64_t seconds = TIMEOUT_DEFAULT_S;
    if (text != NULL && number_parse(text, 1, TIMEOUT_MAX_S, &seconds) != ERR_OK)
        return tool_misused(tool, "Give whole seconds, 1 to 3600.", "'%s' is no --timeout", text);
    *timeout_ms = (uint32_t)(seconds * 1000);
    return EXIT_DONE;
}

uint64_t tool_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static enum exit_code no_command(struct tool *tool, const char *word)
{
    if (command_is_group(word))
        return tool_misused(tool, "imei help lists the commands.",
                            "'%s' wants one more word, as in imei %s show", word, word);
    if (*word == '-')
        return tool_misused(tool,
                            "Begin with the command, as in imei check --json 356938035643809.",
                            "%s stands before the command", word);
    return tool_misused(tool, "imei help lists the commands.", "'%s' is no command", word);
}

static enum exit_code run_command(struct tool *tool, int argc, char **argv)
{
    struct complaint complaint;
    enum err err =
        arguments_parse(&tool->command->grammar, argc, argv, &tool->arguments, &complaint);
    if (err != ERR_OK) {
        char remedy[64];
        snprintf(remedy, sizeof remedy, "imei help %s has all of it.", tool->command->words);
        return tool_misused(tool, remedy, "%s: %s", tool->command->words, complaint.text);
    }
    if (tool_has(tool, OPTION_HELP))
        return help_command(tool, tool->command);
    return tool->command->run(tool);
}

/* What --help and --version, and no word at all, stand for. */
static char *const *spelled_out(int argc, char **argv, size_t *count)
{
    static char help[] = "help", version[] = "version";
    static char *const help_words[] = {help}, *const version_words[] = {version};
    *count = 1;
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
        return help_words;
    if (argc > 1 && strcmp(argv[1], "--version") == 0)
        return version_words;
    *count = (size_t)(argc - 1);
    return argv + 1;
}

int tool_run(int argc, char **argv, FILE *out, FILE *err)
{
    struct tool tool = {.out = out, .err = err};
    memory_serve_json();
    size_t count;
    size_t taken;
    if (argc < 2) {
        help_overview(&tool, err);
        return EXIT_USAGE;
    }
    char *const *words = spelled_out(argc, argv, &count);
    tool.command = command_find(words, count, &taken);
    if (tool.command == NULL)
        return (int)no_command(&tool, argv[1]);
    enum exit_code code = run_command(&tool, argc - (int)taken, argv + taken);
    connection_close(tool.connection);
    if ((fflush(out) != 0 || ferror(out)) && code == EXIT_DONE) {
        fputs("imei: the result could not be written\n      Look at where the output goes.\n", err);
        code = EXIT_INTERNAL;
    }
    return (int)code;
}
