/* What a hostile leader does with what it is given: transactions, its clock; and what it overlooks
 * in its own ledger so as not to stop at its own lies. */
#include "ledger/checkpoints.h"
#include "ledger/nodes.h"
#include "node/clock.h"
#include "node/intake.h"
#include "node/pool.h"
#include "proto/invariant.h"

#include "tests/hostile/lies.h"
#include "tests/hostile/wire.h"

#define DAY_MS (UINT64_C(24) * 3600 * 1000)

bool __real_pool_fill(void *context, struct block_build *build);
bool __wrap_pool_fill(void *context, struct block_build *build);
uint64_t __real_clock_wall_ms(void);
uint64_t __wrap_clock_wall_ms(void);
enum err __real_nodes_take_members(struct state *state, struct bytes entry);
enum err __wrap_nodes_take_members(struct state *state, struct bytes entry);
enum err __real_checkpoint_check(struct state *state, struct bytes entry);
enum err __wrap_checkpoint_check(struct state *state, struct bytes entry);
void __real_intake_receive(struct intake *intake, uint32_t from, struct bytes frame);
void __wrap_intake_receive(struct intake *intake, uint32_t from, struct bytes frame);

/* ---- blocks ---- */

static void add(struct block_build *build, struct bytes entry)
{
    enum err err = block_build_add(build, entry);
    invariant(err == ERR_OK); /* the same bytes fitted in another order */
}

/* The last byte is one of the signature: the id stays. One in the middle is of what is signed. */
static void alter(struct bytes entry, uint32_t number, struct block_build *out)
{
    static uint8_t copy[TX_SIZE_MAX];
    memcpy(copy, entry.data, entry.size);
    copy[number % 2 == 0 ? entry.size - 1 : entry.size / 2] ^= 1;
    add(out, bytes_of(copy, entry.size));
}

static void refill(const struct block_build *honest, struct block_build *out, enum lie lie)
{
    struct bytes entries[BLOCK_TX_MAX];
    struct reader reader = reader_over(
        bytes_of(honest->writer.data + BLOCK_HEADER_SIZE, honest->writer.size - BLOCK_HEADER_SIZE));
    for (uint32_t i = 0; i < honest->count; i++) {
        uint32_t size = reader_u32(&reader);
        entries[i] = reader_bytes(&reader, size);
    }
    invariant(reader_done(&reader) == ERR_OK);
    for (uint32_t i = 0; i < honest->count; i++) {
        if (lie == LIE_ALTER)
            alter(entries[i], i, out);
        else
            add(out, entries[honest->count - 1 - i]);
    }
}

bool __wrap_pool_fill(void *context, struct block_build *build)
{
    static uint8_t buffer[BLOCK_SIZE_MAX];
    enum lie lie = lies_now();
    struct block_build honest;
    if (lie != LIE_ALTER && lie != LIE_REORDER && lie != LIE_DROP)
        return __real_pool_fill(context, build);
    block_build(&honest, buffer, sizeof buffer);
    bool is_awaited = __real_pool_fill(context, &honest);
    if (honest.count == 0)
        return is_awaited;
    lies_told(lie);
    if (lie != LIE_DROP)
        refill(&honest, build, lie);
    return is_awaited;
}

/* ---- time ---- */

/* A clock that is behind would refuse what the others' leaders make, and so never lead. */
uint64_t __wrap_clock_wall_ms(void)
{
    uint64_t now_ms = __real_clock_wall_ms();
    switch ((int)lies_now()) {
    case LIE_AHEAD: return now_ms + DAY_MS;
    case LIE_BEHIND: return lies_is_leading() ? now_ms - DAY_MS : now_ms;
    default: return now_ms;
    }
}

/* ---- its own ledger ---- */

enum err __wrap_nodes_take_members(struct state *state, struct bytes entry)
{
    enum err err = __real_nodes_take_members(state, entry);
    return err == ERR_MEMBERS ? ERR_OK : err;
}

enum err __wrap_checkpoint_check(struct state *state, struct bytes entry)
{
    enum err err = __real_checkpoint_check(state, entry);
    return err == ERR_CHECKPOINT ? ERR_OK : err;
}

/* ---- answers ---- */

static void refuse_all(uint32_t from, struct bytes transactions)
{
    struct reader reader = reader_over(transactions);
    struct bytes encoded;
    while (block_frame_next(&reader, &encoded)) {
        struct transaction transaction;
        uint8_t buffer[64];
        struct writer writer = writer_over(buffer, sizeof buffer);
        if (transaction_parse(encoded, &transaction) != ERR_OK)
            continue;
        struct peer_refused refused = {.id = transaction.id, .err = ERR_ROLE};
        peer_refused_write(&writer, &refused);
        (void)wire_say(from, PEER_CONTROL, writer_view(&writer));
        lies_told(LIE_REFUSE);
    }
}

void __wrap_intake_receive(struct intake *intake, uint32_t from, struct bytes frame)
{
    struct bytes transactions;
    if (lies_now() == LIE_REFUSE && peer_submit_parse(frame, &transactions) == ERR_OK)
        refuse_all(from, transactions);
    else
        __real_intake_receive(intake, from, frame);
}
