#include "node/suppliers.h"

struct supplier *suppliers_find(struct suppliers *suppliers, uint32_t id)
{
    for (size_t i = 0; i < suppliers->count; i++) {
        if (suppliers->rows[i].id == id)
            return &suppliers->rows[i];
    }
    return NULL;
}

/* A place for a new one: at the end, or that of one that has gone. */
static struct supplier *make(struct suppliers *suppliers, uint32_t id)
{
    struct supplier *place = NULL;
    for (size_t i = 0; i < suppliers->count && place == NULL; i++) {
        if (!suppliers->rows[i].is_up)
            place = &suppliers->rows[i];
    }
    if (suppliers->count < MEMBERS_MAX)
        place = &suppliers->rows[suppliers->count++];
    if (place != NULL)
        *place = (struct supplier){.id = id};
    return place;
}

bool suppliers_link(struct suppliers *suppliers, uint32_t id, bool is_up)
{
    struct supplier *row = suppliers_find(suppliers, id);
    if (row == NULL)
        row = make(suppliers, id);
    if (row == NULL)
        return false;
    row->is_up = is_up;
    row->patience_ms = SUPPLIER_TRY_MS;
    row->offer = 0;
    return true;
}

bool supplier_is_usable(const struct supplier *supplier, uint64_t now_ms)
{
    return supplier->is_up && supplier->barred_ms <= now_ms;
}

static void bar(struct supplier *supplier, uint64_t until_ms)
{
    if (supplier->barred_ms < until_ms)
        supplier->barred_ms = until_ms;
}

void suppliers_bar(struct suppliers *suppliers, uint32_t id, uint64_t until_ms)
{
    struct supplier *supplier = suppliers_find(suppliers, id);
    if (supplier != NULL)
        bar(supplier, until_ms);
}

void suppliers_blame(struct suppliers *suppliers, uint32_t id, enum err err, uint64_t now_ms)
{
    struct supplier *supplier = suppliers_find(suppliers, id);
    if (supplier == NULL)
        return;
    bar(supplier, now_ms + SUPPLIER_WRONG_MS);
    supplier->blame = err;
}

bool suppliers_next_blame(struct suppliers *suppliers, uint32_t *id, enum err *err)
{
    for (size_t i = 0; i < suppliers->count; i++) {
        struct supplier *supplier = &suppliers->rows[i];
        if (supplier->blame == ERR_OK)
            continue;
        *id = supplier->id;
        *err = supplier->blame;
        supplier->blame = ERR_OK;
        return true;
    }
    return false;
}

void suppliers_heard(struct suppliers *suppliers, uint32_t id)
{
    struct supplier *supplier = suppliers_find(suppliers, id);
    if (supplier != NULL)
        supplier->patience_ms = SUPPLIER_ANSWER_MS;
}

void supplier_was_silent(struct supplier *supplier, uint64_t now_ms)
{
    bar(supplier, now_ms + supplier->patience_ms);
    supplier->patience_ms *= 2;
    if (supplier->patience_ms > SUPPLIER_ANSWER_MS)
        supplier->patience_ms = SUPPLIER_ANSWER_MS;
}
