#include "cli/cmd_help.h"
#include "cli/outline.h"

#include <string.h>

/* scdoc takes these for mark-up. */
static void put_escaped(FILE *file, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (strchr("\\_*`#", text[i]) != NULL)
            fputc('\\', file);
        fputc(text[i], file);
    }
}

/* An example is a literal block; scdoc wants a tab for running text that is indented, and none
 * here. */
static void put_paragraphs(FILE *file, const char *text)
{
    bool is_literal = false;
    while (*text != '\0') {
        size_t size = strcspn(text, "\n");
        if (size > 0 && is_literal != help_is_literal(text)) {
            is_literal = !is_literal;
            fputs("```\n", file);
        }
        if (is_literal)
            fwrite(text, 1, size, file);
        else
            put_escaped(file, text, size);
        fputc('\n', file);
        text += size + (text[size] == '\n');
    }
    if (is_literal)
        fputs("```\n", file);
}

static void put_option(FILE *file, const struct option_row *row)
{
    fprintf(file, "*--%s*", row->word);
    if (row->argument != NULL)
        fprintf(file, " _%s_", row->argument);
    fputs("\n\t", file);
    put_escaped(file, row->help, strlen(row->help));
    fputs("\n\n", file);
}

static void put_command(FILE *file, const struct command *command)
{
    fprintf(file, "*imei %s*", command->words);
    if (command->operands != NULL)
        fprintf(file, " _%s_", command->operands);
    fprintf(file, "\n\n");
    put_escaped(file, command->summary, strlen(command->summary));
    fputs(".\n\n", file);
    put_paragraphs(file, command->help);
    if (command->grammar.options == 0)
        return;
    fputs("\nOptions:", file);
    for (int i = 0; i < OPTION_COUNT; i++) {
        if ((command->grammar.options >> i & 1) != 0)
            fprintf(file, " *--%s*", option_rows[i].word);
    }
    fputs("\n\n", file);
    const char *keys = outline_of(command);
    if (keys == NULL)
        return;
    put_escaped(file, OUTLINE_TITLE " ", strlen(OUTLINE_TITLE " "));
    put_escaped(file, keys, strlen(keys));
    fputs("\n\n", file);
}

/* scdoc's source of imei(1). */
enum exit_code cmd_manual(struct tool *tool)
{
    size_t count;
    const struct command *rows = command_rows(&count);
    fputs("imei(1)\n\n# NAME\n\nimei - asks a node of an IMEI ledger, and signs statements for "
          "it\n\n# SYNOPSIS\n\n*imei* _COMMAND_ [_OPTION_…] [_ARGUMENT_…]\n\n# COMMANDS\n\n",
          tool->out);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].summary != NULL)
            put_command(tool->out, &rows[i]);
    }
    fputs("# OPTIONS\n\nEach command takes those that are listed with it.\n\n", tool->out);
    for (int i = 0; i < OPTION_COUNT; i++)
        put_option(tool->out, &option_rows[i]);
    fputs("# EXIT STATUS\n\n"
          "*0*\n\tDone.\n\n*1*\n\tThe answer is no: a device is black or invalid, a statement "
          "unknown, data damaged.\n\n"
          "*2*\n\tThe command line, or a file that it names, is wrong.\n\n"
          "*3*\n\tThe node is not reachable, or cannot do it now.\n\n"
          "*4*\n\tThe node refused.\n\n*5*\n\tThis machine failed.\n\n"
          "# ENVIRONMENT\n\n"
          "*IMEI\\_NODE*\n\tThe node to ask, unless *--node* names one.\n\n"
          "*IMEI\\_KEY*\n\tThe key to sign with, unless *--key* names one.\n\n"
          "*NO\\_COLOR*\n\tWhen it is set, nothing is coloured.\n",
          tool->out);
    return EXIT_DONE;
}
