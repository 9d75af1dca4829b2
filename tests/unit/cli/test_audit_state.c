/*
 * The audit of the state: whatever is changed in a row of any table is found.
 */
#include "tests/unit/cli/audit.h"

static const char *const tables[] = {
    "meta",
    "organisations",
    "organisation_names",
    "keys",
    "organisation_keys",
    "tacs",
    "claims",
    "spans",
    "events",
    "span_events",
    "transactions",
    "ids",
    "numbers",
    "proposals",
    "ballots",
};

static bool is_fixed(const char *table)
{
    static const char *const names[] = {"organisation_keys", "claims",  "spans",  "events",
                                        "span_events",       "numbers", "ballots"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], table) == 0)
            return true;
    }
    return false;
}

enum change { CHANGE_DELETE, CHANGE_ALTER, CHANGE_ADD };

/* Changes one row of a table; false when the table has none. */
static bool change_row(const char *name, enum change change)
{
    struct store *store;
    struct txn txn;
    struct bytes key;
    struct bytes value;
    uint8_t key_copy[512];
    uint8_t copy[512];
    open_part("data/state", &store, &txn);
    struct table table = txn_table(&txn, name, is_fixed(name) ? TABLE_FIXED : TABLE_PLAIN);
    struct cursor cursor = cursor_open(&txn, table);
    bool found = cursor_last(&cursor, &key, &value);
    if (found) {
        ck_assert_uint_lt(key.size, sizeof key_copy);
        ck_assert_uint_lt(value.size, sizeof copy);
        memcpy(key_copy, key.data, key.size);
        memcpy(copy, value.data, value.size);
        struct bytes new_key = bytes_of(key_copy, key.size);
        struct bytes new_value = bytes_of(copy, value.size);
        if (change != CHANGE_ADD)
            cursor_delete(&cursor);
        if (change == CHANGE_ALTER)
            copy[value.size - 1] ^= 1;
        if (change == CHANGE_ADD)
            key_copy[0] ^= 0x40;
        if (change != CHANGE_DELETE && is_fixed(name))
            txn_add(&txn, table, new_key, new_value);
        else if (change != CHANGE_DELETE)
            txn_put(&txn, table, new_key, new_value);
    }
    cursor_close(&cursor);
    close_part(store, &txn);
    return found;
}

START_TEST(a_row_more_or_less_or_changed_in_any_table_is_found)
{
    begin();
    size_t changed = 0;
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        for (enum change change = CHANGE_DELETE; change <= CHANGE_ADD; change++) {
            if (!change_row(tables[i], change))
                continue;
            struct run run = audit();
            ck_assert_msg(run.code == EXIT_NO, "table %s, change %d: exit status %d: %s", tables[i],
                          (int)change, run.code, run.err);
            run_end(&run);
            restore(&state_file);
            changed++;
        }
    }
    ck_assert_uint_ge(changed, 3 * 11);
    is_sound();
    end();
}
END_TEST

START_TEST(the_row_that_differs_is_named)
{
    begin();
    ck_assert(change_row("claims", CHANGE_DELETE));
    damaged_with("in table claims is missing");
    restore(&state_file);
    ck_assert(change_row("transactions", CHANGE_ALTER));
    damaged_with("in table transactions has another value");
    restore(&state_file);
    ck_assert(change_row("ids", CHANGE_ADD));
    damaged_with("in table ids should not be there");
    end();
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_row_more_or_less_or_changed_in_any_table_is_found,
        &the_row_that_differs_is_named,
    };
    return suite_run("cli/audit_state", cases, sizeof cases / sizeof *cases);
}
