#include "cli/arguments.h"

#include <getopt.h>
#include <string.h>

const struct option_row option_rows[OPTION_COUNT] = {
#define X(name, word, argument, hint, help) {word, argument, HINT_##hint, help},
    OPTION_TABLE(X)
#undef X
};

_Static_assert(OPTION_COUNT <= 64, "a set of options is 64 bits");

/* getopt_long() returns this and the place in the table, above any character. */
enum { LONG_BASE = 256 };

static void long_options(uint64_t options, struct option out[OPTION_COUNT + 1])
{
    size_t count = 0;
    for (int i = 0; i < OPTION_COUNT; i++) {
        if ((options >> i & 1) == 0)
            continue;
        out[count++] = (struct option){
            .name = option_rows[i].word,
            .has_arg = option_rows[i].argument != NULL ? required_argument : no_argument,
            .val = LONG_BASE + i,
        };
    }
    out[count] = (struct option){0};
}

static enum err take_option(struct arguments *out, int option, struct complaint *complaint)
{
    const struct option_row *row = &option_rows[option];
    if (out->values[option] != NULL)
        return complain(complaint, 0, "--%s is given twice; give it once", row->word);
    out->values[option] = row->argument != NULL ? optarg : "";
    return ERR_OK;
}

static enum err take(struct arguments *out, int found, char **argv, struct complaint *complaint)
{
    if (found == 'h')
        return take_option(out, OPTION_HELP, complaint);
    if (found == ':')
        return complain(complaint, 0, "%s wants a value after it", argv[optind - 1]);
    if (found == '?' && optopt != 0 && optopt < LONG_BASE)
        return complain(complaint, 0, "-%c is no option here", optopt);
    if (found == '?' && optopt >= LONG_BASE)
        return complain(complaint, 0, "--%s takes no value", option_rows[optopt - LONG_BASE].word);
    if (found == '?')
        return complain(complaint, 0, "%s is no option here, or could be several",
                        argv[optind - 1]);
    return take_option(out, found - LONG_BASE, complaint);
}

static enum err check_operands(const struct grammar *grammar, const struct arguments *arguments,
                               struct complaint *complaint)
{
    if (arguments_have(arguments, OPTION_HELP))
        return ERR_OK;
    if (arguments->operand_count < grammar->operands_min)
        return complain(complaint, 0, "something is missing after the command");
    if (arguments->operand_count > grammar->operands_max)
        return complain(complaint, 0, "'%s' is too much",
                        arguments->operands[grammar->operands_max]);
    return ERR_OK;
}

enum err arguments_parse(const struct grammar *grammar, int argc, char **argv,
                         struct arguments *out, struct complaint *complaint)
{
    struct option options[OPTION_COUNT + 1];
    long_options(grammar->options | OPTION_BIT(HELP), options);
    *out = (struct arguments){0};
    opterr = 0;
    optind = 0; /* begins anew, and permutes */
    for (;;) {
        int found = getopt_long(argc, argv, ":h", options, NULL);
        if (found == -1)
            break;
        enum err err = take(out, found, argv, complaint);
        if (err != ERR_OK)
            return err;
    }
    out->operands = argv + optind;
    out->operand_count = (size_t)(argc - optind);
    return check_operands(grammar, out, complaint);
}
