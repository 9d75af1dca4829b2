#include "proto/genesis.h"

#include "tests/unit/proto/fixture.h"

#include <stdio.h>

static const char certificate[] = "0certificate";

/* A key of its own for each number. */
static struct public_key key_of(uint16_t number)
{
    struct secret_key secret = {.bytes = {1}};
    struct public_key key;
    secret.bytes[30] = (uint8_t)(number >> 8);
    secret.bytes[31] = (uint8_t)number;
    ck_assert_int_eq(public_key_of(&secret, &key), ERR_OK);
    return key;
}

/* Two regulators, an operator without a node and a manufacturer; two nodes. */
static struct genesis *sample(void)
{
    struct genesis *genesis = calloc(1, sizeof *genesis);
    ck_assert(genesis != NULL);
    *genesis = (struct genesis){
        .name = {"testnet"},
        .time_ms = UINT64_C(1763683200000),
        .ballots = 2,
        .skew_max_ms = 10000,
        .organisation_count = 3,
        .organisations =
            {
                {.name = {"acme"}, .country = {"FI"}, .roles = ROLE_MANUFACTURER, .key_count = 1},
                {.name = {"ca-kenya"}, .country = {"KE"}, .roles = ROLE_REGULATOR, .key_count = 2},
                {.name = {"ncc"},
                 .country = {"NG"},
                 .roles = ROLE_REGULATOR | ROLE_ALLOCATOR,
                 .key_count = GENESIS_KEYS_EACH},
            },
        .node_count = 2,
        .nodes =
            {
                {.id = 1,
                 .name = {"nairobi"},
                 .organisation = 1,
                 .address = "tls+tcp://nairobi.example:7700"},
                {.id = 7, .name = {"abuja"}, .organisation = 2, .address = "tls+tcp://[::1]:7700"},
            },
    };
    uint16_t number = 1;
    for (size_t i = 0; i < genesis->organisation_count; i++) {
        for (size_t k = 0; k < genesis->organisations[i].key_count; k++)
            genesis->organisations[i].keys[k] = key_of(number++);
        if (i > 0)
            genesis->organisations[i].ca = bytes_of(certificate, sizeof certificate - 1);
    }
    for (size_t i = 0; i < genesis->node_count; i++)
        genesis->nodes[i].key = key_of(number++);
    return genesis;
}

/* Frees the genesis. */
static struct bytes written(struct genesis *genesis, uint8_t *buffer, size_t capacity)
{
    struct writer writer = writer_over(buffer, capacity);
    genesis_write(&writer, genesis);
    ck_assert_msg(writer_ok(&writer), "%s", err_name(writer.err));
    free(genesis);
    return writer_view(&writer);
}

static enum err recode_genesis(struct bytes input, struct writer *again)
{
    struct genesis *genesis = malloc(sizeof *genesis);
    ck_assert(genesis != NULL);
    enum err err = genesis_parse(input, genesis);
    if (err == ERR_OK)
        genesis_write(again, genesis);
    free(genesis);
    return err;
}

/* The file is written without a complaint and refused in reading. */
static void refused(struct genesis *genesis, enum err expected)
{
    uint8_t buffer[2048];
    recode_refuses(recode_genesis, written(genesis, buffer, sizeof buffer), expected);
}

/* The file is not even written: the field alone is wrong. */
static void not_written(struct genesis *genesis, enum err expected)
{
    uint8_t buffer[2048];
    struct writer writer = writer_over(buffer, sizeof buffer);
    genesis_write(&writer, genesis);
    free(genesis);
    ck_assert_int_eq(writer.err, expected);
}

START_TEST(reads_what_it_wrote)
{
    uint8_t buffer[2048];
    struct genesis *expected = sample();
    struct genesis *genesis = malloc(sizeof *genesis);
    ck_assert(genesis != NULL);
    struct bytes file = written(sample(), buffer, sizeof buffer);
    ck_assert_int_eq(genesis_parse(file, genesis), ERR_OK);

    struct hash network = hash_of(file);
    ck_assert(hash_equal(&genesis->network, &network));
    ck_assert_str_eq(genesis->name.text, "testnet");
    ck_assert_uint_eq(genesis->time_ms, UINT64_C(1763683200000));
    ck_assert_uint_eq(genesis->ballots, 2);
    ck_assert_uint_eq(genesis->skew_max_ms, 10000);
    ck_assert_uint_eq(genesis->organisation_count, 3);
    for (size_t i = 0; i < 3; i++) {
        struct genesis_organisation *found = &genesis->organisations[i];
        ck_assert_str_eq(found->name.text, expected->organisations[i].name.text);
        ck_assert_str_eq(found->country.code, expected->organisations[i].country.code);
        ck_assert_uint_eq(found->roles, expected->organisations[i].roles);
        ck_assert_uint_eq(found->key_count, expected->organisations[i].key_count);
        ck_assert_mem_eq(found->keys, expected->organisations[i].keys, sizeof found->keys);
        assert_bytes(found->ca, expected->organisations[i].ca);
    }
    ck_assert_uint_eq(genesis->node_count, 2);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_uint_eq(genesis->nodes[i].id, expected->nodes[i].id);
        ck_assert_str_eq(genesis->nodes[i].name.text, expected->nodes[i].name.text);
        ck_assert_str_eq(genesis->nodes[i].address, expected->nodes[i].address);
        ck_assert_uint_eq(genesis->nodes[i].organisation, expected->nodes[i].organisation);
        ck_assert_mem_eq(&genesis->nodes[i].key, &expected->nodes[i].key, PUBLIC_KEY_SIZE);
    }
    free(genesis);
    free(expected);
}
END_TEST

START_TEST(has_one_encoding)
{
    uint8_t buffer[2048];
    recode_holds(recode_genesis, written(sample(), buffer, sizeof buffer));
}
END_TEST

START_TEST(is_a_map_of_seven)
{
    uint8_t buffer[2048];
    uint8_t expected[64];
    struct bytes file = written(sample(), buffer, sizeof buffer);
    struct bytes start = parts("a7 0001"               /* version */
                               "01 67746573746e6574"   /* name */
                               "02 1b0000019aa3b5ec00" /* time */
                               "0302"                  /* ballots */
                               "04 192710"             /* skew */
                               "0583 85 6461636d65 624649 08 81 5821",
                               expected, sizeof expected);
    assert_bytes(bytes_of(file.data, start.size), start);
}
END_TEST

START_TEST(ends_with_the_nodes)
{
    uint8_t buffer[2048];
    uint8_t expected[128];
    struct genesis *genesis = sample();
    struct public_key key = genesis->nodes[1].key;
    struct bytes file = written(genesis, buffer, sizeof buffer);
    struct bytes end = parts("85 07 656162756a61 636e6363"
                             "74 746c732b7463703a2f2f5b3a3a315d3a37373030 5821",
                             expected, sizeof expected);
    size_t at = file.size - end.size - PUBLIC_KEY_SIZE;
    assert_bytes(bytes_of(file.data + at, end.size), end);
    ck_assert_mem_eq(file.data + file.size - PUBLIC_KEY_SIZE, key.bytes, PUBLIC_KEY_SIZE);
}
END_TEST

START_TEST(takes_as_much_as_it_may_name)
{
    struct genesis *genesis = sample();
    genesis->organisation_count = GENESIS_ORGANISATIONS_MAX;
    genesis->node_count = GENESIS_NODES_MAX;
    uint8_t *large = calloc(1, CERTIFICATE_SIZE_MAX);
    uint8_t *buffer = malloc(GENESIS_SIZE_MAX);
    ck_assert(large != NULL && buffer != NULL);
    uint16_t number = 0;
    for (size_t i = 0; i < GENESIS_ORGANISATIONS_MAX; i++) {
        struct genesis_organisation *organisation = &genesis->organisations[i];
        *organisation = genesis->organisations[2];
        snprintf(organisation->name.text, sizeof organisation->name.text, "o%0*zu",
                 NAME_SIZE_MAX - 1, i);
        organisation->ca = bytes_of(large, i < 16 ? CERTIFICATE_SIZE_MAX : 1);
        for (size_t k = 0; k < GENESIS_KEYS_EACH; k++)
            organisation->keys[k] = key_of(number++);
    }
    for (size_t i = 0; i < GENESIS_NODES_MAX; i++) {
        struct genesis_node *node = &genesis->nodes[i];
        *node = (struct genesis_node){.id = (uint32_t)(UINT32_MAX - GENESIS_NODES_MAX + 1 + i),
                                      .organisation = i};
        snprintf(node->name.text, sizeof node->name.text, "n%zu", i);
        snprintf(node->address, sizeof node->address, "tls+tcp://%0*d:7700", ADDRESS_SIZE_MAX - 15,
                 1);
        node->key = key_of(number++);
    }
    genesis->ballots = GENESIS_ORGANISATIONS_MAX;
    recode_takes(recode_genesis, written(genesis, buffer, GENESIS_SIZE_MAX));
    free(large);
    free(buffer);
}
END_TEST

START_TEST(refuses_a_file_above_the_limit)
{
    uint8_t *file = calloc(1, GENESIS_SIZE_MAX + 1);
    struct genesis *genesis = malloc(sizeof *genesis);
    ck_assert(file != NULL && genesis != NULL);
    ck_assert_int_eq(genesis_parse(bytes_of(file, GENESIS_SIZE_MAX + 1), genesis), ERR_TOO_LARGE);
    ck_assert_int_ne(genesis_parse(bytes_of(file, GENESIS_SIZE_MAX), genesis), ERR_TOO_LARGE);
    free(file);
    free(genesis);
}
END_TEST

/* A head of few bytes, so that each of these is wrong in one place. */
static void refused_hex(const char *hex, enum err expected)
{
    uint8_t buffer[64];
    recode_refuses(recode_genesis, parts(hex, buffer, sizeof buffer), expected);
}

START_TEST(refuses_another_version_and_other_fields)
{
    refused_hex("a10000", ERR_BAD_VERSION);
    refused_hex("a10002", ERR_BAD_VERSION);
    refused_hex("a10001", ERR_MISSING_FIELD);
    refused_hex("a20001 0700", ERR_UNKNOWN_FIELD);
    refused_hex("a20001 1818", ERR_UNKNOWN_FIELD);
    refused_hex("a20001 0001", ERR_NOT_CANONICAL);
    refused_hex("80", ERR_WRONG_TYPE);
}
END_TEST

START_TEST(refuses_a_file_without_one_of_its_fields)
{
    uint8_t buffer[2048];
    struct bytes file = written(sample(), buffer, sizeof buffer);
    static const size_t sizes[] = {2, 9, 10, 2, 4}; /* version, name, time, ballots, skew */
    size_t at = 1;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint8_t shorter[2048] = {0xa6};
        memcpy(shorter + 1, file.data + 1, at - 1);
        memcpy(shorter + at, file.data + at + sizes[i], file.size - at - sizes[i]);
        recode_refuses(recode_genesis, bytes_of(shorter, file.size - sizes[i]), ERR_MISSING_FIELD);
        at += sizes[i];
    }
}
END_TEST

START_TEST(refuses_numbers_out_of_range)
{
    struct genesis *genesis = sample();
    genesis->time_ms = TIME_MAX_MS + 1;
    refused(genesis, ERR_OUT_OF_RANGE);
    genesis = sample();
    genesis->skew_max_ms = 0;
    refused(genesis, ERR_OUT_OF_RANGE);
    genesis = sample();
    genesis->skew_max_ms = TIME_MAX_MS + 1;
    refused(genesis, ERR_OUT_OF_RANGE);
    genesis = sample();
    genesis->organisations[0].roles = 0;
    not_written(genesis, ERR_OUT_OF_RANGE);
    genesis = sample();
    genesis->organisations[0].roles = ROLES_ALL + 1;
    not_written(genesis, ERR_OUT_OF_RANGE);
    genesis = sample();
    genesis->nodes[0].id = 0;
    not_written(genesis, ERR_OUT_OF_RANGE);
}
END_TEST

START_TEST(refuses_ballots_that_no_vote_can_reach_or_that_need_none)
{
    struct genesis *genesis = sample();
    genesis->ballots = 0;
    refused(genesis, ERR_OUT_OF_RANGE);
    genesis = sample();
    genesis->ballots = 3;
    refused(genesis, ERR_OUT_OF_RANGE);
    genesis = sample();
    genesis->ballots = 1;
    uint8_t buffer[2048];
    recode_takes(recode_genesis, written(genesis, buffer, sizeof buffer));
}
END_TEST

START_TEST(refuses_a_network_without_a_regulator)
{
    struct genesis *genesis = sample();
    genesis->organisations[1].roles = ROLE_OPERATOR;
    genesis->organisations[2].roles = ROLE_OPERATOR;
    genesis->ballots = 1;
    refused(genesis, ERR_OUT_OF_RANGE);
}
END_TEST

START_TEST(refuses_lists_that_are_empty_or_too_long)
{
    struct genesis *genesis = sample();
    genesis->organisation_count = 0;
    genesis->node_count = 0;
    refused(genesis, ERR_OUT_OF_RANGE);
    genesis = sample();
    genesis->node_count = 0;
    refused(genesis, ERR_OUT_OF_RANGE);
    genesis = sample();
    genesis->organisation_count = GENESIS_ORGANISATIONS_MAX + 1;
    not_written(genesis, ERR_TOO_LARGE);
    genesis = sample();
    genesis->node_count = GENESIS_NODES_MAX + 1;
    not_written(genesis, ERR_TOO_LARGE);
    genesis = sample();
    genesis->organisations[0].key_count = 0;
    not_written(genesis, ERR_OUT_OF_RANGE);
    genesis = sample();
    genesis->organisations[0].key_count = GENESIS_KEYS_EACH + 1;
    not_written(genesis, ERR_TOO_LARGE);
    uint8_t buffer[2048];
    struct bytes file = written(sample(), buffer, sizeof buffer);
    /* The same in reading: the list of organisations says five keys where it has one. */
    ck_assert_uint_eq(buffer[40], 0x81);
    buffer[40] = 0x85;
    recode_refuses(recode_genesis, file, ERR_TOO_LARGE);
}
END_TEST

START_TEST(refuses_names_out_of_order_or_twice)
{
    struct genesis *genesis = sample();
    genesis->organisations[0].name = (struct name){"zebra"};
    refused(genesis, ERR_NOT_CANONICAL);
    genesis = sample();
    genesis->organisations[2].name = genesis->organisations[1].name;
    refused(genesis, ERR_NOT_CANONICAL);
    genesis = sample();
    genesis->nodes[1].name = genesis->nodes[0].name;
    refused(genesis, ERR_NOT_CANONICAL);
    genesis = sample();
    genesis->nodes[1].id = 1;
    refused(genesis, ERR_NOT_CANONICAL);
    genesis = sample();
    genesis->nodes[0].id = 8;
    refused(genesis, ERR_NOT_CANONICAL);
}
END_TEST

START_TEST(refuses_a_key_twice)
{
    struct genesis *genesis = sample();
    genesis->organisations[1].keys[1] = genesis->organisations[1].keys[0];
    refused(genesis, ERR_KEY_STANDS);
    genesis = sample();
    genesis->organisations[2].keys[3] = genesis->organisations[0].keys[0];
    refused(genesis, ERR_KEY_STANDS);
    genesis = sample();
    genesis->nodes[1].key = genesis->nodes[0].key;
    refused(genesis, ERR_KEY_STANDS);
    genesis = sample();
    genesis->nodes[0].key = genesis->organisations[0].keys[0];
    refused(genesis, ERR_KEY_STANDS);
}
END_TEST

START_TEST(refuses_keys_that_are_no_points)
{
    struct genesis *genesis = sample();
    genesis->organisations[2].keys[3].bytes[0] = 5;
    not_written(genesis, ERR_BAD_KEY);
    genesis = sample();
    memset(&genesis->nodes[1].key, 0, PUBLIC_KEY_SIZE);
    not_written(genesis, ERR_BAD_KEY);

    uint8_t buffer[2048];
    struct bytes file = written(sample(), buffer, sizeof buffer);
    ck_assert_uint_eq(buffer[41], 0x58);
    buffer[43] = 5;
    recode_refuses(recode_genesis, file, ERR_BAD_KEY);
}
END_TEST

START_TEST(refuses_nodes_of_nobody_or_without_a_ca)
{
    struct genesis *genesis = sample();
    genesis->organisations[2].ca = bytes_of(NULL, 0);
    refused(genesis, ERR_MISSING_FIELD);
    genesis = sample();
    genesis->organisations[1].ca = bytes_of(NULL, 0);
    refused(genesis, ERR_MISSING_FIELD);

    uint8_t buffer[2048];
    struct bytes file = written(sample(), buffer, sizeof buffer);
    /* The last one in the file: the second node's. */
    uint8_t *last = memmem(buffer + file.size - 128, 128, "cncc", 4);
    ck_assert(last != NULL);
    last[3] = 'd';
    recode_refuses(recode_genesis, file, ERR_UNKNOWN_ORGANISATION);
}
END_TEST

START_TEST(refuses_a_certificate_above_the_limit)
{
    static uint8_t large[CERTIFICATE_SIZE_MAX + 1];
    static uint8_t buffer[2 * CERTIFICATE_SIZE_MAX];
    struct genesis *genesis = sample();
    genesis->organisations[0].ca = bytes_of(large, CERTIFICATE_SIZE_MAX);
    recode_takes(recode_genesis, written(genesis, buffer, sizeof buffer));
    genesis = sample();
    genesis->organisations[0].ca = bytes_of(large, CERTIFICATE_SIZE_MAX + 1);
    not_written(genesis, ERR_TOO_LARGE);
}
END_TEST

START_TEST(refuses_addresses_that_cannot_be_called)
{
    static const char *const addresses[] = {"", " ", "tls+tcp://a b:1", "tcp://a:1", "tls+tcp://a"};
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        struct genesis *genesis = sample();
        snprintf(genesis->nodes[0].address, sizeof genesis->nodes[0].address, "%s", addresses[i]);
        not_written(genesis, ERR_BAD_TEXT);
    }
}
END_TEST

START_TEST(finds_nodes_by_name_and_id)
{
    uint8_t buffer[2048];
    struct genesis *genesis = malloc(sizeof *genesis);
    ck_assert(genesis != NULL);
    ck_assert_int_eq(genesis_parse(written(sample(), buffer, sizeof buffer), genesis), ERR_OK);
    ck_assert_ptr_eq(genesis_node_named(genesis, "nairobi"), &genesis->nodes[0]);
    ck_assert_ptr_eq(genesis_node_named(genesis, "abuja"), &genesis->nodes[1]);
    ck_assert_ptr_null(genesis_node_named(genesis, ""));
    ck_assert_ptr_null(genesis_node_named(genesis, "ncc"));
    ck_assert_ptr_eq(genesis_node(genesis, 1), &genesis->nodes[0]);
    ck_assert_ptr_eq(genesis_node(genesis, 7), &genesis->nodes[1]);
    ck_assert_ptr_null(genesis_node(genesis, 0));
    ck_assert_ptr_null(genesis_node(genesis, 2));
    free(genesis);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &reads_what_it_wrote,
        &has_one_encoding,
        &is_a_map_of_seven,
        &ends_with_the_nodes,
        &takes_as_much_as_it_may_name,
        &refuses_a_file_above_the_limit,
        &refuses_another_version_and_other_fields,
        &refuses_a_file_without_one_of_its_fields,
        &refuses_numbers_out_of_range,
        &refuses_ballots_that_no_vote_can_reach_or_that_need_none,
        &refuses_a_network_without_a_regulator,
        &refuses_lists_that_are_empty_or_too_long,
        &refuses_names_out_of_order_or_twice,
        &refuses_a_key_twice,
        &refuses_keys_that_are_no_points,
        &refuses_nodes_of_nobody_or_without_a_ca,
        &refuses_a_certificate_above_the_limit,
        &refuses_addresses_that_cannot_be_called,
        &finds_nodes_by_name_and_id,
    };
    return suite_run("proto/genesis", cases, sizeof cases / sizeof cases[0]);
}
