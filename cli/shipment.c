#include "cli/shipment.h"

#include "cli/ask.h"
#include "cli/command.h"
#include "cli/connection.h"
#include "cli/interrupt.h"
#include "cli/memory.h"
#include "cli/progress.h"
#include "cli/remedy.h"
#include "proto/invariant.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>

enum { PAUSE_MS = 100 };

/* A statement under way. */
struct parcel {
    struct draft draft;
    size_t rows;
    uint64_t deadline_ms; /* when its answer is no longer waited for */
};

struct shipment {
    struct tool *tool;
    const struct signer *signer;
    const struct cargo *cargo;
    struct shipment_result *result;
    struct voyage voyage;
    uint32_t timeout_ms;
    size_t next;      /* row that is not yet sent */
    uint64_t number;  /* of the next statement in the lane */
    uint64_t settled; /* statements that have their answer: the oldest under way */
    struct parcel parcels[CONNECTION_SLOTS];
    uint8_t *request;
    uint8_t *items;
};

/* ---- sending ---- */

static enum err send_parcel(struct shipment *shipment, const struct parcel *parcel, unsigned slot)
{
    struct request request = {
        .kind = REQUEST_SUBMIT,
        .encoded = parcel->draft.encoded,
        .wait_committed = true,
        .timeout_ms = shipment->timeout_ms,
    };
    struct writer writer = writer_over(shipment->request, REQUEST_SIZE_MAX);
    request_write(&writer, &request);
    invariant(writer_ok(&writer));
    return connection_send(shipment->tool->connection, slot, writer_view(&writer));
}

/* The next statement: signed with the time and in the lane of the voyage. */
static enum err send_next(struct shipment *shipment)
{
    unsigned slot = (unsigned)(shipment->number % CONNECTION_SLOTS);
    struct parcel *parcel = &shipment->parcels[slot];
    const struct cargo *cargo = shipment->cargo;
    struct statement statement = signer_statement(shipment->signer, cargo->operation);
    struct writer items = writer_over(shipment->items, TX_SIZE_MAX);
    parcel->rows = cargo->load(cargo->context, shipment->next, cargo->batch, &statement, &items);
    invariant(parcel->rows > 0 && writer_ok(&items));
    statement.items = writer_view(&items);
    statement.lane = shipment->voyage.lane;
    statement.number = shipment->number;
    statement.issued_at_ms = shipment->voyage.issued_at_ms;
    statement.valid_until_ms = statement.issued_at_ms + SIGNER_VALIDITY_MS;
    enum err err = signer_sign(shipment->signer, &statement, &parcel->draft);
    if (err == ERR_OK)
        err = send_parcel(shipment, parcel, slot);
    if (err != ERR_OK) {
        draft_close(&parcel->draft);
        return err;
    }
    parcel->deadline_ms = tool_now_ms() + shipment->timeout_ms;
    shipment->next += parcel->rows;
    shipment->number++;
    return ERR_OK;
}

static bool has_room(const struct shipment *shipment)
{
    return shipment->next < shipment->cargo->row_count &&
           shipment->number - shipment->settled < CONNECTION_SLOTS && interrupt_pending() == 0;
}

/* ---- answers ---- */

/* The answer of a parcel; what the node could not say for lack of time, or of a leader, is asked
 * again until the deadline. */
static enum err await(struct shipment *shipment, const struct parcel *parcel, unsigned slot,
                      struct tx_answer *out)
{
    for (;;) {
        struct bytes response;
        struct response_head head;
        enum err err = connection_receive(shipment->tool->connection, slot, &response);
        if (err != ERR_OK)
            return err;
        struct reader reader = reader_over(response);
        response_head_read(&reader, &head);
        if (reader_ok(&reader) && head.err == ERR_OK)
            ask_read_tx(&reader, &parcel->draft.id, out);
        err = reader_done(&reader);
        if (err != ERR_OK)
            return ERR_INTERNAL;
        err = head.err != ERR_OK ? head.err : out->state == TX_PENDING ? ERR_TIMEOUT : ERR_OK;
        if (err == ERR_OK || err_kind(err) != ERR_KIND_LIMIT ||
            tool_now_ms() >= parcel->deadline_ms)
            return err;
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
        err = send_parcel(shipment, parcel, slot);
        if (err != ERR_OK)
            return err;
    }
}

/* All rows of the statement were so already: nothing was refused. */
static bool is_standing(enum err err)
{
    return err == ERR_CLAIM_STANDS || err == ERR_CLAIM_ABSENT || err == ERR_TAC_STANDS;
}

/* About some rows of this statement, not about the signer: others may go through. */
static bool is_about_rows(enum err err)
{
    return err == ERR_CLAIM_OF_OTHER || err == ERR_CLAIM_AMBIGUOUS || err == ERR_TAC_OF_OTHER;
}

static enum err settle(struct shipment *shipment, const struct parcel *parcel, enum err err,
                       const struct tx_answer *answer)
{
    struct shipment_result *result = shipment->result;
    if (err == ERR_OK && answer->state == TX_REFUSED)
        err = answer->err;
    if (err == ERR_OK) {
        size_t changed = answer->changed < parcel->rows ? answer->changed : parcel->rows;
        result->changed += changed;
        result->standing += parcel->rows - changed;
    } else if (is_standing(err)) {
        result->standing += parcel->rows;
    } else if (is_about_rows(err)) {
        result->refused += parcel->rows;
        tool_note(shipment->tool, "imei: %zu rows were refused together: %s\n      %s",
                  parcel->rows, err_sentence(err), "A smaller --batch shows which of them it is.");
    } else {
        return err;
    }
    result->statements++;
    result->done += parcel->rows;
    return ERR_OK;
}

static enum err receive_oldest(struct shipment *shipment)
{
    unsigned slot = (unsigned)(shipment->settled % CONNECTION_SLOTS);
    struct parcel *parcel = &shipment->parcels[slot];
    struct tx_answer answer = {0};
    enum err err = await(shipment, parcel, slot, &answer);
    err = settle(shipment, parcel, err, &answer);
    draft_close(&parcel->draft);
    shipment->settled++;
    return err;
}

/* ---- the whole ---- */

static enum err send_all(struct shipment *shipment)
{
    struct progress progress =
        progress_begin(shipment->tool->err, "sending", "rows", shipment->cargo->row_count);
    enum err err = ERR_OK;
    for (;;) {
        while (err == ERR_OK && has_room(shipment))
            err = send_next(shipment);
        if (err != ERR_OK || shipment->settled == shipment->number)
            break;
        err = receive_oldest(shipment);
        progress_show(&progress, shipment->result->done);
    }
    progress_end(&progress);
    return err;
}

/* What makes this import the same one in a second run. */
static struct hash identity_of(const struct signer *signer, const struct cargo *cargo)
{
    uint8_t head[2 * sizeof(uint64_t)];
    struct writer writer = writer_over(head, sizeof head);
    writer_u64(&writer, (uint64_t)cargo->operation);
    writer_u64(&writer, cargo->batch);
    struct hasher hasher;
    hasher_begin(&hasher);
    hasher_add(&hasher, signer->network.bytes, HASH_SIZE);
    hasher_add(&hasher, signer->kid.bytes, KEY_ID_SIZE);
    hasher_add(&hasher, head, sizeof head);
    hasher_add(&hasher, cargo->rows.bytes, HASH_SIZE);
    return hasher_end(&hasher);
}

static enum exit_code end(struct shipment *shipment, enum err err)
{
    struct shipment_result *result = shipment->result;
    struct tool *tool = shipment->tool;
    /* Its statements are too old, or another version of the tool began it: in a lane of its own it
     * goes through. */
    if (err == ERR_EXPIRED || err == ERR_NUMBER_TAKEN) {
        voyage_finish(&shipment->voyage);
        return tool_refused(tool, err, "%zu of %zu rows are done, run the same command again",
                            result->done, shipment->cargo->row_count);
    }
    if (err != ERR_OK && err_kind(err) == ERR_KIND_LIMIT)
        return tool_refused(tool, err, "%zu of %zu rows are done, the same command goes on there",
                            result->done, shipment->cargo->row_count);
    if (err != ERR_OK)
        return tool_refused(tool, err, "%s", tool->command->words);
    if (result->is_interrupted)
        return EXIT_DONE;
    voyage_finish(&shipment->voyage);
    return result->refused > 0 ? EXIT_REFUSED : EXIT_DONE;
}

enum exit_code shipment_send(struct tool *tool, const struct signer *signer,
                             const struct cargo *cargo, struct shipment_result *out)
{
    *out = (struct shipment_result){0};
    struct shipment shipment = {.tool = tool, .signer = signer, .cargo = cargo, .result = out};
    enum exit_code code = tool_timeout(tool, &shipment.timeout_ms);
    if (code == EXIT_DONE)
        code = ask_connect(tool);
    if (code != EXIT_DONE)
        return code;
    struct hash identity = identity_of(signer, cargo);
    code = voyage_open(tool, &identity, &shipment.voyage);
    if (code == EXIT_DONE) {
        out->is_resumed = shipment.voyage.is_resumed;
        shipment.request = memory_new(REQUEST_SIZE_MAX);
        shipment.items = memory_new(TX_SIZE_MAX);
        /* The first signal lets what is under way come home. */
        struct interrupt interrupt = interrupt_watch(true);
        enum err err = send_all(&shipment);
        interrupt_end(&interrupt);
        out->signal = interrupt_pending();
        out->is_interrupted = out->signal != 0 && out->done < cargo->row_count;
        code = end(&shipment, err);
        for (unsigned i = 0; i < CONNECTION_SLOTS; i++)
            draft_close(&shipment.parcels[i].draft);
        free(shipment.items);
        free(shipment.request);
    }
    voyage_close(&shipment.voyage);
    return code;
}
