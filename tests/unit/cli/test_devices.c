#include "cli/devices.h"

#include "tests/unit/suite.h"

static struct complaint complaint;

static void names(const char *text, uint64_t from, uint64_t to)
{
    struct item item;
    ck_assert_msg(device_parse(text, &item, &complaint) == ERR_OK, "%s: %s", text, complaint.text);
    ck_assert_uint_eq(item.from.value, from);
    ck_assert_uint_eq(item.to.value, to);
}

static void refused(const char *text, const char *words)
{
    struct item item;
    ck_assert_msg(device_parse(text, &item, &complaint) == ERR_CONFIG, "%s", text);
    ck_assert_msg(strstr(complaint.text, words) != NULL, "'%s' lacks '%s'", complaint.text, words);
}

START_TEST(a_device_has_14_15_or_16_digits)
{
    names("35693803564380", 35693803564380, 35693803564380);
    names("356938035643809", 35693803564380, 35693803564380);
    names("3569380356438012", 35693803564380, 35693803564380);
    refused("356938035643808",
            "356938035643808: the check digit of the IMEI is wrong, it would be 9");
    refused("35693803564", "14, 15 or 16 digits");
    refused("3569380356438x", "digits only");
    refused("3569380356438099", "99 is reserved");
    refused("", "14, 15 or 16 digits");
}
END_TEST

START_TEST(digits_may_be_grouped_as_labels_group_them_and_in_no_other_way)
{
    static const char digits[] = "3569380356438091";
    static const char *const good[] = {"266", "2661", "2662", "626", "6261", "6262",
                                       "86",  "861",  "862",  "@",   "?",    ">"};
    static const char separators[] = " -/";
    for (size_t kind = 0; kind < 3; kind++) {
        /* Every way to put separators between 14 digits, and between 15 and 16. */
        for (uint32_t cuts = 0; cuts < 1u << 15; cuts++) {
            for (size_t count = 14; count <= 16; count++) {
                char text[40];
                char sizes[20] = "0";
                size_t size = 0;
                size_t groups = 0;
                if (cuts >> (count - 1) != 0 || __builtin_popcount(cuts) > 4)
                    continue;
                for (size_t i = 0; i < count; i++) {
                    text[size++] = digits[i];
                    sizes[groups]++;
                    if ((cuts >> i & 1) != 0) {
                        text[size++] = separators[kind];
                        sizes[++groups] = '0';
                    }
                }
                bool is_label = false;
                for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
                    is_label |= strcmp(good[i], sizes) == 0;
                struct imei_parsed parsed;
                enum err err = imei_take(text, size, &parsed);
                ck_assert_msg((err == ERR_OK) == is_label, "%.*s", (int)size, text);
                ck_assert(err != ERR_OK || parsed.imei.value == 35693803564380);
            }
        }
    }
    names("35-693803-564380-9", 35693803564380, 35693803564380);
    names("35693803-564380", 35693803564380, 35693803564380);
    refused("35-693803-564380-8", "it would be 9");
    refused("35-693803-564380-99", "99 is reserved");
    refused("35-693803 564380-9", "digits only");
    refused("35--693803-564380", "digits only");
    refused("-35-693803-564380", "digits only");
    refused("35-693803-564380-", "digits only");
    refused("35-693803-564380-9-1", "digits only");
    refused("356938-35693900", "digits only"); /* not a range of devices either */
}
END_TEST

START_TEST(a_range_lies_within_one_tac_and_goes_up)
{
    names("35693803000000-35693803000009", 35693803000000, 35693803000009);
    names("356938035643809-35693803999999", 35693803564380, 35693803999999);
    refused("35693803000000-35693804000000", "one range a TAC");
    refused("35693803000009-35693803000000", "from the smaller to the larger");
    refused("35693803000000-35693803000000", "from the smaller to the larger");
    refused("35693803000000-", "digits only");
    refused("-35693803000000", "digits only");
    refused("356938035643808-35693803999999", "it would be 9");
    refused("35693803000000-35693803000009-1", "digits only");
}
END_TEST

START_TEST(a_tac_is_all_of_its_devices)
{
    names("TAC:35693803", 35693803000000, 35693803999999);
    names("tac:00000000", 0, 999999);
    refused("TAC:3569380", "eight digits");
    refused("TAC:3569380x", "eight digits");
    refused("TAC:", "eight digits");
}
END_TEST

static struct item device(uint64_t value)
{
    return (struct item){{value}, {value}};
}

START_TEST(devices_come_into_order_each_once)
{
    struct item items[] = {device(5), {{7}, {9}}, device(1), device(5), {{7}, {9}}, device(2)};
    size_t count = 6;
    ck_assert_int_eq(devices_order(items, &count, &complaint), ERR_OK);
    ck_assert_uint_eq(count, 4);
    ck_assert_uint_eq(items[0].from.value, 1);
    ck_assert_uint_eq(items[1].from.value, 2);
    ck_assert_uint_eq(items[2].from.value, 5);
    ck_assert_uint_eq(items[3].to.value, 9);
}
END_TEST

START_TEST(what_overlaps_is_refused)
{
    static const struct item pairs[][2] = {
        {{{7}, {9}}, {{8}, {8}}},  {{{7}, {9}}, {{7}, {7}}},  {{{7}, {9}}, {{9}, {9}}},
        {{{7}, {9}}, {{9}, {12}}}, {{{7}, {9}}, {{7}, {10}}},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        for (int turn = 0; turn < 2; turn++) {
            struct item items[] = {pairs[i][turn], pairs[i][1 - turn]};
            size_t count = 2;
            ck_assert_int_eq(devices_order(items, &count, &complaint), ERR_CONFIG);
            ck_assert_ptr_nonnull(strstr(complaint.text, "two statements"));
        }
    }
    struct item apart[] = {{{7}, {9}}, device(10), device(6)};
    size_t count = 3;
    ck_assert_int_eq(devices_order(apart, &count, &complaint), ERR_OK);
}
END_TEST

START_TEST(what_is_ordered_can_be_written)
{
    uint64_t seed = 7;
    for (int round = 0; round < 3000; round++) {
        struct item items[12];
        uint8_t buffer[1024];
        size_t count = 12;
        for (size_t i = 0; i < count; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            items[i].from.value = (seed >> 56) * 8;
            items[i].to.value = items[i].from.value + (seed >> 50 & 7);
        }
        if (devices_order(items, &count, &complaint) != ERR_OK)
            continue;
        struct writer writer = writer_over(buffer, sizeof buffer);
        items_write(&writer, items, count);
        ck_assert_int_eq(writer.err, ERR_OK);
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_device_has_14_15_or_16_digits,
        &digits_may_be_grouped_as_labels_group_them_and_in_no_other_way,
        &a_range_lies_within_one_tac_and_goes_up,
        &a_tac_is_all_of_its_devices,
        &devices_come_into_order_each_once,
        &what_overlaps_is_refused,
        &what_is_ordered_can_be_written,
    };
    return suite_run("cli/devices", cases, sizeof cases / sizeof *cases);
}
