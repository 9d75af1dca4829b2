#include "cli/command.h"
#include "proto/operation.h"
#include "proto/reason.h"

#include <string.h>

/* What completes an option's value. */
static void put_hint(FILE *file, enum hint hint)
{
    switch (hint) {
    case HINT_NONE: return;
    case HINT_FILE: fputs("COMPREPLY=($(compgen -f -- \"$current\"))", file); return;
    case HINT_WAIT:
    case HINT_REASON:
    case HINT_OPERATION:
    case HINT_ROLES: break;
    }
    fputs("COMPREPLY=($(compgen -W '", file);
    if (hint == HINT_WAIT)
        fputs("committed none", file);
    if (hint == HINT_REASON) {
        size_t count;
        const struct reason_row *rows = reason_rows(&count);
        for (size_t i = 0; i < count; i++)
            fprintf(file, "%s%s", i > 0 ? " " : "", rows[i].word);
    }
    if (hint == HINT_OPERATION) {
#define X(name, number, word, form, claim, roles, needs_reason)                                    \
    if (CLAIM_##claim != CLAIM_NONE)                                                               \
        fputs(word " ", file);
        OPERATION_TABLE(X)
#undef X
    }
    if (hint == HINT_ROLES) {
#define X(name, bit, word) fputs(word " ", file);
        ROLE_TABLE(X)
#undef X
        fputs("none", file);
    }
    fputs("' -- \"$current\"))", file);
}

static void put_bash_options(FILE *file)
{
    fputs("    case $previous in\n", file);
    for (int i = 0; i < OPTION_COUNT; i++) {
        if (option_rows[i].argument == NULL)
            continue;
        fprintf(file, "    --%s) ", option_rows[i].word);
        put_hint(file, option_rows[i].hint);
        fputs(option_rows[i].hint != HINT_NONE ? "; return ;;\n" : "return ;;\n", file);
    }
    fputs("    esac\n", file);
}

static void put_bash_commands(FILE *file)
{
    size_t count;
    const struct command *rows = command_rows(&count);
    fputs("    case $words in\n", file);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].summary == NULL)
            continue;
        fprintf(file, "    '%s '*) options='", rows[i].words);
        for (int option = 0; option < OPTION_COUNT; option++) {
            if ((rows[i].grammar.options >> option & 1) != 0)
                fprintf(file, "--%s ", option_rows[option].word);
        }
        fputs("--help' ;;\n", file);
    }
    fputs("    esac\n", file);
}

static void put_bash_words(FILE *file)
{
    size_t count;
    const struct command *rows = command_rows(&count);
    fputs("    local commands='", file);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].summary != NULL)
            fprintf(file, "%s\n", rows[i].words);
    }
    fputs("'\n", file);
}

enum exit_code cmd_completion(struct tool *tool)
{
    if (strcmp(tool->arguments.operands[0], "bash") != 0)
        return tool_misused(tool, "Say bash.", "no completion for '%s'",
                            tool->arguments.operands[0]);
    FILE *file = tool->out;
    fputs("# Completion of imei for bash, made by: imei completion bash\n"
          "_imei() {\n"
          "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
          "    local words=\"${COMP_WORDS[*]:1:COMP_CWORD-1} \" options=''\n"
          "    COMPREPLY=()\n",
          file);
    put_bash_options(file);
    put_bash_commands(file);
    put_bash_words(file);
    fputs("    if [[ $current == -* ]]; then\n"
          "        COMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n"
          "    elif [[ -n $options ]]; then\n"
          "        COMPREPLY=($(compgen -f -- \"$current\"))\n"
          "    elif [[ $COMP_CWORD -eq 1 ]]; then\n"
          "        COMPREPLY=($(compgen -W \"$(cut -d' ' -f1 <<<\"$commands\" | sort -u)\" -- "
          "\"$current\"))\n"
          "    else\n"
          "        COMPREPLY=($(compgen -W \"$(sed -n \"s/^$words//p\" <<<\"$commands\")\" -- "
          "\"$current\"))\n"
          "    fi\n"
          "}\n"
          "complete -o filenames -F _imei imei\n",
          file);
    return EXIT_DONE;
}
