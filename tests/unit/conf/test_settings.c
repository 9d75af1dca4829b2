#include "conf/settings.h"

#include "tests/unit/suite.h"

#include <stddef.h>
#include <stdlib.h>

enum colour { RED = 5, GREEN, BLUE };

struct inner {
    bool is_on;
    struct host_port listen;
    struct host_port other;
    uint64_t idle_ms;
    char file[SETTING_TEXT_SIZE];
    struct setting_texts names;
};

struct outer {
    char name[SETTING_TEXT_SIZE];
    char path[SETTING_TEXT_SIZE];
    char note[SETTING_TEXT_SIZE];
    uint64_t size;
    bool is_loud;
    enum colour colour;
    struct setting_texts words;
    size_t special;
    struct inner inner;
};

static bool is_lower(const char *text)
{
    return strspn(text, "abcdefghijklmnopqrstuvwxyz") == strlen(text);
}

/* How many entries it has. */
static enum err read_special(const struct setting_place *place, struct value value, void *field)
{
    if (value_kind(value) != VALUE_LIST)
        return complain(place->complaint, value_line(value), "'%s' is a list in %s", place->name,
                        place->directory);
    *(size_t *)field = value_count(value);
    return ERR_OK;
}

static enum err check_inner(const void *target, struct complaint *complaint)
{
    const struct inner *inner = target;
    return inner->idle_ms == 13 ? complain(complaint, 0, "'idle_ms' is not 13") : ERR_OK;
}

static enum err check_outer(const void *target, struct complaint *complaint)
{
    const struct outer *outer = target;
    return outer->size == 13 ? complain(complaint, 0, "'size' is not 13") : ERR_OK;
}

static const char *const colours[] = {"red", "green", "blue", NULL};

#define IN(field)  offsetof(struct inner, field)
#define OUT(field) offsetof(struct outer, field)

static const struct setting inner_rows[] = {
    {"listen", SETTING_ADDRESS, IN(listen), "Where.", .example = "127.0.0.1:80"},
    {"other", SETTING_ADDRESS, IN(other), "Or there.", .standard = SETTING_NONE},
    {"idle_ms", SETTING_NUMBER, IN(idle_ms), "Long\nhelp.", .standard = "7", .min = 1, .max = 60},
    {"file", SETTING_PATH, IN(file), NULL, .standard = SETTING_NONE},
    {"names", SETTING_TEXTS, IN(names), "Names.", .standard = "\n  - a\n  - b", .max = 3},
};

static const struct settings inner_settings = {
    .rows = inner_rows,
    .count = sizeof inner_rows / sizeof inner_rows[0],
    .check = check_inner,
    .lists = "prog --print",
};

static const struct setting outer_rows[] = {
    {"name", SETTING_TEXT, OUT(name), "Name.", .example = "me"},
    {"path", SETTING_PATH, OUT(path), "Path.", .standard = "p"},
    {"note", SETTING_TEXT, OUT(note), "Note.", .standard = SETTING_NONE, .fits = is_lower,
     .wanted = "is lower case"},
    {"size", SETTING_NUMBER, OUT(size), "Size.", .standard = "3", .min = 2, .max = 99},
    {"loud", SETTING_BOOL, OUT(is_loud), "Loud.", .standard = "no"},
    {"colour", SETTING_WORD, OUT(colour), "Colour.", .standard = "green", .min = RED,
     .words = colours},
    {"words", SETTING_TEXTS, OUT(words), "Words.", .standard = "[x]", .min = 1, .max = 2,
     .fits = is_lower, .wanted = "is lower case"},
    {"special", SETTING_SPECIAL, OUT(special), "Special.", .standard = "[]", .read = read_special},
    {"inner", SETTING_SECTION, OUT(inner), "Inner.", .section = &inner_settings},
};

static const struct settings settings = {
    .rows = outer_rows,
    .count = sizeof outer_rows / sizeof outer_rows[0],
    .check = check_outer,
    .title = "two\nlines",
    .lists = "prog --print",
};

static struct outer outer;
static struct complaint complaint;

static enum err parse(const char *text)
{
    outer = (struct outer){.size = 0};
    return settings_parse(&settings, bytes_of(text, strlen(text)), "/etc", &outer, &complaint);
}

static void refused(const char *text, unsigned line, const char *words)
{
    ck_assert_int_eq(parse(text), ERR_CONFIG);
    ck_assert_msg(complaint.line == line && strstr(complaint.text, words) != NULL,
                  "line %u: %s; expected line %u: %s", complaint.line, complaint.text, line, words);
}

START_TEST(what_is_left_out_stands_at_its_default)
{
    ck_assert_int_eq(parse("name: n\n"), ERR_OK);
    ck_assert_str_eq(outer.name, "n");
    ck_assert_str_eq(outer.path, "/etc/p");
    ck_assert_str_eq(outer.note, "");
    ck_assert_uint_eq(outer.size, 3);
    ck_assert(!outer.is_loud);
    ck_assert_int_eq(outer.colour, GREEN);
    ck_assert_uint_eq(outer.words.count, 1);
    ck_assert_str_eq(outer.words.at[0], "x");
    ck_assert_uint_eq(outer.special, 0);
}
END_TEST

START_TEST(a_section_that_is_left_out_is_off)
{
    static const struct inner zero;
    ck_assert_int_eq(parse("name: n\n"), ERR_OK);
    ck_assert_mem_eq(&outer.inner, &zero, sizeof zero);
}
END_TEST

START_TEST(a_section_has_defaults_and_needs_of_its_own)
{
    ck_assert_int_eq(parse("name: n\ninner:\n  listen: '[::1]:8080'\n"), ERR_OK);
    ck_assert(outer.inner.is_on);
    ck_assert_str_eq(outer.inner.listen.host, "::1");
    ck_assert_uint_eq(outer.inner.listen.port, 8080);
    ck_assert_uint_eq(outer.inner.other.port, 0);
    ck_assert_uint_eq(outer.inner.idle_ms, 7);
    ck_assert_str_eq(outer.inner.file, "");
    ck_assert_uint_eq(outer.inner.names.count, 2);
    ck_assert_str_eq(outer.inner.names.at[1], "b");
    refused("name: n\ninner:\n", 2, "'inner.listen' is missing");
    refused("name: n\ninner: {}\n", 2, "'inner.listen' is missing");
    refused("name: n\ninner: yes\n", 2, "'inner' has keys of its own");
    refused("name: n\ninner: [a]\n", 2, "'inner' has keys of its own");
    refused("name: n\ninner:\n  listen: a:1\n  liste: b\n", 4,
            "'inner.liste' is not a key; prog --print lists them");
    refused("name: n\ninner:\n  listen: a:1\n  idle_ms: 61\n", 4,
            "'inner.idle_ms' is a whole number from 1 to 60");
    refused("name: n\ninner:\n  listen: a:1\n  idle_ms: 13\n", 2, "'idle_ms' is not 13");
}
END_TEST

START_TEST(each_form_takes_what_it_says)
{
    ck_assert_int_eq(parse("name: N\npath: /x\nnote: abc\nsize: 99\nloud: yes\ncolour: blue\n"
                           "words: single\nspecial: [1, 2]\n"
                           "inner: {listen: h:1, names: [], file: f, other: 1.2.3.4:65535}\n"),
                     ERR_OK);
    ck_assert_str_eq(outer.path, "/x");
    ck_assert_str_eq(outer.note, "abc");
    ck_assert_uint_eq(outer.size, 99);
    ck_assert(outer.is_loud);
    ck_assert_int_eq(outer.colour, BLUE);
    ck_assert_uint_eq(outer.words.count, 1);
    ck_assert_str_eq(outer.words.at[0], "single");
    ck_assert_uint_eq(outer.special, 2);
    ck_assert_uint_eq(outer.inner.names.count, 0);
    ck_assert_str_eq(outer.inner.file, "/etc/f");
    ck_assert_uint_eq(outer.inner.other.port, 65535);
    ck_assert_int_eq(parse("name: n\ncolour: red\nloud: true\n"), ERR_OK);
    ck_assert_int_eq(outer.colour, RED);
    ck_assert(outer.is_loud);
    ck_assert_int_eq(parse("name: n\nloud: false\n"), ERR_OK);
    ck_assert(!outer.is_loud);
}
END_TEST

START_TEST(what_is_refused_is_named_with_its_line)
{
    char text[800] = "name: n\npath: ";
    memset(text + strlen(text), 'x', SETTING_TEXT_SIZE);
    refused(text, 2, "longer than 511");
    refused("", 0, "'key: value' is expected");
    refused("- x\n", 1, "'key: value' is expected");
    refused("# a comment\n", 0, "'name' is missing");
    refused("path: x\n", 0, "'name' is missing");
    refused("name: ''\n", 1, "'name' is empty");
    refused("name: [a]\n", 1, "single value");
    refused("name: n\nname: m\n", 2, "twice");
    refused("name: n\nnam: m\n", 2, "'nam' is not a key; prog --print lists them");
    refused("name: n\nnote: A\n", 2, "'note' is lower case");
    refused("name: n\nsize: 1\n", 2, "from 2 to 99");
    refused("name: n\nsize: 100\n", 2, "from 2 to 99");
    refused("name: n\nsize: -3\n", 2, "from 2 to 99");
    refused("name: n\nsize: 13\n", 0, "'size' is not 13");
    refused("name: n\nloud: maybe\n", 2, "'loud' is yes or no");
    refused("name: n\ncolour: pink\n", 2, "'colour' is red, green or blue");
    refused("name: n\ncolour: ''\n", 2, "'colour' is red, green or blue");
    refused("name: n\nwords: []\n", 2, "at least 1 and at most 2");
    refused("name: n\nwords: [a, b, c]\n", 2, "at least 1 and at most 2");
    refused("name: n\nwords:\n  - a\n  - B\n", 4, "lower case");
    refused("name: n\nwords:\n  - a\n  - ''\n", 4, "empty");
    refused("name: n\nwords: {a: b}\n", 2, "lower case");
    refused("name: n\nspecial: x\n", 2, "'special' is a list in /etc");
    refused("name: n\ninner: {listen: nowhere}\n", 2, "HOST:PORT");
}
END_TEST

START_TEST(addresses_have_one_form)
{
    static const char *const bad[] = {"",       ":1",      "a",       "a:",       "a:0",
                                      "a:01",   "a:65536", "a:99999", "a:1x",     "a b:1",
                                      "::1:80", "[]:1",    "[x]:1",   "[::1]",    "[::1:80",
                                      "a:-1",   "a/b:1",   "a:1:2",   "[::1]x:1", "a:6554000000"};
    struct host_port out;
    char long_host[300];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_msg(host_port_parse(bad[i], &out) == ERR_BAD_TEXT, "%s", bad[i]);
    memset(long_host, 'h', sizeof long_host);
    snprintf(long_host + 255, sizeof long_host - 255, ":80");
    ck_assert_int_eq(host_port_parse(long_host, &out), ERR_OK);
    ck_assert_uint_eq(strlen(out.host), 255);
    memset(long_host, 'h', sizeof long_host);
    snprintf(long_host + 256, sizeof long_host - 256, ":80");
    ck_assert_int_eq(host_port_parse(long_host, &out), ERR_BAD_TEXT);
}
END_TEST

static char *printed(void)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(out);
    settings_print(&settings, out);
    fclose(out);
    return text;
}

START_TEST(the_printed_file_says_what_its_defaults_say)
{
    struct outer before;
    char *text = printed();
    ck_assert_int_eq(parse("name: me\n"), ERR_OK);
    before = outer;
    ck_assert_int_eq(parse(text), ERR_OK);
    ck_assert_mem_eq(&before, &outer, sizeof outer);
    ck_assert_ptr_nonnull(strstr(text, "# two\n# lines\n"));
    free(text);
}
END_TEST

/* As a person does who turns a section on. */
START_TEST(a_section_whose_marks_are_taken_away_is_one)
{
    char *text = printed();
    char *section = strstr(text, "# inner:\n");
    ck_assert_ptr_nonnull(section);
    char *at = section;
    for (const char *from = section; *from != '\0';) {
        if (*from == '#' && (from == section || from[-1] == '\n'))
            from += from[1] == ' ' ? 2 : 1;
        else
            *at++ = *from++;
    }
    *at = '\0';
    ck_assert_int_eq(parse(text), ERR_OK);
    ck_assert(outer.inner.is_on);
    ck_assert_uint_eq(outer.inner.listen.port, 80);
    ck_assert_uint_eq(outer.inner.names.count, 2);
    ck_assert_uint_eq(outer.inner.idle_ms, 7);
    free(text);
}
END_TEST

START_TEST(defaults_alone_fill_a_table_without_required_keys)
{
    struct settings tail = settings;
    tail.rows = settings.rows + 1;
    tail.count = settings.count - 1;
    outer = (struct outer){.size = 0};
    ck_assert_int_eq(settings_default(&tail, &outer, &complaint), ERR_OK);
    ck_assert_uint_eq(outer.size, 3);
    ck_assert(!outer.inner.is_on);
    ck_assert_int_eq(settings_default(&settings, &outer, &complaint), ERR_CONFIG);
}
END_TEST

START_TEST(the_line_of_a_key_is_found_again)
{
    static const char text[] =
        "name: a\n\ninner:\n  # file: no\n  listen: x:1\n  file: f\n\"path\": p\n";
    struct bytes bytes = bytes_of(text, strlen(text));
    ck_assert_uint_eq(settings_line(bytes, NULL, "name"), 1);
    ck_assert_uint_eq(settings_line(bytes, NULL, "path"), 7);
    ck_assert_uint_eq(settings_line(bytes, "inner", "listen"), 5);
    ck_assert_uint_eq(settings_line(bytes, "inner", "file"), 6);
    ck_assert_uint_eq(settings_line(bytes, "inner", "other"), 3);
    ck_assert_uint_eq(settings_line(bytes, "inner", "name"), 3);
    ck_assert_uint_eq(settings_line(bytes, NULL, "other"), 0);
    ck_assert_uint_eq(settings_line(bytes, "outer", "file"), 0);
    ck_assert_uint_eq(settings_line(bytes, "name", "file"), 1);
    ck_assert_uint_eq(settings_line(bytes_of("{", 1), NULL, "name"), 0);
    ck_assert_uint_eq(settings_line(bytes_of("", 0), NULL, "name"), 0);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &what_is_left_out_stands_at_its_default,
        &a_section_that_is_left_out_is_off,
        &a_section_has_defaults_and_needs_of_its_own,
        &each_form_takes_what_it_says,
        &what_is_refused_is_named_with_its_line,
        &addresses_have_one_form,
        &the_printed_file_says_what_its_defaults_say,
        &a_section_whose_marks_are_taken_away_is_one,
        &defaults_alone_fill_a_table_without_required_keys,
        &the_line_of_a_key_is_found_again,
    };
    return suite_run("conf/settings", cases, sizeof cases / sizeof cases[0]);
}
