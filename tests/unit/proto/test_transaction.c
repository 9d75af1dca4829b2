/* The transactions of proto/statement.h, and the page that describes them. */
#include "proto/statement.h"

#include "tests/unit/proto/samples.h"

#include <stdio.h>

enum { ROOM = 1024 };

static const struct public_key other_key = {
    /* the generator: of the secret 1 */
    {0x02, 0x79, 0xbe, 0x66, 0x7e, 0xf9, 0xdc, 0xbb, 0xac, 0x55, 0xa0,
     0x62, 0x95, 0xce, 0x87, 0x0b, 0x07, 0x02, 0x9b, 0xfc, 0xdb, 0x2d,
     0xce, 0x28, 0xd9, 0x59, 0xf2, 0x81, 0x5b, 0x16, 0xf8, 0x17, 0x98},
};

/* What the ledger says of these bytes: parsed and verified. */
static enum err judge(struct bytes encoded, const struct public_key *key)
{
    struct transaction transaction;
    enum err err = transaction_parse(encoded, &transaction);
    return err == ERR_OK ? transaction_verify(&transaction, key) : err;
}

static enum err recode_transaction(struct bytes input, struct writer *again)
{
    struct transaction transaction;
    enum err err = transaction_parse(input, &transaction);
    if (err != ERR_OK)
        return err;
    uint8_t payload[ROOM];
    struct writer writer = writer_over(payload, sizeof payload);
    statement_write(&writer, &transaction.statement);
    cose_write(again, &transaction.envelope.kid, writer_view(&writer),
               &transaction.envelope.signature);
    return ERR_OK;
}

/* s becomes n - s: subtraction from the order of the curve, byte by byte. */
static void turn_s(uint8_t *s)
{
    uint8_t order[32];
    from_hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", order, 32);
    int borrow = 0;
    for (size_t i = 32; i > 0; i--) {
        int digit = order[i - 1] - s[i - 1] - borrow;
        borrow = digit < 0;
        s[i - 1] = (uint8_t)(digit + 256 * borrow);
    }
}

START_TEST(verifies_what_it_signed_of_every_operation)
{
    for (size_t i = 0; i < 2 * (size_t)SAMPLES; i++) {
        uint8_t buffer[ROOM];
        uint8_t payload[ROOM];
        struct public_key key = sample_key();
        struct statement sample = sample_statement(sample_operations[i / 2], i % 2 == 1);
        struct bytes encoded = sample_transaction(&sample, buffer, sizeof buffer);
        struct transaction found;
        ck_assert_int_eq(transaction_parse(encoded, &found), ERR_OK);
        ck_assert_int_eq(transaction_verify(&found, &key), ERR_OK);
        assert_bytes(found.encoded, encoded);
        assert_bytes(found.envelope.payload, sample_payload(&sample, payload, sizeof payload));
        struct key_id kid = key_id_of(&key);
        ck_assert(key_id_equal(&found.envelope.kid, &kid));
        struct hash id = cose_digest(&kid, found.envelope.payload);
        ck_assert(hash_equal(&found.id, &id));
    }
}
END_TEST

START_TEST(has_one_encoding)
{
    uint8_t buffer[ROOM];
    struct statement sample = sample_statement(OP_UNBLOCK, true);
    recode_holds(recode_transaction, sample_transaction(&sample, buffer, sizeof buffer));
}
END_TEST

/* Every other value of every byte of the transaction. */
START_TEST(refuses_every_changed_byte)
{
    uint8_t buffer[ROOM];
    struct public_key key = sample_key();
    struct statement sample = sample_statement(OP_UNBLOCK, true);
    struct bytes encoded = sample_transaction(&sample, buffer, sizeof buffer);
    ck_assert_int_eq(judge(encoded, &key), ERR_OK);
    unsigned counts[4] = {0};
    for (size_t at = 0; at < encoded.size; at++) {
        for (unsigned value = 1; value < 256; value++) {
            buffer[at] ^= (uint8_t)value;
            enum err err = judge(encoded, &key);
            ck_assert_msg(err != ERR_OK, "byte %zu, 0x%02x", at, buffer[at]);
            counts[0] += err == ERR_BAD_SIGNATURE;
            counts[1] += err == ERR_HIGH_S;
            counts[2] += err == ERR_UNKNOWN_KEY;
            counts[3]++;
            buffer[at] ^= (uint8_t)value;
        }
    }
    ck_assert_uint_eq(counts[2], KEY_ID_SIZE * 255);
    ck_assert_uint_ge(counts[1], 128);
    ck_assert_uint_ge(counts[0], 255 * 63);
    ck_assert_uint_ge(counts[3] - counts[0] - counts[1] - counts[2], 255 * 10);
    ck_assert_int_eq(judge(encoded, &key), ERR_OK);
}
END_TEST

START_TEST(refuses_removed_and_inserted_bytes)
{
    uint8_t buffer[ROOM];
    uint8_t changed[ROOM + 1];
    struct public_key key = sample_key();
    struct statement sample = sample_statement(OP_BLOCK, true);
    struct bytes encoded = sample_transaction(&sample, buffer, sizeof buffer);
    for (size_t at = 0; at < encoded.size; at++) {
        memcpy(changed, buffer, at);
        memcpy(changed + at, buffer + at + 1, encoded.size - at - 1);
        ck_assert_int_ne(judge(bytes_of(changed, encoded.size - 1), &key), ERR_OK);
        for (unsigned value = 0; value < 256; value += 5) {
            changed[at] = (uint8_t)value;
            memcpy(changed + at + 1, buffer + at, encoded.size - at);
            ck_assert_int_ne(judge(bytes_of(changed, encoded.size + 1), &key), ERR_OK);
        }
    }
}
END_TEST

START_TEST(normalises_the_high_twin_and_nothing_else)
{
    for (uint64_t number = 0; number < 50; number++) {
        uint8_t low[ROOM];
        uint8_t high[ROOM];
        uint8_t again[ROOM];
        struct public_key key = sample_key();
        struct statement sample = sample_statement(OP_BLOCK, true);
        sample.number = number;
        struct bytes encoded = sample_transaction(&sample, low, sizeof low);
        memcpy(high, low, encoded.size);
        turn_s(high + encoded.size - 32);
        struct transaction found;
        struct transaction twin;
        ck_assert_int_eq(transaction_parse(encoded, &found), ERR_OK);
        ck_assert_int_eq(transaction_parse(bytes_of(high, encoded.size), &twin), ERR_OK);
        ck_assert(hash_equal(&found.id, &twin.id)); /* the same statement */
        ck_assert_int_eq(transaction_verify(&twin, &key), ERR_HIGH_S);
        struct writer writer = writer_over(again, encoded.size);
        transaction_normalise(&twin, &writer);
        assert_bytes(writer_view(&writer), encoded);
        writer = writer_over(again, encoded.size);
        transaction_normalise(&found, &writer);
        assert_bytes(writer_view(&writer), encoded);
    }
}
END_TEST

START_TEST(keeps_a_signature_that_cannot_be_normalised)
{
    uint8_t buffer[ROOM];
    uint8_t again[ROOM];
    struct public_key key = sample_key();
    struct statement sample = sample_statement(OP_BLOCK, true);
    struct bytes encoded = sample_transaction(&sample, buffer, sizeof buffer);
    memset(buffer + encoded.size - SIGNATURE_SIZE, 0xff, SIGNATURE_SIZE);
    struct transaction found;
    ck_assert_int_eq(transaction_parse(encoded, &found), ERR_OK);
    struct writer writer = writer_over(again, sizeof again);
    transaction_normalise(&found, &writer);
    assert_bytes(writer_view(&writer), encoded);
    ck_assert_int_eq(transaction_verify(&found, &key), ERR_BAD_SIGNATURE);
}
END_TEST

START_TEST(verifies_with_the_key_that_it_names_alone)
{
    uint8_t buffer[ROOM];
    struct public_key key = sample_key();
    struct statement sample = sample_statement(OP_BLOCK, true);
    struct bytes encoded = sample_transaction(&sample, buffer, sizeof buffer);
    ck_assert_int_eq(judge(encoded, &other_key), ERR_UNKNOWN_KEY);
    /* Another's key id over one's own signature. */
    struct key_id kid = key_id_of(&other_key);
    memcpy(buffer + 9, kid.bytes, KEY_ID_SIZE);
    ck_assert_int_eq(judge(encoded, &other_key), ERR_BAD_SIGNATURE);
    ck_assert_int_eq(judge(encoded, &key), ERR_UNKNOWN_KEY);
}
END_TEST

START_TEST(gives_an_id_that_only_the_signed_bytes_decide)
{
    uint8_t buffer[ROOM];
    struct statement sample = sample_statement(OP_BLOCK, true);
    struct bytes encoded = sample_transaction(&sample, buffer, sizeof buffer);
    struct transaction found;
    struct transaction other;
    ck_assert_int_eq(transaction_parse(encoded, &found), ERR_OK);
    buffer[encoded.size - 40] ^= 1; /* of the signature */
    ck_assert_int_eq(transaction_parse(encoded, &other), ERR_OK);
    ck_assert(hash_equal(&found.id, &other.id));
    buffer[9] ^= 1; /* of the key id */
    ck_assert_int_eq(transaction_parse(encoded, &other), ERR_OK);
    ck_assert(!hash_equal(&found.id, &other.id));
    buffer[9] ^= 1;
    sample.number++;
    encoded = sample_transaction(&sample, buffer, sizeof buffer);
    ck_assert_int_eq(transaction_parse(encoded, &other), ERR_OK);
    ck_assert(!hash_equal(&found.id, &other.id));
}
END_TEST

START_TEST(leaves_nothing_behind_a_refusal)
{
    uint8_t buffer[ROOM];
    struct statement sample = sample_statement(OP_BLOCK, true);
    struct bytes encoded = sample_transaction(&sample, buffer, sizeof buffer);
    static const size_t changed[] = {0, 2, 8, 25, 28, 30, 33};
    for (size_t i = 0; i < sizeof changed / sizeof changed[0]; i++) {
        struct transaction found;
        memset(&found, 9, sizeof found);
        buffer[changed[i]] ^= 0x80;
        ck_assert_int_ne(transaction_parse(encoded, &found), ERR_OK);
        buffer[changed[i]] ^= 0x80;
        ck_assert_ptr_null(found.encoded.data);
        ck_assert_ptr_null(found.envelope.payload.data);
        ck_assert_int_eq(found.statement.operation, OP_NONE);
        ck_assert_uint_eq(found.id.bytes[0], 0);
    }
}
END_TEST

START_TEST(signs_nothing_with_what_is_no_key)
{
    uint8_t payload[ROOM];
    uint8_t buffer[ROOM];
    struct secret_key zero = {0};
    struct statement sample = sample_statement(OP_BLOCK, true);
    struct writer scratch = writer_over(payload, sizeof payload);
    struct writer writer = writer_over(buffer, sizeof buffer);
    ck_assert_int_eq(transaction_sign(&sample, &zero, &scratch, &writer, NULL), ERR_BAD_KEY);
    ck_assert_uint_eq(writer.size, 0);
}
END_TEST

START_TEST(signs_within_the_given_room_alone)
{
    uint8_t payload[ROOM];
    uint8_t buffer[ROOM];
    struct secret_key secret = sample_secret();
    struct statement sample = sample_statement(OP_BLOCK, true);
    size_t payload_size = sample_payload(&sample, payload, sizeof payload).size;
    size_t size = sample_transaction(&sample, buffer, sizeof buffer).size;
    ck_assert_uint_le(size, payload_size + COSE_OVERHEAD_MAX);
    for (size_t room = 0; room <= ROOM; room = room < size + 4 ? room + 1 : 2 * room) {
        struct writer scratch = writer_over(payload, room);
        struct writer writer = writer_over(buffer, sizeof buffer);
        ck_assert_int_eq(transaction_sign(&sample, &secret, &scratch, &writer, NULL),
                         room < payload_size ? ERR_TOO_LARGE : ERR_OK);
        scratch = writer_over(payload, sizeof payload);
        writer = writer_over(buffer, room);
        ck_assert_int_eq(transaction_sign(&sample, &secret, &scratch, &writer, NULL),
                         room < size ? ERR_TOO_LARGE : ERR_OK);
    }
    struct writer scratch = writer_over(payload, sizeof payload);
    struct writer writer = writer_over(buffer, sizeof buffer);
    sample.operation = (enum operation)9;
    ck_assert_int_eq(transaction_sign(&sample, &secret, &scratch, &writer, NULL), ERR_OUT_OF_RANGE);
}
END_TEST

/* ---- large transactions ---- */

static uint8_t large[TX_SIZE_MAX + 1];
static uint8_t large_items[TX_SIZE_MAX];

/* As many IMEIs as the limit allows, over that many TACs. */
static struct bytes large_transaction(size_t tacs)
{
    static struct item items[TX_ITEMS_MAX];
    for (size_t i = 0; i < TX_ITEMS_MAX; i++) {
        size_t each = TX_ITEMS_MAX / tacs;
        items[i].from = imei_of((uint32_t)(35000000 + i / each), (uint32_t)(i % each));
        items[i].to = items[i].from;
    }
    struct statement sample = sample_statement(OP_BLOCK, true);
    struct writer writer = writer_over(large_items, sizeof large_items);
    items_write(&writer, items, TX_ITEMS_MAX);
    sample.items = writer_view(&writer);
    return sample_transaction(&sample, large, TX_SIZE_MAX);
}

START_TEST(holds_as_many_imeis_as_the_limit_says)
{
    static const size_t tacs[] = {1, 100, 10000};
    for (size_t i = 0; i < 3; i++) {
        struct public_key key = sample_key();
        struct transaction found;
        struct bytes encoded = large_transaction(tacs[i]);
        ck_assert_int_eq(transaction_parse(encoded, &found), ERR_OK);
        ck_assert_uint_eq(found.statement.item_count, TX_ITEMS_MAX);
        ck_assert_int_eq(transaction_verify(&found, &key), ERR_OK);
    }
}
END_TEST

START_TEST(refuses_more_bytes_than_the_limit_before_it_reads_them)
{
    struct transaction found;
    (void)large_transaction(1);
    large[TX_SIZE_MAX] = 0;
    ck_assert_int_eq(transaction_parse(bytes_of(large, TX_SIZE_MAX), &found), ERR_TRAILING);
    ck_assert_int_eq(transaction_parse(bytes_of(large, TX_SIZE_MAX + 1), &found), ERR_TOO_LARGE);
    ck_assert_int_eq(transaction_parse(bytes_of(NULL, SIZE_MAX), &found), ERR_TOO_LARGE);
}
END_TEST

/* ---- docs/internals/formats.md ---- */

static char page[65536];

static void read_page(void)
{
    static const char here[] = "tests/unit/proto/test_transaction.c";
    char path[4096];
    size_t root = strlen(__FILE__) - strlen(here);
    ck_assert_str_eq(&__FILE__[root], here);
    snprintf(path, sizeof path, "%.*sdocs/internals/formats.md", (int)root, __FILE__);
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s", path);
    size_t size = fread(page, 1, sizeof page - 1, file);
    ck_assert_uint_lt(size, sizeof page - 1);
    page[size] = '\0';
    fclose(file);
}

/* The bytes of the page's block of hexadecimal: digits, blanks, and remarks behind a #. */
static struct bytes page_bytes(uint8_t *buffer)
{
    char hex[2 * ROOM + 1];
    size_t size = 0;
    const char *at = strstr(page, "```hex\n");
    ck_assert_ptr_nonnull(at);
    for (at += 7; *at != '`'; at++) {
        if (*at == '#')
            at += strcspn(at, "\n");
        if (*at == ' ' || *at == '\n')
            continue;
        ck_assert_uint_lt(size, sizeof hex - 1);
        hex[size++] = *at;
    }
    hex[size] = '\0';
    return from_hex(hex, buffer, ROOM);
}

/* The value of a row `| name | `hex` |`. */
static void page_value(const char *name, void *out, size_t size)
{
    char row[64];
    char hex[2 * PUBLIC_KEY_SIZE + 1] = {0};
    snprintf(row, sizeof row, "\n| %s | `", name);
    const char *at = strstr(page, row);
    ck_assert_msg(at != NULL, "no row '%s'", name);
    memcpy(hex, at + strlen(row), 2 * size);
    ck_assert_int_eq(at[strlen(row) + 2 * size], '`');
    from_hex(hex, out, size);
}

START_TEST(the_page_shows_a_transaction_that_is_taken)
{
    uint8_t buffer[ROOM];
    uint8_t again[ROOM];
    uint8_t payload[ROOM];
    struct secret_key secret;
    struct public_key key;
    struct key_id kid;
    struct hash id;
    struct hash signed_id;
    read_page();
    page_value("secret key", secret.bytes, SECRET_KEY_SIZE);
    page_value("public key", key.bytes, PUBLIC_KEY_SIZE);
    page_value("key id", kid.bytes, KEY_ID_SIZE);
    page_value("transaction id", id.bytes, HASH_SIZE);
    struct transaction found;
    struct bytes encoded = page_bytes(buffer);
    ck_assert_int_eq(transaction_parse(encoded, &found), ERR_OK);
    ck_assert_int_eq(transaction_verify(&found, &key), ERR_OK);
    ck_assert(hash_equal(&found.id, &id));
    ck_assert(key_id_equal(&found.envelope.kid, &kid));
    struct writer scratch = writer_over(payload, sizeof payload);
    struct writer writer = writer_over(again, sizeof again);
    ck_assert_int_eq(transaction_sign(&found.statement, &secret, &scratch, &writer, &signed_id),
                     ERR_OK);
    assert_bytes(writer_view(&writer), encoded);
    ck_assert(hash_equal(&signed_id, &id));
}
END_TEST

START_TEST(the_page_says_what_its_transaction_says)
{
    uint8_t buffer[ROOM];
    struct transaction found;
    read_page();
    ck_assert_int_eq(transaction_parse(page_bytes(buffer), &found), ERR_OK);
    const struct statement *statement = &found.statement;
    ck_assert_uint_eq(statement->lane, 1);
    ck_assert_uint_eq(statement->number, 42);
    ck_assert_uint_eq(statement->issued_at_ms, UINT64_C(1790000000000));
    ck_assert_uint_eq(statement->valid_until_ms - statement->issued_at_ms,
                      UINT64_C(7) * 24 * 3600 * 1000);
    ck_assert_int_eq(statement->operation, OP_BLOCK);
    ck_assert_int_eq(statement->reason, REASON_STOLEN);
    ck_assert_str_eq(statement->country.code, "DE");
    ck_assert(statement->has_case);
    ck_assert_uint_eq(statement->item_count, 4);
    static const struct item expected[] = {
        {{UINT64_C(35209900176148)}, {UINT64_C(35209900176148)}},
        {{UINT64_C(35209901000001)}, {UINT64_C(35209901000001)}},
        {{UINT64_C(35209901000009)}, {UINT64_C(35209901000009)}},
        {{UINT64_C(35209902000000)}, {UINT64_C(35209902999999)}},
    };
    struct item_walk walk = item_walk(statement->items);
    for (size_t i = 0; i < 4; i++) {
        struct item item;
        ck_assert(item_walk_next(&walk, &item));
        ck_assert_mem_eq(&item, &expected[i], sizeof item);
    }
}
END_TEST

static void page_has(const char *line)
{
    ck_assert_msg(strstr(page, line) != NULL, "the page lacks: %s", line);
}

START_TEST(the_page_has_every_row_of_the_tables)
{
    char line[256];
    read_page();
#define X(name, number, word, form, claim, roles, needs_reason)                                    \
    snprintf(line, sizeof line, "\n| %d | %s | %s | %s | %s |\n", number, word, #form,             \
             CLAIM_##claim == CLAIM_NONE ? "none" : claim_kind_word(CLAIM_##claim),                \
             (needs_reason) ? "needed" : "none");                                                  \
    page_has(line);
    OPERATION_TABLE(X)
#undef X
#define X(name, code, word, for_raising, for_lifting, sentence)                                    \
    snprintf(line, sizeof line, "\n| %d | %s | %s | %s |\n", code, word,                           \
             (for_raising) ? "yes" : "no", (for_lifting) ? "yes" : "no");                          \
    page_has(line);
    REASON_TABLE(X)
#undef X
#define X(name, bit, word)                                                                         \
    snprintf(line, sizeof line, "\n| %d | %s |\n", bit, word);                                     \
    page_has(line);
    ROLE_TABLE(X)
#undef X
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &verifies_what_it_signed_of_every_operation,
        &has_one_encoding,
        &refuses_every_changed_byte,
        &refuses_removed_and_inserted_bytes,
        &normalises_the_high_twin_and_nothing_else,
        &keeps_a_signature_that_cannot_be_normalised,
        &verifies_with_the_key_that_it_names_alone,
        &gives_an_id_that_only_the_signed_bytes_decide,
        &leaves_nothing_behind_a_refusal,
        &signs_nothing_with_what_is_no_key,
        &signs_within_the_given_room_alone,
        &holds_as_many_imeis_as_the_limit_says,
        &refuses_more_bytes_than_the_limit_before_it_reads_them,
        &the_page_shows_a_transaction_that_is_taken,
        &the_page_says_what_its_transaction_says,
        &the_page_has_every_row_of_the_tables,
    };
    return suite_run("transaction", cases, sizeof cases / sizeof cases[0]);
}
