#include "testnet/swarm/findings.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>

static const char *const words[] = {
#define X(name, word, sentence) word,
    CHECK_TABLE(X)
#undef X
};

static const char *const sentences[] = {
#define X(name, word, sentence) sentence,
    CHECK_TABLE(X)
#undef X
};

void findings_add(struct findings *findings, enum check check, const char *format, ...)
{
    findings->wrong[check]++;
    if (findings->kept == FINDINGS_KEPT_MAX)
        return;
    struct finding *finding = &findings->list[findings->kept++];
    va_list arguments;
    va_start(arguments, format);
    finding->check = check;
    vsnprintf(finding->text, sizeof finding->text, format, arguments);
    va_end(arguments);
}

static uint64_t all_wrong(const struct findings *findings)
{
    uint64_t count = 0;
    for (unsigned i = 0; i < CHECK_COUNT; i++)
        count += findings->wrong[i];
    return count;
}

void findings_print(const struct findings *findings, FILE *out)
{
    fprintf(out, "%-8s %10s %8s  %s\n", "CHECK", "LOOKED AT", "WRONG", "WHAT");
    for (unsigned i = 0; i < CHECK_COUNT; i++)
        fprintf(out, "%-8s %10" PRIu64 " %8" PRIu64 "  %s\n", words[i], findings->checked[i],
                findings->wrong[i], sentences[i]);
    if (findings->age_late_ms > 0)
        fprintf(out, "ages: up to %" PRIu64 " ms too small\n", findings->age_late_ms);
    if (findings->undecided > 0)
        fprintf(out, "undecided: of %" PRIu64 " devices too much was under way at once\n",
                findings->undecided);
    for (size_t i = 0; i < findings->kept; i++)
        fprintf(out, "%s: %s\n", words[findings->list[i].check], findings->list[i].text);
    if (all_wrong(findings) > findings->kept)
        fprintf(out, "and %" PRIu64 " more\n", all_wrong(findings) - findings->kept);
}

void findings_print_json(const struct findings *findings, FILE *out)
{
    json_t *checks = json_array();
    json_t *list = json_array();
    for (unsigned i = 0; i < CHECK_COUNT; i++)
        json_array_append_new(checks,
                              json_pack("{s:s, s:s, s:I, s:I}", "check", words[i], "what",
                                        sentences[i], "looked_at", (json_int_t)findings->checked[i],
                                        "wrong", (json_int_t)findings->wrong[i]));
    for (size_t i = 0; i < findings->kept; i++)
        json_array_append_new(list, json_pack("{s:s, s:s}", "check", words[findings->list[i].check],
                                              "text", findings->list[i].text));
    json_t *all =
        json_pack("{s:s, s:I, s:I, s:o, s:I, s:o}", "result",
                  findings_are_clean(findings) ? "sound" : "wrong", "age_late_ms",
                  (json_int_t)findings->age_late_ms, "undecided", (json_int_t)findings->undecided,
                  "checks", checks, "wrong", (json_int_t)all_wrong(findings), "findings", list);
    if (all == NULL || json_dumpf(all, out, JSON_INDENT(2)) != 0)
        fputs("{}", out);
    fputs("\n", out);
    json_decref(all);
}

bool findings_are_clean(const struct findings *findings)
{
    return all_wrong(findings) == 0 && findings->undecided == 0;
}
