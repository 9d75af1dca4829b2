#include "ledger/rows.h"

#include "tests/unit/ledger/scene.h"

#define ROUNDS 2000

/* ---- what a row of each kind looks like, made by chance ---- */

static void random_text(uint64_t *seed, char *out, size_t size_max)
{
    size_t size = chance_below(seed, size_max + 1);
    for (size_t i = 0; i < size; i++)
        out[i] = (char)('a' + chance_below(seed, 26));
    out[size] = '\0';
}

static struct item random_item(uint64_t *seed, bool is_range)
{
    uint32_t tac = (uint32_t)chance_below(seed, IMEI_TACS);
    uint32_t a = (uint32_t)chance_below(seed, IMEI_SERIALS);
    uint32_t b = (uint32_t)chance_below(seed, IMEI_SERIALS);
    if (!is_range)
        return device_item(tac, a);
    return a < b ? range_item(tac, a, b) : range_item(tac, b, a == b ? a + 1 : a);
}

static struct trace random_trace(uint64_t *seed, bool is_range)
{
    return (struct trace){.item = random_item(seed, is_range),
                          .organisation = (uint16_t)chance(seed),
                          .kind = (enum claim_kind)(1 + chance_below(seed, 4)),
                          .index = chance_below(seed, INDEX_END)};
}

static struct row make_organisation(uint64_t *seed)
{
    struct organisation row = {.country = country_of("AA"), .roles = (unsigned)chance(seed) & 63};
    random_text(seed, row.name.text, NAME_SIZE_MAX);
    return organisation_pack(&row);
}

static struct row make_key(uint64_t *seed)
{
    struct key_info row = {.organisation = (uint16_t)chance(seed),
                           .from_height = chance(seed),
                           .revoked_height = chance(seed)};
    row.key = public_of(1 + (uint32_t)chance_below(seed, 100));
    return key_pack(&row);
}

static struct row make_proposal(uint64_t *seed)
{
    struct proposal row = {.country = country_of("AA"), .has_key = chance_below(seed, 2) == 0};
    random_text(seed, row.name.text, NAME_SIZE_MAX);
    if (row.has_key)
        row.key = public_of(1 + (uint32_t)chance_below(seed, 100));
    return proposal_pack(&row);
}

static struct row make_node(uint64_t *seed)
{
    struct node row = {.organisation = (uint16_t)chance(seed),
                       .was_voter = chance_below(seed, 2) == 0,
                       .since_height = chance(seed)};
    row.key = public_of(1 + (uint32_t)chance_below(seed, 100));
    random_text(seed, row.name.text, NAME_SIZE_MAX);
    random_text(seed, row.address, ADDRESS_SIZE_MAX);
    return node_pack(&row);
}

static struct row make_tac(uint64_t *seed)
{
    struct tac_row row = {.organisation = (uint16_t)chance(seed),
                          .index = chance_below(seed, INDEX_END)};
    random_text(seed, row.brand, TAC_TEXT_SIZE_MAX);
    random_text(seed, row.model, TAC_TEXT_SIZE_MAX);
    return tac_pack(&row);
}

static struct row make_record(uint64_t *seed)
{
    struct record row = {.height = chance(seed),
                         .position = (uint32_t)chance(seed),
                         .time_ms = chance(seed),
                         .issued_at_ms = chance(seed),
                         .err = ERR_CLAIM_ABSENT,
                         .organisation = (uint16_t)chance(seed),
                         .operation = (enum operation)(chance(seed) & 255),
                         .reason = (enum reason)(chance(seed) & 255),
                         .changed = (uint32_t)chance(seed),
                         .lane = chance(seed),
                         .number = chance(seed)};
    memcpy(row.key.bytes, &(uint64_t){chance(seed)}, 8);
    memcpy(row.id.bytes, &(uint64_t){chance(seed)}, 8);
    return record_pack(&row);
}

static struct row make_claim(uint64_t *seed)
{
    struct trace trace = random_trace(seed, false);
    return claim_pack(&trace);
}

static struct row make_span(uint64_t *seed)
{
    struct trace trace = random_trace(seed, true);
    return claim_pack(&trace);
}

static struct row make_event(uint64_t *seed)
{
    struct trace trace = random_trace(seed, false);
    return event_pack(&trace);
}

static struct row make_span_event(uint64_t *seed)
{
    struct trace trace = random_trace(seed, true);
    return event_pack(&trace);
}

/* ---- unpacks and packs again ---- */

#define AGAIN(name, type, unpack, pack)                                                            \
    static enum err again_##name(struct bytes bytes, struct row *out)                              \
    {                                                                                              \
        type value;                                                                                \
        enum err err = unpack;                                                                     \
        if (err == ERR_OK)                                                                         \
            *out = pack(&value);                                                                   \
        return err;                                                                                \
    }

AGAIN(organisation, struct organisation, organisation_unpack(1, bytes, &value), organisation_pack)
AGAIN(key, struct key_info, key_unpack(bytes, &value), key_pack)
AGAIN(proposal, struct proposal, proposal_unpack(bytes, &value), proposal_pack)
AGAIN(node, struct node, node_unpack(7, bytes, &value), node_pack)
AGAIN(tac, struct tac_row, tac_unpack(bytes, &value), tac_pack)
AGAIN(record, struct record, record_unpack(bytes, &value), record_pack)
AGAIN(claim, struct trace, claim_unpack(35000000, false, bytes, &value), claim_pack)
AGAIN(span, struct trace, claim_unpack(35000000, true, bytes, &value), claim_pack)
AGAIN(event, struct trace, event_unpack(35000000, false, bytes, &value), event_pack)
AGAIN(span_event, struct trace, event_unpack(35000000, true, bytes, &value), event_pack)

static const struct {
    const char *name;
    struct row (*make)(uint64_t *seed);
    enum err (*again)(struct bytes bytes, struct row *out);
    size_t size;     /* of every row; 0 when it ends in a text */
    size_t size_min; /* of the smallest */
} KINDS[] = {
    {"organisation", make_organisation, again_organisation, 0, 3},
    {"key", make_key, again_key, 51, 51},
    {"proposal", make_proposal, again_proposal, 0, 36},
    {"node", make_node, again_node, 0, 45},
    {"tac", make_tac, again_tac, 0, 8},
    {"record", make_record, again_record, 102, 102},
    {"claim", make_claim, again_claim, 11, 11},
    {"span", make_span, again_span, SPAN_SIZE, SPAN_SIZE},
    {"event", make_event, again_event, 10, 10},
    {"span_event", make_span_event, again_span_event, SPAN_EVENT_SIZE, SPAN_EVENT_SIZE},
};

#define KIND_COUNT ((int)(sizeof(KINDS) / sizeof(KINDS[0])))

START_TEST(every_row_comes_back_as_it_was)
{
    uint64_t seed = 1;
    for (int round = 0; round < ROUNDS; round++) {
        struct row row = KINDS[_i].make(&seed);
        struct row again;
        assert_ok(KINDS[_i].again(row_view(&row), &again));
        ck_assert(bytes_equal(row_view(&row), row_view(&again)));
        if (KINDS[_i].size != 0)
            ck_assert_uint_eq(row.size, KINDS[_i].size);
    }
}
END_TEST

START_TEST(refuses_every_truncation_and_any_byte_more)
{
    uint64_t seed = 2;
    for (int round = 0; round < 20; round++) {
        struct row row = KINDS[_i].make(&seed);
        struct row again;
        for (size_t size = 0; size < KINDS[_i].size_min; size++)
            assert_err(KINDS[_i].again(bytes_of(row.data, size), &again), DAMAGED);
        if (KINDS[_i].size == 0)
            continue;
        row.data[row.size++] = 0;
        assert_err(KINDS[_i].again(row_view(&row), &again), DAMAGED);
    }
}
END_TEST

START_TEST(any_bytes_are_refused_or_the_one_form_of_a_row)
{
    uint64_t seed = 3;
    for (int round = 0; round < ROUNDS; round++) {
        struct row row = KINDS[_i].make(&seed);
        if (round % 2 == 0) {
            size_t bit = chance_below(&seed, row.size * 8);
            row.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        } else {
            for (size_t i = 0; i < row.size; i++)
                row.data[i] = (uint8_t)chance(&seed);
        }
        struct row again;
        enum err err = KINDS[_i].again(row_view(&row), &again);
        if (err == ERR_OK)
            ck_assert(bytes_equal(row_view(&row), row_view(&again)));
        else
            assert_err(err, DAMAGED);
    }
}
END_TEST

START_TEST(refuses_what_packing_never_makes)
{
    uint64_t seed = 4;
    struct row again;
    struct row row = make_claim(&seed);
    row.data[0] = 0x0F; /* serial 1 000 000 = 0x0F4240 */
    row.data[1] = 0x42;
    row.data[2] = 0x40;
    assert_err(again_claim(row_view(&row), &again), DAMAGED);
    row.data[2] = 0x3F;
    assert_ok(again_claim(row_view(&row), &again));
    row.data[5] = 5; /* no such kind */
    assert_err(again_claim(row_view(&row), &again), DAMAGED);

    row = make_span(&seed);
    memcpy(row.data + 3, row.data, 3); /* a range of one */
    assert_err(again_span(row_view(&row), &again), DAMAGED);

    row = make_tac(&seed);
    row.data[7] = TAC_TEXT_SIZE_MAX + 1;
    assert_err(again_tac(row_view(&row), &again), DAMAGED);

    row = make_organisation(&seed);
    row.size = 3 + NAME_SIZE_MAX + 1;
    memset(row.data + 3, 'a', NAME_SIZE_MAX + 1);
    assert_err(again_organisation(row_view(&row), &again), DAMAGED);
    row.size--;
    assert_ok(again_organisation(row_view(&row), &again));
    row.data[3] = '\0';
    assert_err(again_organisation(row_view(&row), &again), DAMAGED);

    row = make_record(&seed);
    row.data[28] = 0xFF; /* no such error */
    assert_err(again_record(row_view(&row), &again), DAMAGED);
}
END_TEST

START_TEST(numbers_and_indexes_come_back)
{
    uint64_t seed = 5;
    for (int round = 0; round < ROUNDS; round++) {
        uint16_t number = (uint16_t)chance(&seed);
        uint16_t number_again;
        uint64_t index = chance_below(&seed, INDEX_END);
        uint64_t index_again;
        struct row a = number_pack(number);
        struct row b = index_pack(index);
        assert_ok(number_unpack(row_view(&a), &number_again));
        assert_ok(index_unpack(row_view(&b), &index_again));
        ck_assert_uint_eq(number, number_again);
        ck_assert_uint_eq(index, index_again);
        ck_assert_uint_eq(b.size, INDEX_SIZE);
        uint32_t id = (uint32_t)chance(&seed);
        uint32_t id_again;
        struct row d = node_id_pack(id);
        assert_ok(node_id_unpack(row_view(&d), &id_again));
        ck_assert_uint_eq(id, id_again);
        assert_err(node_id_unpack(bytes_of(d.data, 3), &id_again), DAMAGED);
        uint64_t lane_number = chance(&seed);
        uint64_t lane_again;
        struct row c = lane_pack(lane_number, index);
        assert_ok(lane_unpack(row_view(&c), &lane_again, &index_again));
        ck_assert_uint_eq(lane_number, lane_again);
        ck_assert_uint_eq(index, index_again);
        assert_err(lane_unpack(bytes_of(c.data, c.size - 1), &lane_again, &index_again), DAMAGED);
        assert_err(number_unpack(bytes_of(a.data, 1), &number_again), DAMAGED);
        assert_err(index_unpack(bytes_of(b.data, INDEX_SIZE - 1), &index_again), DAMAGED);
    }
}
END_TEST

/* ---- order ---- */

static int order(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int sign_of(int difference)
{
    return (difference > 0) - (difference < 0);
}

/* As a reader of the tables walks: place, whose, kind, transaction. */
static int order_of_claims(const struct trace *a, const struct trace *b)
{
    int by[] = {order(a->item.from.value, b->item.from.value),
                order(a->item.to.value, b->item.to.value), order(a->organisation, b->organisation),
                order(a->kind, b->kind), order(a->index, b->index)};
    for (size_t i = 0; i < 5; i++)
        if (by[i] != 0)
            return by[i];
    return 0;
}

static int order_of_events(const struct trace *a, const struct trace *b)
{
    int by[] = {order(a->item.from.value, b->item.from.value),
                order(a->item.to.value, b->item.to.value), order(a->index, b->index),
                order(a->organisation, b->organisation)};
    for (size_t i = 0; i < 4; i++)
        if (by[i] != 0)
            return by[i];
    return 0;
}

/* Near each other, so that later fields decide as well. */
static struct trace close_trace(uint64_t *seed, bool is_range)
{
    uint32_t from = 65535 + (uint32_t)chance_below(seed, 2);
    uint32_t to = is_range ? from + 1 + (uint32_t)chance_below(seed, 2) : from;
    return (struct trace){.item = range_item(35000000, from, to),
                          .organisation = (uint16_t)(255 + chance_below(seed, 2)),
                          .kind = (enum claim_kind)(1 + chance_below(seed, 2)),
                          .index = UINT32_MAX + chance_below(seed, 2)};
}

START_TEST(rows_sort_as_their_numbers_do)
{
    uint64_t seed = 6;
    for (int round = 0; round < ROUNDS; round++) {
        bool is_range = round % 2 == 0;
        struct trace a = close_trace(&seed, is_range);
        struct trace b = close_trace(&seed, is_range);
        struct row x = claim_pack(&a);
        struct row y = claim_pack(&b);
        ck_assert_int_eq(sign_of(memcmp(x.data, y.data, x.size)), order_of_claims(&a, &b));
        x = event_pack(&a);
        y = event_pack(&b);
        ck_assert_int_eq(sign_of(memcmp(x.data, y.data, x.size)), order_of_events(&a, &b));
    }
}
END_TEST

START_TEST(a_width_bounds_the_length_of_its_ranges)
{
    uint64_t seed = 7;
    for (int round = 0; round < ROUNDS; round++) {
        struct item item = random_item(&seed, true);
        uint64_t length = item.to.value - item.from.value + 1;
        unsigned width = span_width(&item);
        ck_assert_uint_ge(width, 1);
        ck_assert_uint_le(width, SPAN_WIDTH_MAX);
        ck_assert_uint_le(length, UINT64_C(1) << width);
        ck_assert_uint_gt(length, UINT64_C(1) << (width - 1));
    }
    ck_assert_uint_eq(span_width(&(struct item){{0}, {1}}), 1);
    ck_assert_uint_eq(span_width(&(struct item){{0}, {IMEI_SERIALS - 1}}), SPAN_WIDTH_MAX);
}
END_TEST

START_TEST(the_smallest_span_row_is_below_all_that_begin_there)
{
    uint64_t seed = 8;
    for (int round = 0; round < ROUNDS; round++) {
        struct trace trace = random_trace(&seed, true);
        uint32_t from = imei_serial(trace.item.from);
        struct row row = claim_pack(&trace);
        struct row same = span_seek(from, SPAN_SIZE);
        struct row next = span_seek(from + 1 < IMEI_SERIALS ? from + 1 : from, SPAN_SIZE);
        uint32_t from_again;
        uint32_t to_again;
        ck_assert_int_lt(memcmp(same.data, row.data, SPAN_SIZE), 0);
        if (from + 1 < IMEI_SERIALS)
            ck_assert_int_gt(memcmp(next.data, row.data, SPAN_SIZE), 0);
        assert_ok(span_unpack(row_view(&row), &from_again, &to_again));
        ck_assert_uint_eq(from_again, from);
        ck_assert_uint_eq(to_again, imei_serial(trace.item.to));
        assert_err(span_unpack(bytes_of(row.data, 5), &from_again, &to_again), DAMAGED);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ledger/rows");
    TCase *all = tcase_create("rows");
    tcase_add_loop_test(all, every_row_comes_back_as_it_was, 0, KIND_COUNT);
    tcase_add_loop_test(all, refuses_every_truncation_and_any_byte_more, 0, KIND_COUNT);
    tcase_add_loop_test(all, any_bytes_are_refused_or_the_one_form_of_a_row, 0, KIND_COUNT);
    tcase_add_test(all, refuses_what_packing_never_makes);
    tcase_add_test(all, numbers_and_indexes_come_back);
    tcase_add_test(all, rows_sort_as_their_numbers_do);
    tcase_add_test(all, a_width_bounds_the_length_of_its_ranges);
    tcase_add_test(all, the_smallest_span_row_is_below_all_that_begin_there);
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
