#include "cli/command.h"
#include "cli/file.h"
#include "cli/input.h"
#include "cli/memory.h"
#include "cli/network.h"
#include "cli/show.h"
#include "json/answer.h"

#include <stdlib.h>

static const struct field fields[] = {
    {"Network", "name", SHOW_PLAIN},
    {"Network id", "network", SHOW_PLAIN},
    {"Time", "time_ms", SHOW_TIME},
    {"Ballots", "ballots", SHOW_PLAIN},
    {"Skew, at most", "skew_max_ms", SHOW_AGE},
};
static const struct field organisations[] = {
    {"ORGANISATION", "name", SHOW_PLAIN}, {"COUNTRY", "country", SHOW_PLAIN},
    {"ROLES", "roles", SHOW_PLAIN},       {"CA", "ca", SHOW_PLAIN},
    {"KEYS", "key_ids", SHOW_PLAIN},
};
static const struct field nodes[] = {
    {"ID", "id", SHOW_AMOUNT},          {"NODE", "name", SHOW_PLAIN},
    {"OF", "organisation", SHOW_PLAIN}, {"ADDRESS", "address", SHOW_PLAIN},
    {"KEY", "key.id", SHOW_PLAIN},
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void add_key_ids(json_t *list)
{
    size_t index;
    json_t *organisation;
    json_array_foreach(list, index, organisation)
    {
        json_t *ids = json_array();
        size_t k;
        const json_t *key;
        json_array_foreach(json_object_get(organisation, "keys"), k, key)
        {
            json_array_append(ids, json_object_get(key, "id"));
        }
        json_object_set_new(organisation, "key_ids", ids);
    }
}

static enum exit_code show(struct tool *tool, const struct genesis *genesis)
{
    json_t *value = answer_genesis(genesis);
    enum exit_code code;
    if (tool_has(tool, OPTION_JSON)) {
        code = show_json(tool, value);
    } else {
        json_t *list = json_object_get(value, "organisations");
        add_key_ids(list);
        show_record(tool, fields, COUNT(fields), value);
        fputc('\n', tool->out);
        code = show_table(tool, organisations, COUNT(organisations), list, true);
        fputc('\n', tool->out);
        if (code == EXIT_DONE)
            code = show_table(tool, nodes, COUNT(nodes), json_object_get(value, "nodes"), true);
    }
    json_decref(value);
    return code;
}

/* The bytes of the file are read again as every node will read them, before anybody gets them. */
static enum exit_code write_genesis(struct tool *tool, const char *path, struct genesis *genesis)
{
    const char *out = tool_value(tool, OPTION_OUT);
    uint8_t *data = memory_new(GENESIS_SIZE_MAX);
    struct genesis *again = memory_new(sizeof *again);
    struct writer writer = writer_over(data, GENESIS_SIZE_MAX);
    genesis_write(&writer, genesis);
    enum err err = writer.err;
    if (err == ERR_OK)
        err = genesis_parse(writer_view(&writer), again);
    enum exit_code code =
        err == ERR_OK ? file_make(tool, out, writer_view(&writer), 0644)
                      : tool_misused(tool, "Correct the file.", "%s: %s", path, err_sentence(err));
    if (code == EXIT_DONE)
        code = show(tool, again);
    free(again);
    free(data);
    return code;
}

/* No block's time is before the genesis's, nor further ahead of a node's clock than this. */
static bool is_ahead(const struct genesis *genesis)
{
    return genesis->time_ms > tool_now_ms() + genesis->skew_max_ms;
}

enum exit_code cmd_genesis_new(struct tool *tool)
{
    const char *path = tool->arguments.operands[0];
    if (!tool_has(tool, OPTION_OUT))
        return tool_misused(tool, "Give --out FILE.", "where shall the genesis file go?");
    uint8_t *data;
    size_t size;
    enum exit_code code =
        file_take(tool, "the network's file", path, DOCUMENT_SIZE_MAX, &data, &size);
    if (code != EXIT_DONE)
        return code;
    struct network *network;
    struct complaint complaint;
    struct network_source source = network_source_beside(path);
    enum err err = network_read(bytes_of(data, size), &source, tool_now_ms(), &network, &complaint);
    free(data);
    if (err != ERR_OK)
        code = input_refused(tool, path, ERR_CONFIG, &complaint,
                             "imei help genesis new shows such a file.");
    else if (is_ahead(network_genesis(network)))
        code = tool_misused(tool, "Set time to a moment that has passed, or leave it out.",
                            "%s: the network would begin in the future: its nodes would take no "
                            "block until then",
                            path);
    else
        code = write_genesis(tool, path, network_genesis(network));
    network_close(network);
    network_source_close(&source);
    return code;
}

enum exit_code cmd_genesis_show(struct tool *tool)
{
    const char *path = tool->arguments.operands[0];
    uint8_t *data;
    size_t size;
    enum exit_code code = file_take(tool, "the genesis file", path, GENESIS_SIZE_MAX, &data, &size);
    if (code != EXIT_DONE)
        return code;
    struct genesis *genesis = memory_new(sizeof *genesis);
    enum err err = genesis_parse(bytes_of(data, size), genesis);
    code = err == ERR_OK ? show(tool, genesis)
                         : tool_misused(tool, "Name the file that imei genesis new wrote.",
                                        "%s: %s", path, err_sentence(err));
    free(genesis);
    free(data);
    return code;
}
