/* The table of nodes and links of a testnet's proxy: what is taken lies within the bounds. */
#include "proto/invariant.h"
#include "testnet/proxy/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct table table;
    struct complaint complaint = {0};
    if (table_parse(bytes_of(data, size), &table, &complaint) != ERR_OK) {
        invariant(complaint.text[0] != '\0');
        return 0;
    }
    invariant(table.node_count <= TABLE_NODES_MAX && table.link_count <= TABLE_LINKS_MAX);
    for (size_t i = 0; i < table.node_count; i++)
        invariant(is_country(table.nodes[i].country) &&
                  table_find(&table, table.nodes[i].name) == i);
    for (size_t i = 0; i < table.link_count; i++) {
        const struct table_link *link = &table.links[i];
        invariant(link->caller < table.node_count && link->called < table.node_count);
        invariant(link->caller != link->called);
        invariant(link->listen.port > 0 && link->target.port > 0);
    }
    return 0;
}
