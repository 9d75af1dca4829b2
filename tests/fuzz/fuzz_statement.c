/* Statements: what parses is written again with the same bytes, is what its header says, and its
 * items are walked to the end, in order, as many as were counted. */
#include "proto/address.h"
#include "proto/invariant.h"
#include "proto/limits.h"
#include "proto/statement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t room[TX_SIZE_MAX];

static void check_devices(const struct statement *statement)
{
    struct item_walk walk = item_walk(statement->items);
    struct item item;
    uint64_t next = 0;
    size_t walked = 0;
    for (; item_walk_next(&walk, &item); walked++) {
        invariant(item.from.value >= next);
        invariant(item.to.value >= item.from.value);
        invariant(item.to.value < IMEI_VALUES);
        invariant(imei_tac(item.from) == imei_tac(item.to));
        next = item.to.value + 1;
    }
    invariant(walked == statement->item_count);
}

static void check_tacs(const struct statement *statement)
{
    struct tac_item_walk walk = tac_item_walk(statement->items);
    struct tac_item item;
    uint32_t next = 0;
    size_t walked = 0;
    for (; tac_item_walk_next(&walk, &item); walked++) {
        invariant(item.tac >= next && item.tac < IMEI_TACS);
        invariant(strlen(item.brand) <= TAC_TEXT_SIZE_MAX);
        invariant(strlen(item.model) <= TAC_TEXT_SIZE_MAX);
        next = item.tac + 1;
    }
    invariant(walked == statement->item_count);
}

static void check_name(const struct name *name)
{
    struct name again;
    invariant(name_parse(name->text, strlen(name->text), &again) == ERR_OK);
}

static void check_country(const struct country *country)
{
    struct country again;
    invariant(country_parse(country->code, strlen(country->code), &again) == ERR_OK);
}

static void check_form(const struct statement *statement, const struct operation_row *row)
{
    bool has_devices = row->form == FORM_RAISE || row->form == FORM_LIFT;
    invariant((statement->item_count > 0) == (has_devices || row->form == FORM_TACS));
    invariant(!statement->has_case || has_devices);
    invariant(!statement->has_claimant || row->form == FORM_LIFT);
    invariant(statement->has_key || (row->form != FORM_KEY && row->form != FORM_NODE));
    invariant(!statement->has_key || public_key_check(&statement->key) == ERR_OK);
    if (has_devices)
        check_devices(statement);
    if (row->form == FORM_TACS)
        check_tacs(statement);
    if (statement->has_claimant)
        check_name(&statement->claimant);
    if (row->form == FORM_ORGANISATION) {
        check_name(&statement->organisation);
        check_country(&statement->organisation_country);
        invariant(statement->roles <= ROLES_ALL);
    }
    invariant((statement->node != 0) == (row->form == FORM_NODE || row->form == FORM_NODE_ID));
    if (row->form == FORM_NODE) {
        check_name(&statement->node_name);
        check_name(&statement->organisation);
        invariant(address_check(statement->node_address) == ERR_OK);
    }
}

static void check_statement(const struct statement *statement)
{
    const struct operation_row *row = operation_row(statement->operation);
    invariant(row != NULL);
    invariant((statement->reason != REASON_NONE) == row->needs_reason);
    invariant(statement->reason == REASON_NONE || reason_row(statement->reason) != NULL);
    invariant(statement->valid_until_ms > statement->issued_at_ms);
    invariant(statement->valid_until_ms - statement->issued_at_ms <= TX_VALIDITY_MAX_MS);
    invariant(statement->valid_until_ms <= TIME_MAX_MS);
    check_country(&statement->country);
    check_form(statement, row);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct statement nothing;
    struct statement statement;
    if (statement_parse(bytes_of(data, size), &statement) != ERR_OK) {
        invariant(statement.operation == nothing.operation && statement.items.data == NULL);
        return 0;
    }
    check_statement(&statement);
    struct writer again = writer_over(room, sizeof room);
    statement_write(&again, &statement);
    invariant(bytes_equal(writer_view(&again), bytes_of(data, size)));
    return 0;
}
