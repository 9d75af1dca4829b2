#include "eir/golden.h"

#include "tests/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>

static struct golden *golden;
static struct complaint complaint;

static enum err parse(const char *text)
{
    golden_free(golden);
    return golden_parse(bytes_of(text, strlen(text)), &golden, &complaint);
}

static void refused(const char *text, unsigned line, const char *words)
{
    ck_assert_int_eq(parse(text), ERR_CONFIG);
    ck_assert_ptr_null(golden);
    ck_assert_msg(complaint.line == line && strstr(complaint.text, words) != NULL, "line %u: %s",
                  complaint.line, complaint.text);
}

START_TEST(every_form_of_an_entry_is_read)
{
    ck_assert_int_eq(parse("# ours\n\n 35123456000001 # spare\r\n490154203237518\n"
                           "3512345600000301\n86000001\n01000000000005 - 01000000000009"),
                     ERR_OK);
    ck_assert(golden_has(golden, imei_of(35123456, 1)));
    ck_assert(!golden_has(golden, imei_of(35123456, 2)));
    ck_assert(golden_has(golden, imei_of(49015420, 323751)));
    ck_assert(golden_has(golden, imei_of(86000001, 0)));
    ck_assert(golden_has(golden, imei_of(86000001, 999999)));
    ck_assert(!golden_has(golden, imei_of(86000002, 0)));
    ck_assert(!golden_has(golden, imei_of(1000000, 4)));
    ck_assert(golden_has(golden, imei_of(1000000, 5)));
    ck_assert(golden_has(golden, imei_of(1000000, 9)));
    ck_assert(!golden_has(golden, imei_of(1000000, 10)));
    golden_free(golden);
}
END_TEST

START_TEST(what_is_no_entry_is_refused_with_its_line)
{
    refused("\n490154203237519\n", 2, "check digit of this IMEI would be 8");
    refused("4901542032375199\n", 1, "software version 99");
    refused("35\n", 1, "an IMEI of 14, 15 or 16 digits");
    refused("35123456x\n", 1, "an IMEI of 14");
    refused("\n\n3512345x\n", 3, "an IMEI of 14");
    refused("35123456000001 35123456000002\n", 1, "an IMEI of 14");
    refused("35123456000002-35123456000001\n", 1, "ends before it begins");
    refused("35123456000001-\n", 1, "an IMEI of 14");
    refused("-35123456000001\n", 1, "an IMEI of 14");
    refused("35123456-35123457\n", 1, "an IMEI of 14");
}
END_TEST

START_TEST(an_empty_list_has_nothing)
{
    ck_assert_int_eq(parse("# nothing\n"), ERR_OK);
    ck_assert_uint_eq(golden_count(golden), 0);
    ck_assert(!golden_has(golden, imei_of(0, 0)));
    ck_assert(!golden_has(NULL, imei_of(0, 0)));
    ck_assert_uint_eq(golden_count(NULL), 0);
    golden_free(golden);
}
END_TEST

/* Against a plain array of the first 4000 serials of a TAC. */
START_TEST(overlapping_entries_in_any_order_are_one_set)
{
    enum { SERIALS = 4000, LINES = 60 };
    uint64_t seed = 7;
    for (unsigned round = 0; round < 50; round++) {
        static bool in[SERIALS];
        char text[LINES * 40];
        size_t size = 0;
        memset(in, 0, sizeof in);
        for (unsigned i = 0; i < LINES; i++) {
            seed = seed * UINT64_C(6364136223846793005) + 1;
            unsigned from = (unsigned)(seed >> 33) % SERIALS;
            unsigned to = from + (unsigned)(seed >> 50) % 60;
            to = to < SERIALS ? to : SERIALS - 1;
            size += (size_t)snprintf(text + size, sizeof text - size,
                                     i % 3 == 0 ? "35123456%06u\n" : "35123456%06u-35123456%06u\n",
                                     from, to);
            for (unsigned at = from; at <= (i % 3 == 0 ? from : to); at++)
                in[at] = true;
        }
        ck_assert_int_eq(parse(text), ERR_OK);
        size_t runs = 0;
        for (uint32_t at = 0; at < SERIALS; at++) {
            ck_assert_int_eq(golden_has(golden, imei_of(35123456, at)), in[at]);
            runs += in[at] && (at == 0 || !in[at - 1]);
        }
        ck_assert_uint_eq(golden_count(golden), runs);
    }
    golden_free(golden);
}
END_TEST

START_TEST(a_list_beyond_its_limit_is_refused)
{
    size_t size = GOLDEN_LINES_MAX + 1;
    char *text = malloc(size);
    struct golden *out;
    memset(text, '\n', size);
    ck_assert_int_eq(golden_parse(bytes_of(text, size - 1), &out, &complaint), ERR_OK);
    golden_free(out);
    ck_assert_int_eq(golden_parse(bytes_of(text, size), &out, &complaint), ERR_CONFIG);
    ck_assert_uint_eq(complaint.line, GOLDEN_LINES_MAX + 1);
    free(text);
    ck_assert_int_eq(golden_parse(bytes_of("", (size_t)GOLDEN_SIZE_MAX + 1), &out, &complaint),
                     ERR_CONFIG);
}
END_TEST

START_TEST(tells_the_next_stretch)
{
    static const char text[] = "35000000000003\n35000001\n35000000000004\n";
    struct golden *set;
    struct complaint wrong;
    struct item item;
    ck_assert_int_eq(golden_parse(bytes_of(text, strlen(text)), &set, &wrong), ERR_OK);
    ck_assert(golden_next(set, (struct imei){0}, &item));
    ck_assert_uint_eq(item.from.value, UINT64_C(35000000000003));
    ck_assert_uint_eq(item.to.value, UINT64_C(35000000000004));
    ck_assert(golden_next(set, (struct imei){UINT64_C(35000000000004)}, &item));
    ck_assert_uint_eq(item.from.value, UINT64_C(35000000000003));
    ck_assert(golden_next(set, (struct imei){UINT64_C(35000000000005)}, &item));
    ck_assert_uint_eq(item.from.value, UINT64_C(35000001000000));
    ck_assert(!golden_next(set, (struct imei){UINT64_C(35000002000000)}, &item));
    ck_assert(!golden_next(NULL, (struct imei){0}, &item));
    golden_free(set);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &tells_the_next_stretch,
        &every_form_of_an_entry_is_read,
        &what_is_no_entry_is_refused_with_its_line,
        &an_empty_list_has_nothing,
        &overlapping_entries_in_any_order_are_one_set,
        &a_list_beyond_its_limit_is_refused,
    };
    return suite_run("eir/golden", cases, sizeof cases / sizeof cases[0]);
}
