/* Entries of configuration blocks: what parses is sound, and is written again with the same bytes.
 */
#include "proto/invariant.h"
#include "proto/raft_members.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_of(data, size);
    struct raft_members members;
    if (raft_members_parse(input, &members) != ERR_OK) {
        invariant(members.count == 0);
        return 0;
    }
    invariant(raft_members_sound(&members));
    uint8_t room[RAFT_MEMBERS_SIZE_MAX];
    struct writer again = writer_over(room, sizeof room);
    raft_members_write(&again, &members);
    invariant(bytes_equal(writer_view(&again), input));
    return 0;
}
