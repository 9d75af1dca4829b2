#include "front/api_ledger.h"

#include "proto/cbor.h"
#include "json/answer.h"

#include <stdlib.h>

/* Organisations or nodes of one answer; the rest comes by `next`. */
enum { LIST_MAX = 1000 };

/* ---- status ---- */

static enum err read_status(struct turn *turn)
{
    turn->request = (struct request){.kind = REQUEST_STATUS};
    turn->asks = true;
    return turn_params(turn, NULL, 0);
}

static enum err write_status(struct turn *turn, struct reader *body)
{
    struct status *status = malloc(sizeof *status);
    if (status == NULL)
        return ERR_MEMORY;
    status_read(body, status);
    if (reader_ok(body)) {
        json_t *value = answer_status(status);
        answer_add_head(value, &turn->head);
        print_value(&turn->text, value);
    }
    free(status);
    return ERR_OK;
}

const struct turn_plan api_status_plan = {
    .scope = API_SCOPE,
    .gives = "application/json",
    .read = read_status,
    .write = write_status,
};

/* ---- a TAC ---- */

static enum err read_tac(struct turn *turn)
{
    char text[TAC_DIGITS + 2];
    size_t size;
    enum err err = turn_params(turn, NULL, 0);
    turn->request = (struct request){.kind = REQUEST_TAC};
    turn->asks = true;
    if (err == ERR_OK)
        err = turn_segment(turn, 0, text, TAC_DIGITS + 1, &size);
    if (err != ERR_OK || tac_parse(text, size, &turn->request.tac) == ERR_OK)
        return err;
    turn->refusal.detail = "a TAC has eight digits";
    return turn_wrong(turn, ERR_OUT_OF_RANGE, "tac");
}

static enum err write_tac(struct turn *turn, struct reader *body)
{
    struct tac_info tac;
    tac_info_read(body, &tac);
    if (!reader_ok(body))
        return ERR_INTERNAL;
    json_t *value = answer_tac(&tac);
    answer_add_as_of(value, &turn->head);
    print_value(&turn->text, value);
    return ERR_OK;
}

const struct turn_plan api_tac_plan = {
    .scope = API_SCOPE,
    .gives = "application/json",
    .read = read_tac,
    .write = write_tac,
};

/* ---- lists ---- */

/* The node tells a list in pieces, until one is empty: `value` has it under `key` until then. */
static enum err read_list(struct turn *turn, enum request_kind kind, const char *key, uint64_t max)
{
    uint64_t from = 0;
    const struct param params[] = {
        {.name = "from", .form = PARAM_NUMBER, .out = &from, .max = max},
    };
    turn->value = json_pack("{s:[]}", key);
    enum err err = turn_params(turn, params, 1);
    turn->request =
        (struct request){.kind = kind, .first = (uint16_t)from, .first_node = (uint32_t)from};
    turn->asks = true;
    return err;
}

/* After a piece: the next one, from `next` on, or the end; with 0 there can be no further one. */
static void end_piece(struct turn *turn, const json_t *list, bool is_empty, uint32_t next)
{
    bool is_over = is_empty || next == 0;
    turn->asks = !is_over && json_array_size(list) < LIST_MAX;
    turn->request.first = (uint16_t)next;
    turn->request.first_node = next;
    if (turn->asks)
        return;
    json_object_set_new(turn->value, "next", is_over ? json_null() : json_integer(next));
    answer_add_head(turn->value, &turn->head);
    print_value(&turn->text, json_incref(turn->value));
}

static enum err read_organisations(struct turn *turn)
{
    return read_list(turn, REQUEST_ORGANISATIONS, "organisations", ORGANISATIONS_MAX);
}

static enum err write_organisations(struct turn *turn, struct reader *body)
{
    struct organisation_info *organisation = malloc(sizeof *organisation);
    json_t *list = json_object_get(turn->value, "organisations");
    if (organisation == NULL)
        return ERR_MEMORY;
    size_t count = cbor_array(body);
    uint32_t next = 0;
    for (size_t i = 0; i < count && reader_ok(body); i++) {
        organisation_info_read(body, organisation);
        if (!reader_ok(body))
            break;
        json_array_append_new(list, answer_organisation(organisation));
        next = organisation->number + 1u;
    }
    free(organisation);
    end_piece(turn, list, count == 0, next > ORGANISATIONS_MAX ? 0 : next);
    return ERR_OK;
}

const struct turn_plan api_organisations_plan = {
    .scope = API_SCOPE,
    .gives = "application/json",
    .read = read_organisations,
    .write = write_organisations,
};

static enum err read_nodes(struct turn *turn)
{
    return read_list(turn, REQUEST_NODES, "nodes", UINT32_MAX);
}

static enum err write_nodes(struct turn *turn, struct reader *body)
{
    json_t *list = json_object_get(turn->value, "nodes");
    size_t count = cbor_array(body);
    uint32_t next = 0;
    for (size_t i = 0; i < count && reader_ok(body); i++) {
        struct node_info node;
        node_info_read(body, &node);
        if (!reader_ok(body))
            break;
        json_array_append_new(list, answer_node(&node));
        next = node.id + 1; /* 0 after the last there can be */
    }
    end_piece(turn, list, count == 0, next);
    return ERR_OK;
}

const struct turn_plan api_nodes_plan = {
    .scope = API_SCOPE,
    .gives = "application/json",
    .read = read_nodes,
    .write = write_nodes,
};
