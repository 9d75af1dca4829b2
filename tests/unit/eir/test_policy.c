#include "eir/policy_file.h"

#include "store/directory.h"
#include "tests/unit/store/scratch.h"
#include "tests/unit/suite.h"

#include <stdlib.h>

static struct policy *policy;
static struct complaint complaint;

static enum err parse(const char *text)
{
    policy_free(policy);
    return policy_parse(bytes_of(text, strlen(text)), "/etc", &policy, &complaint);
}

static void refused(const char *text, unsigned line, const char *words)
{
    ck_assert_int_eq(parse(text), ERR_CONFIG);
    ck_assert_ptr_null(policy);
    ck_assert_msg(complaint.line == line && strstr(complaint.text, words) != NULL,
                  "line %u: %s; expected line %u: %s", complaint.line, complaint.text, line, words);
}

START_TEST(the_printed_policy_is_the_default)
{
    char *text;
    size_t size;
    struct policy *standard;
    FILE *out = open_memstream(&text, &size);
    policy_print(out);
    fclose(out);
    ck_assert_int_eq(policy_default(&standard), ERR_OK);
    ck_assert_int_eq(parse(text), ERR_OK);
    ck_assert_mem_eq(policy, standard, sizeof *policy);
    ck_assert_int_eq(standard->watch, VERDICT_GREY);
    ck_assert_int_eq(standard->tac_unallocated, VERDICT_UNKNOWN);
    ck_assert_int_eq(standard->test_tac, 0);
    ck_assert_int_eq(standard->stale, 0);
    free(text);
    policy_free(standard);
    policy_free(policy);
}
END_TEST

START_TEST(every_key_can_be_set)
{
    ck_assert_int_eq(parse("claims:\n"
                           "  - {kind: [block, watch], organisation: [a, b], country: [FR, KE],\n"
                           "     reason: [stolen, '0028'], role: regulator, on: [device, range],\n"
                           "     means: grey}\n"
                           "  - means: ignore\n"
                           "block: grey\nwatch: ignore\nduplicate: black\n"
                           "tac_unallocated: black\n"
                           "tac_delay_days: {\"01\": 40, others: 7}\ntest_tac: black\n"
                           "registered_in: [FR, KE]\nunregistered: unknown\n"
                           "stale_seconds: 60\nstale: grey\ngolden: g\n"),
                     ERR_OK);
    const struct policy_rule *rule = &policy->claims.at[0];
    ck_assert_uint_eq(policy->claims.count, 2);
    ck_assert_uint_eq(rule->line, 2);
    ck_assert_uint_eq(rule->kinds, 1u << CLAIM_BLOCK | 1u << CLAIM_WATCH);
    ck_assert_uint_eq(rule->organisation_count, 2);
    ck_assert_str_eq(rule->countries[1].code, "KE");
    ck_assert(rule->reasons == (UINT64_C(1) << REASON_STOLEN | UINT64_C(1) << REASON_COURT));
    ck_assert_uint_eq(rule->roles, ROLE_REGULATOR);
    ck_assert_uint_eq(rule->places, POLICY_ON_DEVICE | POLICY_ON_RANGE);
    ck_assert_int_eq(rule->means, VERDICT_GREY);
    ck_assert_int_eq(policy->claims.at[1].means, VERDICT_WHITE);
    ck_assert_int_eq(policy->duplicate, VERDICT_BLACK);
    ck_assert_uint_eq(policy->tac_delay_days[1], 40);
    ck_assert_uint_eq(policy->tac_delay_days[35], 7);
    ck_assert_uint_eq(policy->registered_in.count, 2);
    ck_assert_int_eq(policy->unregistered, VERDICT_UNKNOWN);
    ck_assert_uint_eq(policy->stale_seconds, 60);
    ck_assert_int_eq(policy->stale, VERDICT_GREY);
    ck_assert_str_eq(policy->golden_path, "/etc/g");
    policy_free(policy);
}
END_TEST

static const char *repeated(const char *head, const char *line, size_t count)
{
    static char text[32000];
    size_t size = (size_t)snprintf(text, sizeof text, "%s", head);
    for (size_t i = 0; i < count; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "%s", line);
    return text;
}

START_TEST(what_is_refused_is_named_with_its_line)
{
    refused("blocks: black\n", 1, "'blocks' is not a key; imeid --print-policy lists them");
    refused("block: white\n", 1, "'block' is ignore, grey or black");
    refused("block: unknown\n", 1, "'block' is ignore, grey or black");
    refused("tac_unallocated: as-known\n", 1, "'tac_unallocated' is white");
    refused("claims: {}\n", 1, "list of rules");
    refused("claims:\n  - black\n", 2, "a rule is");
    refused("claims:\n  - {kind: block}\n", 2, "says not what a claim 'means'");
    refused("claims:\n  - {means: white}\n", 2, "'means' is black, grey or ignore");
    refused("claims:\n  - {means: [black]}\n", 2, "'means' is black, grey or ignore");
    refused("claims:\n  - means: black\n    who: x\n", 3, "'who' is no part of a rule");
    refused("claims:\n  - means: black\n    kind: registered\n", 3, "'kind' is block, watch");
    refused("claims:\n  - means: black\n    kind: []\n", 3, "empty list");
    refused("claims:\n  - means: black\n    organisation: A\n", 3, "names of organisations");
    refused("claims:\n  - means: black\n    organisation: {a: b}\n", 3, "names of organisations");
    refused("claims:\n  - means: black\n    role: king\n", 3, "'role' is regulator");
    refused("claims:\n  - means: black\n    country: [FR,\n      fr]\n", 4, "capital letters");
    refused("claims:\n  - means: black\n    reason: found\n", 3, "'reason' is faulty");
    refused("claims:\n  - means: black\n    reason: 999\n", 3, "'reason' is faulty");
    refused("claims:\n  - means: black\n    on: tac\n", 3, "device or range");
    refused("tac_delay_days: 5\n", 1, "map of reporting bodies");
    refused("tac_delay_days: {\"1\": 5}\n", 1, "two digits");
    refused("tac_delay_days: {\"0x\": 5}\n", 1, "two digits");
    refused("tac_delay_days: {\"01\": 3651}\n", 1, "up to 3650");
    refused("registered_in: France\n", 1, "countries of two capital letters");
    refused("stale_seconds: 31536001\n", 1, "from 0 to 31536000");
    refused("stale: black\n", 0, "'stale_seconds' is 0");
    refused(repeated("claims:\n", "  - means: black\n", POLICY_RULES_MAX + 1), 2,
            "at most 256 rules");
    refused(
        repeated("claims:\n  - means: black\n    country:\n", "      - FR\n", POLICY_NAMES_MAX + 1),
        4 + POLICY_NAMES_MAX, "at most 64");
    ck_assert_int_eq(parse(repeated("claims:\n", "  - means: black\n", POLICY_RULES_MAX)), ERR_OK);
    ck_assert_int_eq(parse(repeated("claims:\n  - means: black\n    country:\n", "      - FR\n",
                                    POLICY_NAMES_MAX)),
                     ERR_OK);
    policy_free(policy);
}
END_TEST

START_TEST(a_policy_is_read_with_its_golden_list)
{
    struct scratch scratch = scratch_begin();
    struct policy_complaint why;
    char path[SETTING_TEXT_SIZE];
    char golden[SETTING_TEXT_SIZE];
    snprintf(path, sizeof path, "%s", scratch_path(&scratch, "policy.yaml"));
    snprintf(golden, sizeof golden, "%s", scratch_path(&scratch, "golden"));
    ck_assert_int_eq(policy_read("", &policy, &why), ERR_OK);
    ck_assert_ptr_null(policy->golden);
    policy_free(policy);
    ck_assert_int_eq(policy_read(path, &policy, &why), ERR_NOT_FOUND);
    ck_assert_str_eq(why.path, path);
    ck_assert_str_eq(why.complaint.text, err_sentence(ERR_NOT_FOUND));
    ck_assert_int_eq(file_replace(path, bytes_of("golden: golden\n", 15), 0600), ERR_OK);
    ck_assert_int_eq(policy_read(path, &policy, &why), ERR_NOT_FOUND);
    ck_assert_str_eq(why.path, golden);
    ck_assert_int_eq(file_replace(golden, bytes_of("\n35x\n", 5), 0600), ERR_OK);
    ck_assert_int_eq(policy_read(path, &policy, &why), ERR_CONFIG);
    ck_assert_ptr_null(policy);
    ck_assert_str_eq(why.path, golden);
    ck_assert_uint_eq(why.complaint.line, 2);
    ck_assert_int_eq(file_replace(golden, bytes_of("35123456\n", 9), 0600), ERR_OK);
    ck_assert_int_eq(policy_read(path, &policy, &why), ERR_OK);
    ck_assert(golden_has(policy->golden, imei_of(35123456, 5)));
    policy_free(policy);
    ck_assert_int_eq(file_replace(path, bytes_of("\nnone: 1\n", 9), 0600), ERR_OK);
    ck_assert_int_eq(policy_read(path, &policy, &why), ERR_CONFIG);
    ck_assert_str_eq(why.path, path);
    ck_assert_uint_eq(why.complaint.line, 2);
    scratch_end(&scratch);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &the_printed_policy_is_the_default,
        &every_key_can_be_set,
        &what_is_refused_is_named_with_its_line,
        &a_policy_is_read_with_its_golden_list,
    };
    return suite_run("eir/policy", cases, sizeof cases / sizeof cases[0]);
}
