/*
 * What a query of N5g-eir asks, and what is wrong with it. The answers over the wire:
 * tests/e2e/n5g.
 */
#include "front/n5g.h"

#include "tests/unit/suite.h"

#include <stdio.h>

static struct question question;
static bool is_device;

static enum n5g_fault parse(const char *query)
{
    return n5g_parse(bytes_of(query, strlen(query)), &question, &is_device);
}

#define PEI "pei=imei-351000010000011"

START_TEST(any_device_is_understood_with_its_version_and_subscriber)
{
    uint64_t state = 11;
    for (int round = 0; round < 10000; round++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        uint64_t value = (state >> 16) % IMEI_VALUES;
        unsigned svn = (unsigned)(state >> 10) % 100;
        unsigned long long imsi = 100000000000000u + (state >> 20);
        char query[128];
        snprintf(query, sizeof query, "pei=imeisv-%014llu%02u&supi=imsi-%015llu",
                 (unsigned long long)value, svn, imsi % 1000000000000000u);
        ck_assert_int_eq(parse(query), N5G_SOUND);
        ck_assert(is_device);
        ck_assert_uint_eq(question.imei.value, value);
        ck_assert_int_eq(question.svn, (int)svn);
        ck_assert_str_eq(question.imsi.digits, strchr(query, '&') + strlen("&supi=imsi-"));
        snprintf(query, sizeof query, "supi=nai-a&pei=imei-%014llu%u", (unsigned long long)value,
                 svn % 10);
        ck_assert_int_eq(parse(query), N5G_SOUND);
        ck_assert(is_device);
        ck_assert_uint_eq(question.imei.value, value);
        ck_assert_int_eq(question.svn, IMEI_SVN_NONE);
        ck_assert(!imsi_is_given(&question.imsi));
    }
}
END_TEST

/* An IMEI that lacks its end is refused, and so is one with any sign in any place. */
START_TEST(every_truncation_and_every_other_sign_of_an_imei_is_refused)
{
    char query[] = PEI;
    size_t digits = strlen("pei=imei-");
    for (size_t size = digits; size < strlen(PEI); size++)
        ck_assert_int_eq(n5g_parse(bytes_of(query, size), &question, &is_device), N5G_PEI_WRONG);
    for (size_t at = digits; at < strlen(PEI); at++) {
        for (int sign = 1; sign < 256; sign++) {
            if ((sign >= '0' && sign <= '9') || sign == '&')
                continue;
            query[at] = (char)sign;
            ck_assert_int_eq(parse(query), N5G_PEI_WRONG);
        }
        query[at] = PEI[at];
    }
}
END_TEST

START_TEST(other_equipment_is_sound_and_no_device)
{
    static const char *const others[] = {
        "pei=mac-00-11-22-33-44-55",       "pei=mac-00-11-22-33-44-55-untrusted",
        "pei=eui-00-11-22-33-44-55-66-77", "pei=anything%20at%20all",
        "pei=IMEI-351000010000011",
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        ck_assert_int_eq(parse(others[i]), N5G_SOUND);
        ck_assert(!is_device);
    }
}
END_TEST

static const struct {
    const char *query;
    enum n5g_fault fault;
} faulty[] = {
    {"", N5G_PEI_MISSING},
    {"supi=imsi-208930000000001", N5G_PEI_MISSING},
    {"PEI=imei-351000010000011", N5G_PEI_MISSING},
    {"pei", N5G_PEI_WRONG},
    {"pei=", N5G_PEI_WRONG},
    {"pei=imei-", N5G_PEI_WRONG},
    {"pei=imeisv-351000010000011", N5G_PEI_WRONG},
    {"pei=imei-3510000100000111", N5G_PEI_WRONG},
    {PEI "&" PEI, N5G_PEI_WRONG},
    {"pei=mac-1&" PEI, N5G_PEI_WRONG},
    {"pei=%", N5G_PEI_WRONG},
    {"pei=a%0ab", N5G_PEI_WRONG},
    {PEI "&supi=", N5G_SUPI_WRONG},
    {PEI "&supi=imsi-1234", N5G_SUPI_WRONG},
    {PEI "&supi=imsi-1234567890123456", N5G_SUPI_WRONG},
    {PEI "&supi=imsi-12345a", N5G_SUPI_WRONG},
    {PEI "&supi=%g0", N5G_SUPI_WRONG},
    {PEI "&supi=imsi-12345&supi=imsi-12345", N5G_SUPI_WRONG},
    {PEI "&gpsi=msisdn-1234", N5G_GPSI_WRONG},
    {PEI "&gpsi=msisdn-1234567890123456", N5G_GPSI_WRONG},
    {PEI "&gpsi=extid-a", N5G_GPSI_WRONG},
    {PEI "&gpsi=extid-@b", N5G_GPSI_WRONG},
    {PEI "&gpsi=extid-a@", N5G_GPSI_WRONG},
    {PEI "&gpsi=extid-a@b@c", N5G_GPSI_WRONG},
    {PEI "&gpsi=", N5G_GPSI_WRONG},
    {PEI "&supported-features=g", N5G_FEATURES_WRONG},
    {PEI "&%", N5G_QUERY_WRONG},
    {PEI "&=a", N5G_QUERY_WRONG},
    {PEI "&other=%", N5G_QUERY_WRONG},
    {PEI "&&", N5G_QUERY_WRONG},
};

START_TEST(each_fault_is_named)
{
    for (size_t i = 0; i < sizeof faulty / sizeof faulty[0]; i++)
        ck_assert_msg(parse(faulty[i].query) == faulty[i].fault, "'%s'", faulty[i].query);
}
END_TEST

START_TEST(what_is_optional_may_be_there_and_what_is_unknown_is_passed_over)
{
    static const char *const sound[] = {
        PEI,
        PEI "&supi=imsi-12345&gpsi=msisdn-12345&supported-features=",
        PEI "&gpsi=extid-a@b&supported-features=0aF&new=%20&new=2",
        PEI "&supi=gli-x&gpsi=other",
        "p%65i=%69mei-351000010000011",
    };
    for (size_t i = 0; i < sizeof sound / sizeof sound[0]; i++) {
        ck_assert_msg(parse(sound[i]) == N5G_SOUND, "'%s'", sound[i]);
        ck_assert(is_device);
        ck_assert_uint_eq(question.imei.value, 35100001000001);
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &any_device_is_understood_with_its_version_and_subscriber,
        &every_truncation_and_every_other_sign_of_an_imei_is_refused,
        &other_equipment_is_sound_and_no_device,
        &each_fault_is_named,
        &what_is_optional_may_be_there_and_what_is_unknown_is_passed_over,
    };
    return suite_run("n5g", cases, sizeof cases / sizeof cases[0]);
}
