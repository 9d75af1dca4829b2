#include "node/answer.h"

#include "ledger/standing.h"

#include <stdlib.h>

/* Bytes that a response has besides the elements of its list. */
enum { LIST_HEAD_MAX = 128 };

struct answerer {
    struct view *view;
    struct disk *disk;
    struct facts *facts;
    struct eir *eir;
    struct eir_desk *desks[FACE_COUNT]; /* opened by a first CHECK, on the thread that answers */
    enum face face;                     /* of the question under way */
    struct sighter *sighter;            /* NULL: off */
    struct check_answer check;          /* the answer under way */
    struct history_answer history;
    struct organisation_info organisation;
    struct standing_answer standing;
    struct sightings_answer sightings;
    uint8_t block[BLOCK_SIZE_MAX];
    uint8_t list[RESPONSE_SIZE_MAX - LIST_HEAD_MAX]; /* elements of the list under way */
};

enum err answerer_open(struct ledger *ledger, struct disk *disk, struct facts *facts,
                       struct eir *eir, struct sighter *sighter, struct answerer **out)
{
    *out = NULL;
    struct answerer *answerer = calloc(1, sizeof *answerer);
    if (answerer == NULL)
        return ERR_MEMORY;
    answerer->disk = disk;
    answerer->facts = facts;
    answerer->eir = eir;
    answerer->sighter = sighter;
    enum err err = view_open(ledger, &answerer->view);
    if (err != ERR_OK) {
        free(answerer);
        return err;
    }
    view_rest(answerer->view);
    *out = answerer;
    return ERR_OK;
}

void answerer_leave(struct answerer *answerer)
{
    for (size_t i = 0; i < FACE_COUNT; i++) {
        eir_desk_close(answerer->desks[i]);
        answerer->desks[i] = NULL;
    }
}

void answerer_close(struct answerer *answerer)
{
    if (answerer == NULL)
        return;
    view_close(answerer->view);
    free(answerer);
}

static void write_head(struct writer *writer, const struct ledger_position *position,
                       const struct facts_row *facts)
{
    struct response_head head = {
        .err = ERR_OK,
        .height = position->height,
        .age_ms = facts_age_ms(facts, position->time_ms),
    };
    response_head_write(writer, &head);
}

void answer_write_error(struct writer *writer, enum err err)
{
    struct response_head head = {.err = err, .age_ms = AGE_UNKNOWN};
    writer->size = 0;
    writer->err = ERR_OK;
    response_head_write(writer, &head);
}

void answer_write_tx(struct writer *writer, const struct ledger_position *position,
                     const struct facts_row *facts, const struct tx_answer *answer)
{
    write_head(writer, position, facts);
    tx_answer_write(writer, answer);
}

static enum err write_status(const struct ledger_position *position, const struct facts_row *facts,
                             struct writer *writer)
{
    struct status status = facts->status;
    status.height = position->height;
    status.head = position->head;
    status.transactions = position->transactions;
    status.root = position->root;
    status_write(writer, &status);
    return ERR_OK;
}

/* A list of which as many elements are written as fit: the client asks for the rest. */
struct list {
    struct writer elements;
    size_t count;
};

static struct list list_begin(struct answerer *answerer)
{
    return (struct list){.elements = writer_over(answerer->list, sizeof answerer->list)};
}

/* True when the element that was written after `size` bytes fits; else it is taken back. Another
 * error than a full list sticks. */
static bool list_took(struct list *list, size_t size)
{
    if (writer_ok(&list->elements)) {
        list->count++;
        return true;
    }
    if (list->elements.err == ERR_TOO_LARGE && list->count > 0) {
        list->elements.size = size;
        list->elements.err = ERR_OK;
    }
    return false;
}

static void list_end(const struct list *list, struct writer *writer)
{
    struct bytes elements = writer_view(&list->elements);
    if (!writer_ok(&list->elements))
        writer_fail(writer, list->elements.err);
    cbor_put_array(writer, list->count);
    writer_bytes(writer, elements.data, elements.size);
}

/* Claims and verdict of one state. */
static enum err check(struct answerer *answerer, const struct request *request, struct imei imei)
{
    struct check_answer *answer = &answerer->check;
    struct question question = {.imei = imei, .svn = IMEI_SVN_NONE, .imsi = request->imsi};
    struct decision decision;
    enum err err = ERR_OK;
    struct eir_desk **desk = &answerer->desks[answerer->face];
    if (*desk == NULL)
        err = eir_desk_open(answerer->eir, answerer->face, desk);
    if (err == ERR_OK)
        err = view_device(answerer->view, imei, answer);
    if (err != ERR_OK)
        return err;
    answer->has_grounds = request->explain;
    if (!eir_ask_at(*desk, answerer->view, &question, &decision,
                    request->explain ? &answer->grounds : NULL))
        return ERR_IO;
    answer->verdict = decision.verdict;
    return ERR_OK;
}

static enum err write_checks(struct answerer *answerer, const struct request *request,
                             struct writer *writer)
{
    struct list list = list_begin(answerer);
    size_t size;
    do {
        size = list.elements.size;
        enum err err = check(answerer, request, request->imeis[list.count]);
        if (err != ERR_OK)
            return err;
        check_answer_write(&list.elements, &answerer->check);
    } while (list_took(&list, size) && list.count < request->imei_count);
    list_end(&list, writer);
    return ERR_OK;
}

static enum err write_history(struct answerer *answerer, const struct request *request,
                              struct writer *writer)
{
    enum err err = view_history(answerer->view, request->imeis[0], request->from_start,
                                request->after, &answerer->history);
    if (err == ERR_OK)
        history_answer_write(writer, &answerer->history);
    return err;
}

static enum err write_tac(struct answerer *answerer, const struct request *request,
                          struct writer *writer)
{
    struct tac_info info;
    enum err err = view_tac(answerer->view, request->tac, &info);
    if (err == ERR_OK)
        tac_info_write(writer, &info);
    return err;
}

/* The bytes of a transaction of the ledger, from its block. */
static enum err find_encoded(struct answerer *answerer, struct tx_answer *answer)
{
    struct block block;
    enum err err =
        disk_read(answerer->disk, answer->height, answerer->block, sizeof answerer->block, &block);
    if (err != ERR_OK)
        return err;
    struct block_walk walk = block_walk(&block);
    for (uint32_t i = 0; i <= answer->position; i++) {
        if (!block_walk_next(&walk, &answer->encoded))
            return ERR_DAMAGED;
    }
    return ERR_OK;
}

static enum err write_transaction(struct answerer *answerer, const struct request *request,
                                  struct writer *writer)
{
    struct tx_answer answer;
    enum err err = view_transaction(answerer->view, &request->id, &answer);
    if (err == ERR_OK && answer.state == TX_UNKNOWN)
        return ERR_NOT_FOUND;
    if (err == ERR_OK)
        err = find_encoded(answerer, &answer);
    if (err == ERR_OK)
        tx_answer_write(writer, &answer);
    return err;
}

/* The list of the one organisation that has the key. */
static enum err write_key_holder(struct answerer *answerer, const struct key_id *kid,
                                 struct writer *writer)
{
    struct key_info key;
    enum err err = view_key(answerer->view, kid, &key);
    if (err == ERR_OK)
        err = view_organisation(answerer->view, key.organisation, &answerer->organisation);
    if (err != ERR_OK)
        return err;
    cbor_put_array(writer, 1);
    organisation_info_write(writer, &answerer->organisation);
    return ERR_OK;
}

static enum err write_organisations(struct answerer *answerer, const struct request *request,
                                    struct writer *writer)
{
    struct list list = list_begin(answerer);
    enum err err = ERR_OK;
    size_t size;
    uint16_t number = request->first > 0 ? request->first : 1;
    if (request->has_kid)
        return write_key_holder(answerer, &request->kid, writer);
    do {
        size = list.elements.size;
        err = view_organisation(answerer->view, number++, &answerer->organisation);
        if (err != ERR_OK)
            break;
        organisation_info_write(&list.elements, &answerer->organisation);
    } while (list_took(&list, size) && number != 0);
    if (err == ERR_OK || err == ERR_NOT_FOUND)
        list_end(&list, writer);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err write_nodes(struct answerer *answerer, const struct request *request,
                            struct writer *writer)
{
    struct list list = list_begin(answerer);
    enum err err = ERR_OK;
    size_t size;
    uint32_t from = request->first_node;
    do {
        size = list.elements.size;
        struct node_info node;
        err = view_node_from(answerer->view, from, &node);
        if (err != ERR_OK)
            break;
        node_info_write(&list.elements, &node);
        from = node.id + 1;
    } while (list_took(&list, size) && from != 0);
    if (err == ERR_OK || err == ERR_NOT_FOUND)
        list_end(&list, writer);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err write_standing(struct answerer *answerer, const struct request *request,
                               struct writer *writer)
{
    struct key_info key;
    enum err err = view_key(answerer->view, &request->kid, &key);
    if (err != ERR_OK)
        return err;
    const struct standing_of question = {key.organisation, request->claim_kind, request->reason,
                                         request->from};
    err = view_standing_of(answerer->view, &question, &answerer->standing);
    if (err == ERR_OK)
        standing_answer_write(writer, &answerer->standing);
    return err;
}

static enum err write_sightings(struct answerer *answerer, const struct request *request,
                                struct writer *writer)
{
    if (answerer->sighter == NULL)
        return ERR_SWITCHED_OFF;
    sighter_answer(answerer->sighter, request->from, &answerer->sightings);
    sightings_answer_write(writer, &answerer->sightings);
    return ERR_OK;
}

static enum err write_body(struct answerer *answerer, const struct request *request,
                           const struct ledger_position *position, const struct facts_row *facts,
                           struct writer *writer)
{
    switch (request->kind) {
    case REQUEST_STATUS: return write_status(position, facts, writer);
    case REQUEST_CHECK: return write_checks(answerer, request, writer);
    case REQUEST_HISTORY: return write_history(answerer, request, writer);
    case REQUEST_TAC: return write_tac(answerer, request, writer);
    case REQUEST_TRANSACTION: return write_transaction(answerer, request, writer);
    case REQUEST_ORGANISATIONS: return write_organisations(answerer, request, writer);
    case REQUEST_NODES: return write_nodes(answerer, request, writer);
    case REQUEST_STANDING: return write_standing(answerer, request, writer);
    case REQUEST_SIGHTINGS: return write_sightings(answerer, request, writer);
    case REQUEST_SUBMIT: break;
    }
    return ERR_INTERNAL;
}

bool answer_write(struct answerer *answerer, const struct request *request, enum face face,
                  struct writer *writer)
{
    answerer->face = face;
    struct facts_row facts = facts_get(answerer->facts);
    enum err err = view_refresh(answerer->view);
    if (err == ERR_OK) {
        struct ledger_position position = view_position(answerer->view);
        write_head(writer, &position, &facts);
        err = write_body(answerer, request, &position, &facts, writer);
    }
    view_rest(answerer->view);
    if (err == ERR_NOT_FOUND && request->kind == REQUEST_TRANSACTION)
        return false;
    if (err == ERR_OK)
        err = writer->err;
    if (err != ERR_OK)
        answer_write_error(writer, err);
    return true;
}
