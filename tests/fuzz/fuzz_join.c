/* The nodes that a new node is told of: what is taken is bounded, in order, and sound; the last 33
 * bytes are its own key, the four before them the first id asked for. */
#include "node/join.h"
#include "proto/invariant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TAIL = PUBLIC_KEY_SIZE + 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct join_answer answer;
    struct public_key key;
    if (size < TAIL)
        return 0;
    struct reader tail = reader_over(bytes_of(data + size - TAIL, TAIL));
    uint32_t first = reader_u32(&tail);
    memcpy(&key, data + size - PUBLIC_KEY_SIZE, sizeof key);
    answer = (struct join_answer){.err = ERR_OK};
    struct reader body = reader_over(bytes_of(data, size - TAIL));
    uint32_t next;
    if (join_read_page(&body, &key, first, &answer, &next) != ERR_OK)
        return 0;
    invariant(answer.count <= MEMBERS_MAX);
    for (size_t i = 0; i < answer.count; i++) {
        invariant(answer.members[i].id >= first);
        invariant(i == 0 || answer.members[i].id > answer.members[i - 1].id);
        invariant(answer.members[i].member != MEMBERSHIP_NONE);
        invariant(memcmp(&answer.members[i].key, &key, sizeof key) != 0);
    }
    invariant(!answer.has_self || memcmp(&answer.self.key, &key, sizeof key) == 0);
    return 0;
}
