#include "testnet/proxy/table.h"

#include "testnet/proxy/words.h"

#include <string.h>

static bool is_name(const char *text)
{
    size_t size = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.-");
    return size > 0 && size <= NAME_SIZE_MAX && text[size] == '\0';
}

size_t table_find(const struct table *table, const char *name)
{
    size_t place = 0;
    while (place < table->node_count && strcmp(table->nodes[place].name, name) != 0)
        place++;
    return place;
}

static const char *read_node(const struct words *words, struct table *table)
{
    if (words->count != 3 || !is_name(words->at[1]) || !is_country(words->at[2]))
        return "wants 'node NAME COUNTRY', a name of a-z, 0-9, - and ., a country of two capitals";
    if (table_find(table, words->at[1]) < table->node_count)
        return "this node is there already";
    if (table->node_count == TABLE_NODES_MAX)
        return "too many nodes";
    struct table_node *node = &table->nodes[table->node_count++];
    memcpy(node->name, words->at[1], strlen(words->at[1]) + 1);
    memcpy(node->country, words->at[2], sizeof node->country);
    return NULL;
}

static bool has_link(const struct table *table, size_t caller, size_t called)
{
    for (size_t i = 0; i < table->link_count; i++) {
        if (table->links[i].caller == caller && table->links[i].called == called)
            return true;
    }
    return false;
}

static const char *read_link(const struct words *words, struct table *table)
{
    struct table_link link;
    if (words->count != 5 || host_port_parse(words->at[3], &link.listen) != ERR_OK ||
        host_port_parse(words->at[4], &link.target) != ERR_OK)
        return "wants 'link CALLER CALLED LISTEN-HOST:PORT TARGET-HOST:PORT'";
    link.caller = table_find(table, words->at[1]);
    link.called = table_find(table, words->at[2]);
    if (link.caller == table->node_count || link.called == table->node_count)
        return "no 'node' line before this one has that name";
    if (link.caller == link.called || has_link(table, link.caller, link.called))
        return "a link is between two nodes, and each is there once";
    table->links[table->link_count++] = link; /* each once, so there is room */
    return NULL;
}

static const char *read_row(const struct words *words, struct table *table)
{
    if (words->count == 0)
        return NULL;
    if (strcmp(words->at[0], "node") == 0)
        return read_node(words, table);
    if (strcmp(words->at[0], "link") == 0)
        return read_link(words, table);
    return "a line begins with 'node' or 'link'";
}

enum err table_parse(struct bytes text, struct table *out, struct complaint *complaint)
{
    struct lines lines = {.rest = text};
    struct bytes line;
    struct words words;
    out->node_count = out->link_count = 0;
    if (text.size > TABLE_TEXT_MAX)
        return complain(complaint, 0, "larger than %d bytes", TABLE_TEXT_MAX);
    while (lines_next(&lines, &line)) {
        enum err err = words_parse(line, &words);
        const char *wrong = err == ERR_OK ? read_row(&words, out) : err_sentence(err);
        if (wrong != NULL)
            return complain(complaint, lines.number, "%s", wrong);
    }
    return ERR_OK;
}
