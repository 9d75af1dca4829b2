#include "cli/arguments.h"

#include "cli/command.h"
#include "tests/unit/suite.h"

static struct complaint complaint;

/* Parses "x" and these words, up to a NULL. */
static enum err parse(uint64_t options, size_t min, size_t max, struct arguments *out,
                      const char *const *words)
{
    static char *argv[16];
    static char copies[16][32];
    int count = 1;
    argv[0] = copies[0];
    for (; words[count - 1] != NULL; count++) {
        snprintf(copies[count], sizeof copies[count], "%s", words[count - 1]);
        argv[count] = copies[count];
    }
    argv[count] = NULL;
    struct grammar grammar = {.options = options, .operands_min = min, .operands_max = max};
    complaint = (struct complaint){0};
    return arguments_parse(&grammar, count, argv, out, &complaint);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NO_WORDS   ((const char *const[]){NULL})

enum { ALL = 9 };

static const uint64_t some =
    OPTION_BIT(NODE) | OPTION_BIT(JSON) | OPTION_BIT(TIMEOUT) | OPTION_BIT(KEY);

static void refused(const char *const *words, const char *said)
{
    struct arguments arguments;
    ck_assert_int_eq(parse(some, 1, 2, &arguments, words), ERR_CONFIG);
    ck_assert_msg(strstr(complaint.text, said) != NULL, "'%s' lacks '%s'", complaint.text, said);
}

START_TEST(takes_options_and_operands_in_any_order)
{
    struct arguments arguments;
    ck_assert_int_eq(parse(some, 0, ALL, &arguments,
                           WORDS("a", "--node", "tcp://x:1", "b", "--json", "--key=k", "c")),
                     ERR_OK);
    ck_assert_str_eq(arguments.values[OPTION_NODE], "tcp://x:1");
    ck_assert_str_eq(arguments.values[OPTION_KEY], "k");
    ck_assert_str_eq(arguments.values[OPTION_JSON], "");
    ck_assert(!arguments_have(&arguments, OPTION_TIMEOUT));
    ck_assert_uint_eq(arguments.operand_count, 3);
    ck_assert_str_eq(arguments.operands[0], "a");
    ck_assert_str_eq(arguments.operands[2], "c");
}
END_TEST

START_TEST(takes_what_follows_two_dashes_as_it_is)
{
    struct arguments arguments;
    ck_assert_int_eq(parse(some, 0, ALL, &arguments, WORDS("--json", "--", "--node")), ERR_OK);
    ck_assert_uint_eq(arguments.operand_count, 1);
    ck_assert_str_eq(arguments.operands[0], "--node");
    ck_assert(!arguments_have(&arguments, OPTION_NODE));
}
END_TEST

START_TEST(a_dash_alone_is_an_operand)
{
    struct arguments arguments;
    ck_assert_int_eq(parse(some, 0, ALL, &arguments, WORDS("-")), ERR_OK);
    ck_assert_str_eq(arguments.operands[0], "-");
}
END_TEST

START_TEST(refuses_options_that_are_not_there)
{
    refused(WORDS("a", "--nonsense"), "--nonsense is no option here");
    refused(WORDS("a", "--reason", "x"), "--reason is no option here"); /* of another command */
    refused(WORDS("a", "-x"), "-x is no option here");
}
END_TEST

START_TEST(refuses_an_option_given_twice)
{
    refused(WORDS("a", "--node", "x", "--node", "y"), "--node is given twice");
    refused(WORDS("a", "--json", "--json"), "--json is given twice");
}
END_TEST

START_TEST(refuses_a_missing_or_a_needless_value)
{
    refused(WORDS("a", "--node"), "--node wants a value");
    refused(WORDS("a", "--json=yes"), "--json takes no value");
}
END_TEST

START_TEST(refuses_too_few_and_too_many_operands)
{
    refused(NO_WORDS, "something is missing");
    refused(WORDS("a", "b", "c"), "'c' is too much");
}
END_TEST

START_TEST(help_is_an_option_of_every_command_and_needs_no_operands)
{
    struct arguments arguments;
    ck_assert_int_eq(parse(some, 1, 1, &arguments, WORDS("--help")), ERR_OK);
    ck_assert(arguments_have(&arguments, OPTION_HELP));
    ck_assert_int_eq(parse(0, 1, 1, &arguments, WORDS("-h")), ERR_OK);
    ck_assert(arguments_have(&arguments, OPTION_HELP));
}
END_TEST

START_TEST(parses_anew_each_time)
{
    struct arguments arguments;
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(parse(some, 0, ALL, &arguments, WORDS("a", "--node", "x")), ERR_OK);
        ck_assert_uint_eq(arguments.operand_count, 1);
        ck_assert_int_eq(parse(some, 0, ALL, &arguments, WORDS("--bad")), ERR_CONFIG);
    }
}
END_TEST

START_TEST(every_row_of_the_tables_is_whole)
{
    size_t count;
    const struct command *rows = command_rows(&count);
    for (size_t i = 0; i < count; i++) {
        size_t taken;
        char words[32];
        char *first = words;
        snprintf(words, sizeof words, "%s", rows[i].words);
        char *second = strchr(words, ' ');
        if (second != NULL)
            *second++ = '\0';
        char *const both[] = {first, second};
        ck_assert_ptr_eq(command_find(both, second != NULL ? 2 : 1, &taken), &rows[i]);
        ck_assert_uint_eq(taken, second != NULL ? 2 : 1);
        ck_assert(rows[i].run != NULL && rows[i].help != NULL);
        ck_assert_uint_le(rows[i].grammar.operands_min, rows[i].grammar.operands_max);
        ck_assert_int_eq(rows[i].operands != NULL, rows[i].grammar.operands_max > 0);
        ck_assert_uint_eq(rows[i].grammar.options >> OPTION_COUNT, 0);
    }
    for (int i = 0; i < OPTION_COUNT; i++) {
        bool is_used = i == OPTION_HELP;
        for (size_t k = 0; k < count; k++)
            is_used |= (rows[k].grammar.options >> i & 1) != 0;
        ck_assert_msg(is_used, "no command takes --%s", option_rows[i].word);
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &takes_options_and_operands_in_any_order,
        &takes_what_follows_two_dashes_as_it_is,
        &a_dash_alone_is_an_operand,
        &refuses_options_that_are_not_there,
        &refuses_an_option_given_twice,
        &refuses_a_missing_or_a_needless_value,
        &refuses_too_few_and_too_many_operands,
        &help_is_an_option_of_every_command_and_needs_no_operands,
        &parses_anew_each_time,
        &every_row_of_the_tables_is_whole,
    };
    return suite_run("cli/arguments", cases, sizeof cases / sizeof *cases);
}
