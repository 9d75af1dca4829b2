#include "conf/settings.h"

#include "proto/invariant.h"

#include <string.h>

/* Where something is read from, for the readers of single values below. */
struct input {
    const struct settings *settings; /* the table at hand: the file's or a section's */
    const char *section;             /* "http", or NULL */
    const char *directory;
    char *target;
    struct complaint *complaint;
};

/* A row's name with its section's, for complaints. */
struct row_name {
    char text[128];
};

static struct row_name name_in(const struct input *input, const char *key)
{
    struct row_name name;
    bool is_inner = input->section != NULL;
    snprintf(name.text, sizeof name.text, "%s%s%.80s", is_inner ? input->section : "",
             is_inner ? "." : "", key);
    return name;
}

static enum err complain_of(const struct input *input, const struct setting *row, unsigned line,
                            const char *what)
{
    return complain(input->complaint, line, "'%s' %s", name_in(input, row->key).text, what);
}

static const struct setting *row_of(const struct settings *settings, const char *key)
{
    for (size_t i = 0; i < settings->count; i++) {
        if (strcmp(settings->rows[i].key, key) == 0)
            return &settings->rows[i];
    }
    return NULL;
}

/* ---- forms ---- */

static bool may_be_none(const struct setting *row)
{
    return row->standard != NULL && strcmp(row->standard, SETTING_NONE) == 0;
}

static enum err set_text(const struct input *input, const struct setting *row, const char *text,
                         unsigned line, char out[SETTING_TEXT_SIZE])
{
    if (text[0] == '\0')
        return may_be_none(row) ? ERR_OK : complain_of(input, row, line, "is empty");
    if (row->fits != NULL && !row->fits(text))
        return complain_of(input, row, line, row->wanted);
    bool is_relative = row->form == SETTING_PATH && text[0] != '/';
    int size = snprintf(out, SETTING_TEXT_SIZE, "%s%s%s", is_relative ? input->directory : "",
                        is_relative ? "/" : "", text);
    if (size >= SETTING_TEXT_SIZE)
        return complain(input->complaint, line, "'%s' is longer than %d bytes",
                        name_in(input, row->key).text, SETTING_TEXT_SIZE - 1);
    return ERR_OK;
}

static enum err set_number(const struct input *input, const struct setting *row, struct value value,
                           uint64_t *out)
{
    if (value_number(value, row->max, out) == ERR_OK && *out >= row->min)
        return ERR_OK;
    return complain(input->complaint, value_line(value), "'%s' is a whole number from %llu to %llu",
                    name_in(input, row->key).text, (unsigned long long)row->min,
                    (unsigned long long)row->max);
}

static enum err set_bool(const struct input *input, const struct setting *row, const char *text,
                         unsigned line, bool *out)
{
    *out = strcmp(text, "yes") == 0 || strcmp(text, "true") == 0;
    if (*out || strcmp(text, "no") == 0 || strcmp(text, "false") == 0)
        return ERR_OK;
    return complain_of(input, row, line, "is yes or no");
}

static enum err set_word(const struct input *input, const struct setting *row, const char *text,
                         unsigned line, int *out)
{
    char all[120] = "is ";
    size_t size = strlen(all);
    for (int i = 0; row->words[i] != NULL; i++) {
        if (strcmp(text, row->words[i]) == 0) {
            *out = (int)row->min + i;
            return ERR_OK;
        }
        const char *before = i == 0 ? "" : row->words[i + 1] == NULL ? " or " : ", ";
        if (size < sizeof all)
            size += (size_t)snprintf(all + size, sizeof all - size, "%s%s", before, row->words[i]);
    }
    return complain_of(input, row, line, all);
}

static enum err set_texts(const struct input *input, const struct setting *row, struct value value,
                          struct setting_texts *out)
{
    bool is_list = value_kind(value) == VALUE_LIST;
    size_t count = is_list ? value_count(value) : 1;
    invariant(row->max <= SETTING_TEXTS_MAX);
    if (count < row->min || count > row->max)
        return complain(input->complaint, value_line(value),
                        "'%s' has at least %llu and at most %llu entries",
                        name_in(input, row->key).text, (unsigned long long)row->min,
                        (unsigned long long)row->max);
    for (size_t i = 0; i < count; i++) {
        struct value item = is_list ? value_at(value, i) : value;
        const char *text = value_text(item);
        if (text == NULL)
            return complain_of(input, row, value_line(item),
                               row->wanted != NULL ? row->wanted : "is a list of texts");
        enum err err = set_text(input, row, text, value_line(item), out->at[i]);
        if (err != ERR_OK)
            return err;
    }
    out->count = count;
    return ERR_OK;
}

enum err host_port_parse(const char *text, struct host_port *out)
{
    *out = (struct host_port){.port = 0};
    const char *colon = strrchr(text, ':');
    if (colon == NULL)
        return ERR_BAD_TEXT;
    size_t size = (size_t)(colon - text);
    bool is_bracketed = size > 2 && text[0] == '[' && colon[-1] == ']';
    const char *host = is_bracketed ? text + 1 : text;
    size_t host_size = is_bracketed ? size - 2 : size;
    const char *allowed = is_bracketed ? "0123456789abcdefABCDEF:."
                                       : "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789.-_";
    if (host_size == 0 || host_size >= sizeof out->host || strspn(host, allowed) != host_size)
        return ERR_BAD_TEXT;
    unsigned port = 0;
    for (const char *at = colon + 1; *at != '\0'; at++) {
        if (*at < '0' || *at > '9' || (*at == '0' && port == 0) || port > 6553)
            return ERR_BAD_TEXT;
        port = port * 10 + (unsigned)(*at - '0');
    }
    if (port == 0 || port > UINT16_MAX)
        return ERR_BAD_TEXT;
    memcpy(out->host, host, host_size);
    out->port = (uint16_t)port;
    return ERR_OK;
}

static enum err set_address(const struct input *input, const struct setting *row, const char *text,
                            unsigned line, struct host_port *out)
{
    if ((text[0] == '\0' && may_be_none(row)) || host_port_parse(text, out) == ERR_OK)
        return ERR_OK;
    return complain_of(input, row, line, "is an address and a port, HOST:PORT");
}

static enum err set_special(const struct input *input, const struct setting *row,
                            struct value value, void *field)
{
    struct row_name name = name_in(input, row->key);
    struct setting_place place = {name.text, input->directory, input->complaint};
    return row->read(&place, value, field);
}

static enum err set_value(const struct input *input, const struct setting *row, struct value value)
{
    void *field = input->target + row->offset;
    const char *text = value_text(value);
    unsigned line = value_line(value);
    if (row->form == SETTING_SPECIAL)
        return set_special(input, row, value, field);
    if (row->form == SETTING_TEXTS)
        return set_texts(input, row, value, field);
    if (row->form == SETTING_SECTION)
        return ERR_OK; /* read by settings_parse() */
    if (text == NULL)
        return complain_of(input, row, line, "is a single value");
    switch (row->form) {
    case SETTING_TEXT:
    case SETTING_PATH: return set_text(input, row, text, line, field);
    case SETTING_NUMBER: return set_number(input, row, value, field);
    case SETTING_BOOL: return set_bool(input, row, text, line, field);
    case SETTING_WORD: return set_word(input, row, text, line, field);
    case SETTING_ADDRESS: return set_address(input, row, text, line, field);
    case SETTING_TEXTS:
    case SETTING_SECTION:
    case SETTING_SPECIAL: break;
    }
    return ERR_INTERNAL;
}

/* ---- tables ---- */

/* The defaults are values of a small document of their own, so that they pass the same checks. */
static enum err set_default(const struct input *input, const struct setting *row)
{
    if (row->form == SETTING_SECTION)
        return ERR_OK;
    if (row->standard == NULL)
        return complain_of(input, row, 0, "is missing");
    struct document *document;
    enum err err =
        document_parse(bytes_of(row->standard, strlen(row->standard)), &document, input->complaint);
    if (err == ERR_OK)
        err = set_value(input, row, document_root(document));
    document_close(document);
    return err;
}

/* `map` without a place: all are at their defaults. */
static enum err read_map(const struct input *input, struct value map)
{
    const struct settings *settings = input->settings;
    bool seen[SETTINGS_MAX] = {false};
    enum err err = ERR_OK;
    invariant(settings->count <= SETTINGS_MAX);
    for (size_t i = 0; err == ERR_OK && i < value_count(map); i++) {
        const struct setting *row = row_of(settings, value_key(map, i));
        if (row == NULL)
            return complain(input->complaint, value_key_line(map, i),
                            "'%s' is not a key; %s lists them",
                            name_in(input, value_key(map, i)).text, settings->lists);
        err = set_value(input, row, value_at(map, i));
        seen[row - settings->rows] = true;
    }
    for (size_t i = 0; err == ERR_OK && i < settings->count; i++) {
        if (!seen[i])
            err = set_default(input, &settings->rows[i]);
    }
    if (err == ERR_OK && settings->check != NULL)
        err = settings->check(input->target, input->complaint);
    return err;
}

/* `key:` alone is a section with its defaults. */
static bool is_empty(struct value value)
{
    const char *text = value_text(value);
    return text != NULL && text[0] == '\0';
}

static enum err read_sections(const struct input *input, struct value map)
{
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < value_count(map); i++) {
        const struct setting *row = row_of(input->settings, value_key(map, i));
        struct value value = value_at(map, i);
        if (row->form != SETTING_SECTION)
            continue;
        if (value_kind(value) != VALUE_MAP && !is_empty(value))
            return complain_of(input, row, value_line(value), "has keys of its own");
        struct input inner = *input;
        inner.settings = row->section;
        inner.section = row->key;
        inner.target += row->offset;
        *(bool *)inner.target = true;
        err = read_map(&inner, value);
        if (err == ERR_CONFIG && input->complaint->line == 0)
            input->complaint->line = value_key_line(map, i);
    }
    return err;
}

enum err settings_parse(const struct settings *settings, struct bytes text, const char *directory,
                        void *target, struct complaint *complaint)
{
    struct input input = {settings, NULL, directory, target, complaint};
    struct document *document;
    enum err err = document_parse(text, &document, complaint);
    if (err != ERR_OK)
        return err;
    struct value root = document_root(document);
    /* Comments alone, as they are printed, are all the defaults. A file without a byte is one that
     * somebody failed to write. */
    bool is_default = value_kind(root) == VALUE_NONE && text.size > 0;
    if (value_kind(root) != VALUE_MAP && !is_default)
        err = complain(complaint, value_line(root), "a list of 'key: value' is expected");
    if (err == ERR_OK)
        err = read_map(&input, root);
    if (err == ERR_OK)
        err = read_sections(&input, root);
    document_close(document);
    return err;
}

enum err settings_default(const struct settings *settings, void *target,
                          struct complaint *complaint)
{
    struct input input = {settings, NULL, "/", target, complaint};
    *complaint = (struct complaint){.line = 0};
    return read_map(&input, (struct value){.place = 0});
}

/* ---- lines ---- */

static unsigned line_in(struct value map, const char *key, struct value *value)
{
    *value = (struct value){.place = 0};
    for (size_t i = 0; i < value_count(map); i++) {
        if (value_kind(map) != VALUE_MAP || strcmp(value_key(map, i), key) != 0)
            continue;
        *value = value_at(map, i);
        return value_key_line(map, i);
    }
    return 0;
}

unsigned settings_line(struct bytes text, const char *section, const char *key)
{
    struct document *document;
    struct complaint complaint;
    if (document_parse(text, &document, &complaint) != ERR_OK)
        return 0;
    struct value map = document_root(document);
    struct value value;
    unsigned around = section != NULL ? line_in(map, section, &map) : 0;
    unsigned line = line_in(map, key, &value);
    document_close(document);
    return line != 0 ? line : around;
}

/* ---- printing ---- */

/* Lines, each behind `mark`. */
static void print_lines(FILE *out, const char *mark, const char *text)
{
    fputs(mark, out);
    for (const char *at = text; *at != '\0'; at++) {
        fputc(*at, out);
        if (*at == '\n')
            fputs(mark, out);
    }
    fputc('\n', out);
}

/* What a line of the file begins with: a section is marked out as a whole, its comments are
 * comments of what is left when the marks are taken away. */
struct marks {
    const char *empty; /* line */
    const char *help;
    const char *standing; /* at its default */
    const char *wanted;   /* has none */
};

static void print_standard(FILE *out, const char *mark, const struct setting *row)
{
    bool is_block = row->standard[0] == '\n';
    fprintf(out, "%s%s:%s", mark, row->key, is_block ? "\n" : "");
    print_lines(out, is_block ? mark : " ", row->standard + is_block);
}

static void print_row(FILE *out, const struct marks *marks, const struct setting *row)
{
    if (row->help != NULL) {
        fputs(marks->empty, out);
        print_lines(out, marks->help, row->help);
    }
    if (row->form == SETTING_SECTION)
        fprintf(out, "%s%s:\n", marks->standing, row->key);
    else if (row->standard != NULL)
        print_standard(out, marks->standing, row);
    else
        fprintf(out, "%s%s: %s\n", marks->wanted, row->key, row->example);
}

void settings_print(const struct settings *settings, FILE *out)
{
    static const struct marks outer = {"\n", "# ", "# ", ""};
    static const struct marks inner = {"#\n", "#   # ", "#   ", "#   "};
    if (settings->title != NULL)
        print_lines(out, "# ", settings->title);
    for (size_t i = 0; i < settings->count; i++) {
        const struct setting *row = &settings->rows[i];
        print_row(out, &outer, row);
        for (size_t j = 0; row->section != NULL && j < row->section->count; j++)
            print_row(out, &inner, &row->section->rows[j]);
    }
}
