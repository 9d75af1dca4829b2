#include "proto/items.h"

#include "tests/unit/proto/fixture.h"

enum { ROOM = 2 * 1024 * 1024 };

static uint8_t room[ROOM];
static struct item parsed[TX_ITEMS_MAX + 1];
static struct item made[TX_ITEMS_MAX + 1];

static struct item single(uint32_t tac, uint32_t serial)
{
    return (struct item){imei_of(tac, serial), imei_of(tac, serial)};
}

static struct item range(uint32_t tac, uint32_t from, uint32_t to)
{
    return (struct item){imei_of(tac, from), imei_of(tac, to)};
}

/* Reads an array and walks it to `parsed`: the walk ends and agrees with the count. */
static enum err read_items(struct bytes input, size_t *count)
{
    struct reader reader = reader_over(input);
    struct bytes items = items_read(&reader, count);
    enum err err = reader_done(&reader);
    if (err != ERR_OK)
        return err;
    ck_assert_ptr_eq(items.data, input.data);
    ck_assert_uint_eq(items.size, input.size);
    struct item_walk walk = item_walk(items);
    size_t walked = 0;
    uint64_t next = 0;
    for (struct item item; item_walk_next(&walk, &item); walked++) {
        if (item.from.value < next || item.to.value < item.from.value ||
            imei_tac(item.from) != imei_tac(item.to) || walked >= *count)
            ck_abort_msg("the walk is out of order at %zu", walked);
        next = item.to.value + 1;
        parsed[walked] = item;
    }
    ck_assert_uint_eq(walked, *count);
    ck_assert_uint_ge(walked, 1);
    ck_assert(!item_walk_next(&walk, &parsed[walked]));
    return ERR_OK;
}

static enum err recode_items(struct bytes input, struct writer *again)
{
    size_t count;
    enum err err = read_items(input, &count);
    if (err == ERR_OK)
        items_write(again, parsed, count);
    return err;
}

static struct bytes write_items(const struct item *items, size_t count)
{
    struct writer writer = writer_over(room, sizeof room);
    items_write(&writer, items, count);
    ck_assert_msg(writer_ok(&writer), "%s", err_name(writer.err));
    return writer_view(&writer);
}

static void encodes(const struct item *items, size_t count, const char *hex)
{
    static uint8_t expected[256];
    assert_bytes(write_items(items, count), from_hex(hex, expected, sizeof expected));
    recode_holds(recode_items, bytes_of(expected, strlen(hex) / 2));
}

static void refuses(const char *hex, enum err expected)
{
    uint8_t buffer[256];
    recode_refuses(recode_items, from_hex(hex, buffer, sizeof buffer), expected);
}

START_TEST(writes_one_imei_as_a_number)
{
    encodes((struct item[]){single(35209900, 176148)}, 1, "811b00002005f197b314");
    encodes((struct item[]){single(0, 0)}, 1, "8100");
    encodes((struct item[]){single(99999999, 999999)}, 1, "811b00005af3107a3fff");
}
END_TEST

START_TEST(packs_imeis_of_one_tac)
{
    encodes((struct item[]){single(35209900, 1), single(35209900, 2)}, 2,
            "81821a021942ac46000001000002");
    encodes((struct item[]){single(0, 0), single(0, 65536), single(0, 999999)}, 3,
            "818200490000000100000f423f");
    encodes((struct item[]){single(1, 5), single(2, 5), single(2, 6), single(3, 5)}, 4,
            "831a000f42458202460000050000061a002dc6c5");
}
END_TEST

START_TEST(writes_ranges_as_they_are)
{
    encodes((struct item[]){range(35209900, 0, 999999)}, 1,
            "81821b00002005f19503001b00002005f1a4453f");
    encodes((struct item[]){range(0, 0, 1), range(0, 2, 3)}, 2, "82820001820203");
    encodes((struct item[]){range(99999999, 0, 999999)}, 1,
            "81821b00005af3106afdc01b00005af3107a3fff");
}
END_TEST

START_TEST(ends_a_run_at_a_range_between)
{
    encodes((struct item[]){single(0, 1), range(0, 2, 3), single(0, 4)}, 3, "830182020304");
    encodes((struct item[]){single(0, 1), single(0, 2), range(0, 3, 4), single(0, 5), single(0, 6),
                            range(1, 0, 1), single(1, 2)},
            7, "85820046000001000002820304820046000005000006821a000f42401a000f42411a000f4242");
}
END_TEST

START_TEST(refuses_what_should_have_been_packed_otherwise)
{
    refuses("820102", ERR_NOT_CANONICAL);                                 /* two singles of a TAC */
    refuses("81820043000001", ERR_NOT_CANONICAL);                         /* a single, packed */
    refuses("81820040", ERR_NOT_CANONICAL);                               /* none, packed */
    refuses("8201820046000002000003", ERR_NOT_CANONICAL);                 /* a single and a run */
    refuses("8282004600000100000203", ERR_NOT_CANONICAL);                 /* a run and a single */
    refuses("82820046000001000002820046000003000004", ERR_NOT_CANONICAL); /* two runs */
}
END_TEST

START_TEST(refuses_what_is_out_of_order_or_overlaps)
{
    refuses("821a000f424001", ERR_NOT_CANONICAL);             /* singles, descending */
    refuses("820101", ERR_NOT_CANONICAL);                     /* twice the same */
    refuses("81820046000002000001", ERR_NOT_CANONICAL);       /* serials, descending */
    refuses("81820046000001000001", ERR_NOT_CANONICAL);       /* twice the same serial */
    refuses("81820101", ERR_NOT_CANONICAL);                   /* a range of one */
    refuses("81820201", ERR_NOT_CANONICAL);                   /* a range, reversed */
    refuses("828201030382", ERR_NOT_CANONICAL);               /* a single on a range's end */
    refuses("8282010302", ERR_NOT_CANONICAL);                 /* a single within a range */
    refuses("82820103820304", ERR_NOT_CANONICAL);             /* ranges that share an end */
    refuses("82820103820202", ERR_NOT_CANONICAL);             /* a range within a range */
    refuses("8203820305", ERR_NOT_CANONICAL);                 /* a range from a single on */
    refuses("82820046000001000003820205", ERR_NOT_CANONICAL); /* a range into a run */
    refuses("82820105820046000004000006", ERR_NOT_CANONICAL); /* a run into a range */
}
END_TEST

START_TEST(refuses_values_out_of_range)
{
    refuses("80", ERR_OUT_OF_RANGE);                   /* nothing */
    refuses("811b00005af3107a4000", ERR_OUT_OF_RANGE); /* an IMEI of 15 digits */
    refuses("811bffffffffffffffff", ERR_OUT_OF_RANGE);
    refuses("81821a05f5e10046000001000002", ERR_OUT_OF_RANGE); /* a TAC of nine digits */
    refuses("81821b00005af3107a3fff46000001000002", ERR_OUT_OF_RANGE);
    refuses("818200460000010f4240", ERR_OUT_OF_RANGE); /* a serial of seven digits */
    refuses("818200460f42400f4241", ERR_OUT_OF_RANGE);
    refuses("8182004700000100000200", ERR_OUT_OF_RANGE); /* a third of a serial */
    refuses("818200480000010000020000", ERR_OUT_OF_RANGE);
    refuses("8182004100", ERR_OUT_OF_RANGE);
    refuses("8182011a000f4240", ERR_OUT_OF_RANGE); /* a range over two TACs */
    refuses("81821a000f42401a001e847f01", ERR_TRAILING);
    refuses("81821a000f42401a001e8480", ERR_OUT_OF_RANGE);
    refuses("8182001b00005af3107a4000", ERR_OUT_OF_RANGE);
    refuses("818101", ERR_OUT_OF_RANGE);     /* an element of one part */
    refuses("8183010203", ERR_OUT_OF_RANGE); /* of three */
}
END_TEST

START_TEST(refuses_values_of_another_type)
{
    refuses("00", ERR_WRONG_TYPE);
    refuses("8120", ERR_WRONG_TYPE);
    refuses("816131", ERR_WRONG_TYPE);
    refuses("8146000001000002", ERR_WRONG_TYPE);
    refuses("8182200146", ERR_WRONG_TYPE);
    refuses("818200f4", ERR_WRONG_TYPE);
    refuses("81820066000001000002", ERR_WRONG_TYPE); /* serials as a text */
    refuses("818201818202", ERR_WRONG_TYPE);
    refuses("818201", ERR_TRUNCATED);
    refuses("9f01ff", ERR_NOT_CANONICAL);
    refuses("811801", ERR_NOT_CANONICAL);
    refuses("818200584600000100000200", ERR_TRUNCATED);
    refuses("8182005806000001000002", ERR_NOT_CANONICAL);
}
END_TEST

/* ---- every array over a small world ---- */

/* Two TACs with three serials each: all singles, all sets of serials, all ranges, good and bad. */
static size_t make_elements(uint8_t (*elements)[20], size_t *sizes)
{
    size_t count = 0;
    for (uint32_t a = 0; a < 6; a++) {
        struct writer writer = writer_over(elements[count], 20);
        cbor_put_uint(&writer, imei_of(a / 3, a % 3).value);
        sizes[count++] = writer.size;
        for (uint32_t b = 0; b < 6; b++) {
            writer = writer_over(elements[count], 20);
            cbor_put_array(&writer, 2);
            cbor_put_uint(&writer, imei_of(a / 3, a % 3).value);
            cbor_put_uint(&writer, imei_of(b / 3, b % 3).value);
            sizes[count++] = writer.size;
        }
    }
    for (uint32_t tac = 0; tac < 2; tac++) {
        for (unsigned set = 0; set < 8; set++) {
            struct writer writer = writer_over(elements[count], 20);
            cbor_put_array(&writer, 2);
            cbor_put_uint(&writer, tac);
            cbor_put_bytes_head(&writer, 3 * (size_t)__builtin_popcount(set));
            for (uint32_t serial = 0; serial < 3; serial++) {
                if ((set >> serial & 1) != 0)
                    writer_bytes(&writer, (uint8_t[]){0, 0, (uint8_t)serial}, 3);
            }
            sizes[count++] = writer.size;
        }
    }
    return count;
}

/* How many lists of disjoint items over one TAC's serials from `from` on take how many elements,
 * counted without proto: `is_run` says that the item before was a single. */
static void count_lists(uint32_t from, size_t elements, bool is_run, size_t *counts)
{
    counts[elements]++;
    for (uint32_t first = from; first < 3; first++) {
        count_lists(first + 1, elements + !is_run, true, counts);
        for (uint32_t last = first + 1; last < 3; last++)
            count_lists(last + 1, elements + 1, false, counts);
    }
}

START_TEST(takes_one_array_for_each_set_in_a_small_world)
{
    static uint8_t elements[64][20];
    size_t sizes[64];
    size_t count = make_elements(elements, sizes);
    ck_assert_uint_eq(count, 6 + 36 + 16);
    size_t taken[4] = {0};
    for (size_t length = 1; length <= 3; length++) {
        size_t arrays = length == 1 ? count : length == 2 ? count * count : count * count * count;
        for (size_t array = 0; array < arrays; array++) {
            struct writer writer = writer_over(room, sizeof room);
            struct writer again = writer_over(room + 1000, 1000);
            cbor_put_array(&writer, length);
            for (size_t i = 0, rest = array; i < length; i++, rest /= count)
                writer_bytes(&writer, elements[rest % count], sizes[rest % count]);
            if (recode_items(writer_view(&writer), &again) != ERR_OK)
                continue;
            /* Written again the same: no other array that is taken has these items. */
            assert_bytes(writer_view(&again), writer_view(&writer));
            taken[length]++;
        }
    }
    size_t of_tac[8] = {0};
    count_lists(0, 0, false, of_tac);
    for (size_t length = 1; length <= 3; length++) {
        size_t expected = 0;
        for (size_t left = 0; left <= length; left++)
            expected += of_tac[left] * of_tac[length - left];
        ck_assert_uint_eq(taken[length], expected);
    }
}
END_TEST

/* ---- sets of any size ---- */

/* `count` random items in ascending order, over few or many TACs. */
static size_t make_items(uint64_t *state, size_t count)
{
    uint64_t stride = UINT64_C(1) << dice_below(state, 28);
    uint64_t next = dice_below(state, IMEI_VALUES - count * (stride + 4));
    for (size_t i = 0; i < count; i++) {
        uint64_t from = next + dice_below(state, stride);
        uint64_t to = from + (dice_below(state, 4) == 0 ? dice_below(state, 4) : 0);
        bool fits = from / IMEI_SERIALS == to / IMEI_SERIALS;
        made[i] = (struct item){{from}, {fits ? to : from}};
        next = made[i].to.value + 1;
    }
    return count;
}

START_TEST(reads_every_set_that_it_writes)
{
    uint64_t state = 14;
    for (unsigned round = 0; round < 2000; round++) {
        size_t count = make_items(&state, 1 + dice_below(&state, round % 10 == 0 ? 3000 : 30));
        struct bytes encoded = write_items(made, count);
        size_t found;
        ck_assert_int_eq(read_items(encoded, &found), ERR_OK);
        ck_assert_uint_eq(found, count);
        ck_assert_mem_eq(parsed, made, count * sizeof made[0]);
        size_t size_max = items_size_max(made, count);
        ck_assert_uint_le(encoded.size, size_max);
        ck_assert_uint_le(size_max - encoded.size, 4 + 16 * count);
    }
}
END_TEST

START_TEST(looks_at_no_item_past_the_count)
{
    for (uint32_t i = 0; i < 10; i++)
        made[i] = single(35209900, i);
    for (size_t count = 1; count <= 10; count++) {
        size_t found;
        struct bytes encoded = write_items(made, count);
        ck_assert_uint_le(encoded.size, items_size_max(made, count));
        ck_assert_uint_le(items_size_max(made, count), 16 + 3 * count);
        ck_assert_int_eq(read_items(encoded, &found), ERR_OK);
        ck_assert_uint_eq(found, count);
    }
}
END_TEST

START_TEST(bounds_the_size_closely)
{
    for (size_t i = 0; i < TX_ITEMS_MAX; i++)
        made[i] = single(35209900 + (uint32_t)(i / 50000), (uint32_t)(i % 50000) * 20);
    struct bytes encoded = write_items(made, TX_ITEMS_MAX);
    ck_assert_uint_le(encoded.size, 3 * TX_ITEMS_MAX + 32);
    ck_assert_uint_le(items_size_max(made, TX_ITEMS_MAX) - encoded.size, 16);
    for (size_t i = 0; i < 1000; i++)
        made[i] = i % 2 == 0 ? single(99999999, (uint32_t)(3 * i))
                             : range(99999999, (uint32_t)(3 * i), (uint32_t)(3 * i + 1));
    ck_assert_uint_le(items_size_max(made, 1000) - write_items(made, 1000).size, 4);
}
END_TEST

START_TEST(takes_as_many_items_as_the_limit_in_every_form)
{
    for (unsigned form = 0; form < 4; form++) {
        for (uint32_t i = 0; i <= TX_ITEMS_MAX; i++) {
            switch (form) {
            case 0: made[i] = single(1, i); break;
            case 1: made[i] = single(i, 7); break;
            case 2: made[i] = range(1, 2 * i, 2 * i + 1); break;
            default: made[i] = i % 3 == 0 ? range(i / 3, 0, 5) : single(i / 3, 10 + i % 3);
            }
        }
        size_t found;
        ck_assert_int_eq(read_items(write_items(made, TX_ITEMS_MAX), &found), ERR_OK);
        ck_assert_uint_eq(found, TX_ITEMS_MAX);
        ck_assert_mem_eq(parsed, made, TX_ITEMS_MAX * sizeof made[0]);
        struct writer writer = writer_over(room, sizeof room);
        items_write(&writer, made, TX_ITEMS_MAX + 1);
        ck_assert_int_eq(writer.err, ERR_TOO_LARGE);
        ck_assert_uint_eq(writer.size, 0);
    }
}
END_TEST

START_TEST(refuses_one_item_more_than_the_limit)
{
    size_t found = 9;
    struct writer writer = writer_over(room, sizeof room);
    cbor_put_array(&writer, TX_ITEMS_MAX + 1); /* singles of as many TACs */
    for (uint32_t i = 0; i <= TX_ITEMS_MAX; i++)
        cbor_put_uint(&writer, imei_of(i, 0).value);
    ck_assert_int_eq(read_items(writer_view(&writer), &found), ERR_TOO_LARGE);
    ck_assert_uint_eq(found, 0);

    writer = writer_over(room, sizeof room);
    cbor_put_array(&writer, 2); /* as many serials of one, and a single */
    cbor_put_array(&writer, 2);
    cbor_put_uint(&writer, 1);
    cbor_put_bytes_head(&writer, 3 * (size_t)TX_ITEMS_MAX);
    for (uint32_t i = 0; i < TX_ITEMS_MAX; i++) {
        writer_u8(&writer, (uint8_t)(i >> 16));
        writer_u16(&writer, (uint16_t)i);
    }
    cbor_put_uint(&writer, imei_of(2, 0).value);
    ck_assert_int_eq(read_items(writer_view(&writer), &found), ERR_TOO_LARGE);
    ck_assert_uint_eq(found, 0);
}
END_TEST

static void refuses_to_write(struct item first, struct item second, enum err expected)
{
    struct item items[] = {first, second};
    struct writer writer = writer_over(room, sizeof room);
    items_write(&writer, items, 2);
    ck_assert_int_eq(writer.err, expected);
    ck_assert_uint_eq(writer.size, 0);
}

START_TEST(writes_nothing_that_it_would_not_read)
{
    struct item far = single(5, 5);
    refuses_to_write(far, far, ERR_NOT_CANONICAL);
    refuses_to_write(far, single(5, 4), ERR_NOT_CANONICAL);
    refuses_to_write(range(5, 1, 9), far, ERR_NOT_CANONICAL);
    refuses_to_write(range(5, 1, 5), far, ERR_NOT_CANONICAL);
    refuses_to_write(far, range(5, 5, 6), ERR_NOT_CANONICAL);
    refuses_to_write(range(5, 1, 4), range(5, 4, 5), ERR_NOT_CANONICAL);
    refuses_to_write(range(5, 4, 1), far, ERR_NOT_CANONICAL);
    refuses_to_write((struct item){imei_of(4, 0), imei_of(5, 0)}, far, ERR_OUT_OF_RANGE);
    refuses_to_write(far, single(100000000, 0), ERR_OUT_OF_RANGE);
    refuses_to_write(far, (struct item){{UINT64_MAX}, {UINT64_MAX}}, ERR_OUT_OF_RANGE);
    refuses_to_write(far, range(100000000, 0, 1), ERR_OUT_OF_RANGE);
    struct writer writer = writer_over(room, sizeof room);
    items_write(&writer, &far, 0);
    ck_assert_int_eq(writer.err, ERR_OUT_OF_RANGE);
    for (size_t capacity = 0; capacity < 14; capacity++) {
        writer = writer_over(room, capacity);
        items_write(&writer, (struct item[]){single(35209900, 1), single(35209900, 2)}, 2);
        ck_assert_int_eq(writer.err, ERR_TOO_LARGE);
    }
}
END_TEST

START_TEST(ends_the_walk_of_bytes_that_were_not_checked)
{
    uint64_t state = 15;
    for (unsigned round = 0; round < 100000; round++) {
        uint8_t bytes[40];
        dice_fill(&state, bytes, sizeof bytes);
        bytes[0] = (uint8_t)(0x80 | dice_below(&state, 24));
        bytes[1] &= 0x9f;
        struct item_walk walk = item_walk(bytes_of(bytes, dice_below(&state, sizeof bytes)));
        struct item item;
        size_t walked = 0;
        while (item_walk_next(&walk, &item)) {
            if (imei_tac(item.from) != imei_tac(item.to) || item.to.value >= IMEI_VALUES)
                ck_abort_msg("not an item");
            walked++;
        }
        ck_assert_uint_le(walked, sizeof bytes);
    }
}
END_TEST

/* ---- TACs ---- */

static enum err recode_tac_items(struct bytes input, struct writer *again)
{
    static struct tac_item items[64];
    struct reader reader = reader_over(input);
    size_t count;
    struct bytes array = tac_items_read(&reader, &count);
    enum err err = reader_done(&reader);
    if (err != ERR_OK)
        return err;
    assert_bytes(array, input);
    struct tac_item_walk walk = tac_item_walk(array);
    size_t walked = 0;
    while (walked < 64 && tac_item_walk_next(&walk, &items[walked]))
        walked++;
    ck_assert_uint_eq(walked, count);
    struct tac_item item;
    ck_assert(!tac_item_walk_next(&walk, &item));
    tac_items_write(again, items, count);
    return ERR_OK;
}

static void refuses_tacs(const char *hex, enum err expected)
{
    uint8_t buffer[512];
    recode_refuses(recode_tac_items, from_hex(hex, buffer, sizeof buffer), expected);
}

START_TEST(has_one_encoding_of_tacs)
{
    static const struct tac_item items[] = {
        {0, "", ""},
        {35209900, "Brand \u00fc", "Model \u6c34 1"},
        {99999999,
         "0123456789012345678901234567890123456789012345678901234567890123456789"
         "01234567890123456789012345",
         "x"},
    };
    uint8_t buffer[512];
    struct writer writer = writer_over(buffer, sizeof buffer);
    tac_items_write(&writer, items, 3);
    ck_assert(writer_ok(&writer));
    recode_holds(recode_tac_items, writer_view(&writer));
    uint8_t first[] = {0x83, 0x83, 0x00, 0x60, 0x60, 0x83};
    ck_assert_mem_eq(buffer, first, sizeof first);
}
END_TEST

START_TEST(refuses_every_other_array_of_tacs)
{
    refuses_tacs("80", ERR_OUT_OF_RANGE);
    refuses_tacs("818301616161", ERR_TRUNCATED);
    refuses_tacs("8182016161", ERR_OUT_OF_RANGE);
    refuses_tacs("8184016161616161", ERR_OUT_OF_RANGE);
    refuses_tacs("8201830161616161", ERR_WRONG_TYPE);
    refuses_tacs("828301606083016060", ERR_NOT_CANONICAL); /* the same TAC twice */
    refuses_tacs("828302606083016060", ERR_NOT_CANONICAL); /* descending */
    refuses_tacs("81831a05f5e1006060", ERR_OUT_OF_RANGE);  /* nine digits */
    refuses_tacs("8183014060", ERR_WRONG_TYPE);
    refuses_tacs("81830160f6", ERR_WRONG_TYPE);
    refuses_tacs("818301610a60", ERR_BAD_TEXT); /* a line feed */
    refuses_tacs("8183016061ff", ERR_BAD_TEXT); /* not UTF-8 */
    char hex[300] = "818301607861";             /* 97 bytes */
    memset(hex + 12, '6', 2 * (size_t)97);
    refuses_tacs(hex, ERR_TOO_LARGE);
}
END_TEST

START_TEST(writes_no_tacs_that_it_would_not_read)
{
    static const struct tac_item descending[] = {{2, "", ""}, {1, "", ""}};
    static const struct tac_item same[] = {{2, "", ""}, {2, "", ""}};
    static const struct tac_item large[] = {{1, "", ""}, {IMEI_TACS, "", ""}, {UINT32_MAX, "", ""}};
    static const struct {
        const struct tac_item *items;
        size_t count;
        enum err err;
    } refused[] = {
        {descending, 2, ERR_NOT_CANONICAL}, {same, 2, ERR_NOT_CANONICAL},
        {large, 2, ERR_OUT_OF_RANGE},       {large + 1, 1, ERR_OUT_OF_RANGE},
        {same, 0, ERR_OUT_OF_RANGE},        {same, TX_ITEMS_MAX + 1, ERR_TOO_LARGE},
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct writer writer = writer_over(room, sizeof room);
        tac_items_write(&writer, refused[i].items, refused[i].count);
        ck_assert_int_eq(writer.err, refused[i].err);
        ck_assert_uint_eq(writer.size, 0);
    }
}
END_TEST

START_TEST(takes_as_many_tacs_as_the_limit)
{
    struct tac_item *items = calloc(TX_ITEMS_MAX + 1, sizeof *items);
    ck_assert_ptr_nonnull(items);
    for (uint32_t i = 0; i <= TX_ITEMS_MAX; i++)
        items[i].tac = i;
    struct writer writer = writer_over(room, sizeof room);
    tac_items_write(&writer, items, TX_ITEMS_MAX + 1);
    ck_assert_int_eq(writer.err, ERR_TOO_LARGE);
    ck_assert_uint_eq(writer.size, 0);

    writer = writer_over(room, sizeof room);
    tac_items_write(&writer, items, TX_ITEMS_MAX);
    struct bytes encoded = writer_view(&writer);
    struct reader reader = reader_over(encoded);
    size_t count;
    assert_bytes(tac_items_read(&reader, &count), encoded);
    ck_assert_uint_eq(count, TX_ITEMS_MAX);

    cbor_put_array(&writer, 3); /* and one more, by hand */
    cbor_put_uint(&writer, TX_ITEMS_MAX);
    cbor_put_text(&writer, "");
    cbor_put_text(&writer, "");
    ck_assert_mem_eq(room, "\x9a\x00\x01\x86\xa0", 5);
    room[4]++;
    reader = reader_over(writer_view(&writer));
    ck_assert_uint_eq(tac_items_read(&reader, &count).size, 0);
    ck_assert_int_eq(reader.err, ERR_TOO_LARGE);
    ck_assert_uint_eq(count, 0);
    free(items);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &writes_one_imei_as_a_number,
        &packs_imeis_of_one_tac,
        &writes_ranges_as_they_are,
        &ends_a_run_at_a_range_between,
        &refuses_what_should_have_been_packed_otherwise,
        &refuses_what_is_out_of_order_or_overlaps,
        &refuses_values_out_of_range,
        &refuses_values_of_another_type,
        &takes_one_array_for_each_set_in_a_small_world,
        &reads_every_set_that_it_writes,
        &looks_at_no_item_past_the_count,
        &bounds_the_size_closely,
        &takes_as_many_items_as_the_limit_in_every_form,
        &refuses_one_item_more_than_the_limit,
        &writes_nothing_that_it_would_not_read,
        &ends_the_walk_of_bytes_that_were_not_checked,
        &has_one_encoding_of_tacs,
        &refuses_every_other_array_of_tacs,
        &writes_no_tacs_that_it_would_not_read,
        &takes_as_many_tacs_as_the_limit,
    };
    return suite_run("items", cases, sizeof cases / sizeof cases[0]);
}
