/* Genesis files: what parses is written again with the same bytes, and holds together. */
#include "proto/genesis.h"
#include "proto/invariant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct genesis genesis;
static uint8_t room[GENESIS_SIZE_MAX];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes file = bytes_of(data, size);
    if (genesis_parse(file, &genesis) != ERR_OK)
        return 0;
    struct writer again = writer_over(room, sizeof room);
    genesis_write(&again, &genesis);
    invariant(bytes_equal(writer_view(&again), file));

    invariant(genesis.ballots >= 1);
    invariant(genesis.organisation_count <= GENESIS_ORGANISATIONS_MAX);
    invariant(genesis.node_count >= 1 && genesis.node_count <= GENESIS_NODES_MAX);
    for (size_t i = 0; i < genesis.node_count; i++) {
        const struct genesis_node *node = &genesis.nodes[i];
        invariant(node->organisation < genesis.organisation_count);
        invariant(genesis.organisations[node->organisation].ca.size > 0);
        invariant(genesis_node(&genesis, node->id) == node);
        invariant(genesis_node_named(&genesis, node->name.text) == node);
        invariant(public_key_check(&node->key) == ERR_OK);
    }
    return 0;
}
