#include "lists/reform.h"

#include <stdlib.h>

/* The organisation that the proposal with that id was about. */
static enum err proposed(struct source *source, const struct hash *id, struct name *name)
{
    struct tx_answer answer;
    struct block block;
    struct bytes entry = {0};
    struct transaction transaction;
    enum err err = view_transaction(source_view(source), id, &answer);
    if (err == ERR_OK)
        err = source_block(source, answer.height, &block);
    if (err != ERR_OK)
        return err;
    struct block_walk walk = block_walk(&block);
    for (uint32_t i = 0; i <= answer.position; i++) {
        if (!block_walk_next(&walk, &entry))
            return ERR_DAMAGED;
    }
    err = transaction_parse(entry, &transaction);
    *name = transaction.statement.organisation;
    return err;
}

/* Whether all of its keys came after that height: the first one came with it. Of one with more keys
 * than are told nobody knows. */
static bool is_younger(const struct organisation_info *organisation, uint64_t since)
{
    bool is_younger = organisation->key_count < ORGANISATION_KEYS_MAX;
    for (size_t i = 0; i < organisation->key_count; i++)
        is_younger &= organisation->keys[i].from_height > since;
    return is_younger;
}

static enum err stood_before(struct source *source, const struct name *name, uint64_t since,
                             bool *stood)
{
    struct organisation_info *info = calloc(1, sizeof *info);
    enum err err = info != NULL ? ERR_OK : ERR_MEMORY;
    for (uint16_t number = 1; err == ERR_OK; number++) {
        err = view_organisation(source_view(source), number, info);
        if (err == ERR_OK && strcmp(info->name.text, name->text) == 0)
            break;
    }
    *stood = err == ERR_OK && !is_younger(info, since);
    free(info);
    return err;
}

enum err reform_find(struct source *source, const struct transaction *transaction, uint64_t since,
                     bool *is_reform, struct name *name)
{
    const struct statement *statement = &transaction->statement;
    struct tx_answer answer;
    *is_reform = false;
    enum err err = view_transaction(source_view(source), &transaction->id, &answer);
    if (err != ERR_OK || answer.state != TX_COMMITTED || answer.changed == 0)
        return err;
    *name = statement->organisation;
    if (operation_row(statement->operation)->form == FORM_BALLOT)
        err = proposed(source, &statement->proposal, name);
    return err == ERR_OK ? stood_before(source, name, since, is_reform) : err;
}
