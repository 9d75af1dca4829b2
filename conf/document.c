#include "conf/document.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

struct document {
    yaml_document_t yaml;
};

enum err complain(struct complaint *complaint, unsigned line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    complaint->line = line;
    complaint->key = NULL;
    vsnprintf(complaint->text, sizeof complaint->text, format, arguments);
    va_end(arguments);
    return ERR_CONFIG;
}

enum err complain_of_file(struct complaint *complaint, const char *key, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    complaint->line = 0;
    complaint->key = key;
    vsnprintf(complaint->text, sizeof complaint->text, format, arguments);
    va_end(arguments);
    return ERR_CONFIG;
}

static yaml_node_t *node_of(struct value value)
{
    if (value.place == 0)
        return NULL;
    return yaml_document_get_node(&value.document->yaml, value.place);
}

struct value document_root(struct document *document)
{
    bool is_empty = document->yaml.nodes.start == document->yaml.nodes.top;
    return (struct value){.document = document, .place = is_empty ? 0 : 1};
}

enum value_kind value_kind(struct value value)
{
    const yaml_node_t *node = node_of(value);
    if (node == NULL)
        return VALUE_NONE;
    switch (node->type) {
    case YAML_SCALAR_NODE: return VALUE_TEXT;
    case YAML_SEQUENCE_NODE: return VALUE_LIST;
    case YAML_MAPPING_NODE: return VALUE_MAP;
    case YAML_NO_NODE: break;
    }
    return VALUE_NONE;
}

unsigned value_line(struct value value)
{
    const yaml_node_t *node = node_of(value);
    return node == NULL ? 0 : (unsigned)node->start_mark.line + 1;
}

const char *value_text(struct value value)
{
    const yaml_node_t *node = node_of(value);
    if (node == NULL || node->type != YAML_SCALAR_NODE)
        return NULL;
    const char *text = (const char *)node->data.scalar.value;
    return strlen(text) == node->data.scalar.length ? text : NULL;
}

size_t value_count(struct value value)
{
    const yaml_node_t *node = node_of(value);
    if (node == NULL)
        return 0;
    if (node->type == YAML_SEQUENCE_NODE)
        return (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    if (node->type == YAML_MAPPING_NODE)
        return (size_t)(node->data.mapping.pairs.top - node->data.mapping.pairs.start);
    return 0;
}

struct value value_at(struct value value, size_t position)
{
    const yaml_node_t *node = node_of(value);
    if (position >= value_count(value))
        return (struct value){.document = value.document, .place = 0};
    int place = node->type == YAML_SEQUENCE_NODE ? node->data.sequence.items.start[position]
                                                 : node->data.mapping.pairs.start[position].value;
    return (struct value){.document = value.document, .place = place};
}

static struct value key_at(struct value map, size_t position)
{
    const yaml_node_t *node = node_of(map);
    bool is_pair = position < value_count(map) && node->type == YAML_MAPPING_NODE;
    return (struct value){
        .document = map.document,
        .place = is_pair ? node->data.mapping.pairs.start[position].key : 0,
    };
}

const char *value_key(struct value map, size_t position)
{
    return value_text(key_at(map, position));
}

unsigned value_key_line(struct value map, size_t position)
{
    return value_line(key_at(map, position));
}

enum err value_number(struct value value, uint64_t max, uint64_t *out)
{
    const char *text = value_text(value);
    uint64_t number = 0;
    *out = 0;
    if (text == NULL || *text == '\0')
        return ERR_OUT_OF_RANGE;
    for (const char *at = text; *at != '\0'; at++) {
        uint64_t digit = (uint64_t)(*at - '0');
        if (*at < '0' || *at > '9' || number > max / 10 || digit > max - number * 10)
            return ERR_OUT_OF_RANGE;
        number = number * 10 + digit;
    }
    *out = number;
    return ERR_OK;
}

/* Keys are plain and stand once in their map. */
static enum err check_map(struct value map, struct complaint *complaint)
{
    size_t count = value_count(map);
    for (size_t i = 0; i < count; i++) {
        const char *key = value_key(map, i);
        if (key == NULL)
            return complain(complaint, value_key_line(map, i), "a key is a plain word");
        for (size_t j = 0; j < i; j++) {
            if (strcmp(key, value_key(map, j)) == 0)
                return complain(complaint, value_key_line(map, i), "key '%s' stands here twice",
                                key);
        }
    }
    return ERR_OK;
}

static enum err check_nodes(struct document *document, struct complaint *complaint)
{
    int count = (int)(document->yaml.nodes.top - document->yaml.nodes.start);
    for (int place = 1; place <= count; place++) {
        struct value value = {.document = document, .place = place};
        if (value_kind(value) != VALUE_MAP)
            continue;
        enum err err = check_map(value, complaint);
        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}

static bool has_anchor(const yaml_event_t *event)
{
    return (event->type == YAML_SCALAR_EVENT && event->data.scalar.anchor != NULL) ||
           (event->type == YAML_SEQUENCE_START_EVENT &&
            event->data.sequence_start.anchor != NULL) ||
           (event->type == YAML_MAPPING_START_EVENT && event->data.mapping_start.anchor != NULL);
}

/* Of what cannot be read as text libyaml knows the place in bytes alone. */
static unsigned problem_line(const yaml_parser_t *parser, struct bytes input)
{
    if (parser->error != YAML_READER_ERROR)
        return (unsigned)parser->problem_mark.line + 1;
    unsigned line = 1;
    for (size_t i = 0; i < input.size && i < parser->problem_offset; i++)
        line += input.data[i] == '\n';
    return line;
}

/* Aliases make one node appear in several places, without end if nested: none are allowed, and no
 * anchors for them. */
static enum err refuse_aliases(struct bytes input, struct complaint *complaint)
{
    yaml_parser_t parser;
    yaml_event_t event;
    enum err err = ERR_OK;
    bool is_over = false;
    unsigned documents = 0;
    if (yaml_parser_initialize(&parser) == 0)
        return ERR_MEMORY;
    yaml_parser_set_input_string(&parser, input.data, input.size);
    while (err == ERR_OK && !is_over) {
        if (yaml_parser_parse(&parser, &event) == 0) {
            err = complain(complaint, problem_line(&parser, input), "not YAML: %s",
                           parser.problem != NULL ? parser.problem : "unreadable");
            break;
        }
        unsigned line = (unsigned)event.start_mark.line + 1;
        if (event.type == YAML_ALIAS_EVENT || has_anchor(&event))
            err = complain(complaint, line, "anchors (&) and aliases (*) are not allowed here");
        if (event.type == YAML_DOCUMENT_START_EVENT && ++documents > 1)
            err = complain(complaint, line, "a second document begins here");
        is_over = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return err;
}

static enum err load(struct bytes input, struct document *document)
{
    yaml_parser_t parser;
    if (yaml_parser_initialize(&parser) == 0)
        return ERR_MEMORY;
    yaml_parser_set_input_string(&parser, input.data, input.size);
    int loaded = yaml_parser_load(&parser, &document->yaml);
    yaml_parser_delete(&parser);
    return loaded == 0 ? ERR_MEMORY : ERR_OK;
}

enum err document_parse(struct bytes input, struct document **out, struct complaint *complaint)
{
    *out = NULL;
    *complaint = (struct complaint){.line = 0};
    if (input.size > DOCUMENT_SIZE_MAX)
        return complain(complaint, 0, "larger than %d bytes", DOCUMENT_SIZE_MAX);
    enum err err = refuse_aliases(input, complaint);
    if (err != ERR_OK)
        return err;
    struct document *document = calloc(1, sizeof *document);
    if (document == NULL)
        return ERR_MEMORY;
    err = load(input, document);
    if (err != ERR_OK) {
        free(document);
        return err;
    }
    err = check_nodes(document, complaint);
    if (err != ERR_OK) {
        document_close(document);
        return err;
    }
    *out = document;
    return ERR_OK;
}

void document_close(struct document *document)
{
    if (document == NULL)
        return;
    yaml_document_delete(&document->yaml);
    free(document);
}
