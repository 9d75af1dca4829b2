#include "cli/cmd_help.h"

#include "cli/outline.h"
#include "proto/reason.h"

#include <string.h>

enum { WIDTH = 80, INDENT = 4, SUMMARY_COLUMN = 17 };

bool help_is_literal(const char *line)
{
    return *line == ' ';
}

/* Running text: words parted by blanks, broken before WIDTH. `column` is where the cursor stands.
 */
static void print_wrapped(FILE *file, const char *text, size_t size, size_t indent, size_t column)
{
    const char *end = text + size;
    while (text < end) {
        size_t word = 0;
        while (text + word < end && text[word] != ' ')
            word++;
        if (column > indent && column + 1 + word >= WIDTH) {
            fprintf(file, "\n%*s", (int)indent, "");
            column = indent;
        }
        if (column > indent)
            fputc(' ', file);
        fwrite(text, 1, word, file);
        column += word + (column > indent);
        text += word;
        while (text < end && *text == ' ')
            text++;
    }
    fputc('\n', file);
}

/* Paragraphs, each one line of the text; lines that begin with a blank are kept. */
static void print_paragraphs(FILE *file, const char *text)
{
    while (*text != '\0') {
        size_t size = strcspn(text, "\n");
        if (help_is_literal(text))
            fprintf(file, "    %.*s\n", (int)size, text);
        else if (size > 0) {
            fprintf(file, "%*s", INDENT, "");
            print_wrapped(file, text, size, INDENT, INDENT);
        } else {
            fputc('\n', file);
        }
        text += size + (text[size] == '\n');
    }
}

void help_overview(struct tool *tool, FILE *file)
{
    (void)tool;
    size_t count;
    const struct command *rows = command_rows(&count);
    fputs("imei asks a node of an IMEI ledger, and signs statements for it.\n\n"
          "usage: imei COMMAND [OPTION…] [ARGUMENT…]\n\n",
          file);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].summary == NULL)
            continue;
        int used = fprintf(file, "  %-14s ", rows[i].words);
        print_wrapped(file, rows[i].summary, strlen(rows[i].summary), SUMMARY_COLUMN, (size_t)used);
    }
    fputs("\nimei help COMMAND says all about one command. The exit status is 0 when it is done, 1 "
          "when\nthe answer is no, 2 for a wrong command line, 3 when the node is not reachable, 4 "
          "when it\nrefused, 5 for a failure of this machine.\n",
          file);
}

void help_synopsis(FILE *file, const struct command *command)
{
    fprintf(file, "imei %s%s%s%s", command->words,
            command->grammar.options != 0 ? " [OPTION…]" : "", command->operands != NULL ? " " : "",
            command->operands != NULL ? command->operands : "");
}

static void print_option(FILE *file, const struct option_row *row)
{
    fprintf(file, "    --%s%s%s\n        ", row->word, row->argument != NULL ? " " : "",
            row->argument != NULL ? row->argument : "");
    print_wrapped(file, row->help, strlen(row->help), 2 * INDENT, 2 * INDENT);
}

enum exit_code help_command(struct tool *tool, const struct command *command)
{
    FILE *file = tool->out;
    fprintf(file, "%s\n\nusage: ", command->summary != NULL ? command->summary : command->words);
    help_synopsis(file, command);
    fputs("\n", file);
    if (*command->help != '\0')
        fputs("\n", file);
    print_paragraphs(file, command->help);
    if (command->grammar.options != 0)
        fputs("\noptions:\n", file);
    for (int i = 0; i < OPTION_COUNT; i++) {
        if ((command->grammar.options >> i & 1) != 0)
            print_option(file, &option_rows[i]);
    }
    const char *keys = outline_of(command);
    if (keys == NULL)
        return EXIT_DONE;
    fprintf(file, "\n" OUTLINE_TITLE "\n%*s", INDENT, "");
    print_wrapped(file, keys, strlen(keys), INDENT, INDENT);
    return EXIT_DONE;
}

static enum exit_code help_reasons(struct tool *tool)
{
    size_t count;
    const struct reason_row *rows = reason_rows(&count);
    for (size_t i = 0; i < count; i++) {
        const char *fits = rows[i].for_raising && rows[i].for_lifting ? "to raise or lift"
                           : rows[i].for_raising                      ? "to raise"
                                                                      : "to lift";
        fprintf(tool->out, "%04u  %-12s %-17s %s\n", (unsigned)rows[i].reason, rows[i].word, fits,
                rows[i].sentence);
    }
    return EXIT_DONE;
}

static enum exit_code help_group(struct tool *tool, const char *word)
{
    size_t count;
    const struct command *rows = command_rows(&count);
    size_t size = strlen(word);
    for (size_t i = 0; i < count; i++) {
        if (strncmp(rows[i].words, word, size) != 0 || rows[i].words[size] != ' ')
            continue;
        fprintf(tool->out, "  %-14s %s\n", rows[i].words, rows[i].summary);
    }
    return EXIT_DONE;
}

enum exit_code cmd_help(struct tool *tool)
{
    const struct arguments *arguments = &tool->arguments;
    if (arguments->operand_count == 0) {
        help_overview(tool, tool->out);
        return EXIT_DONE;
    }
    const char *word = arguments->operands[0];
    size_t taken;
    const struct command *command =
        command_find(arguments->operands, arguments->operand_count, &taken);
    if (command != NULL)
        return help_command(tool, command);
    if (strcmp(word, "reasons") == 0)
        return help_reasons(tool);
    if (command_is_group(word))
        return help_group(tool, word);
    return tool_misused(tool, "imei help lists the commands.", "'%s' is no command", word);
}
