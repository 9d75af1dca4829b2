#include "cli/ask.h"
#include "cli/command.h"
#include "cli/memory.h"
#include "cli/show.h"
#include "json/answer.h"
#include "json/times.h"

#include <stdlib.h>

enum { DATE_SIZE = 10 };

#define DAY_MS (UINT64_C(24) * 3600 * 1000)

static const struct field head[] = {
    {"Known", "devices", SHOW_PLAIN},       {"Suspected", "suspected", SHOW_PLAIN},
    {"Threshold", "threshold", SHOW_PLAIN}, {"Forgotten", "forgotten", SHOW_PLAIN},
    {"Dropped", "dropped", SHOW_PLAIN},
};
static const struct field columns[] = {
    {"IMEI", "imei", SHOW_PLAIN},
    {"SUBSCRIBERS", "subscribers", SHOW_AMOUNT},
    {"OR MORE", "or_more", SHOW_PLAIN},
    {"LAST SEEN", "last_seen", SHOW_PLAIN},
};

static json_t *row_value(const struct sightings_row *row, const struct sightings_answer *answer)
{
    char imei[IMEI_TEXT_SIZE + 1];
    char day[TIME_TEXT_SIZE];
    imei_format(row->imei, imei);
    time_format(row->day * DAY_MS, day);
    return json_pack("{s:s, s:I, s:b, s:s%}", "imei", imei, "subscribers",
                     (json_int_t)row->subscribers, "or_more",
                     row->subscribers >= answer->subscribers_max, "last_seen", day,
                     (size_t)DATE_SIZE);
}

/* One page; sets where the next one begins, and whether there is one. */
static enum exit_code ask_page(struct tool *tool, struct imei *from, json_t *rows,
                               struct sightings_answer *page, struct response_head *response)
{
    struct request *request = memory_new(sizeof *request);
    struct answer answer;
    *request = (struct request){.kind = REQUEST_SIGHTINGS, .from = *from};
    enum exit_code code = ask(tool, request, &answer);
    free(request);
    if (code != EXIT_DONE)
        return code;
    *response = answer.head;
    sightings_answer_read(&answer.body, page);
    if (reader_ok(&answer.body) && page->count > 0 && page->rows[0].imei.value < from->value)
        reader_fail(&answer.body, ERR_OUT_OF_RANGE);
    code = ask_done(tool, &answer);
    if (code != EXIT_DONE)
        return code;
    for (size_t i = 0; i < page->count; i++)
        json_array_append_new(rows, row_value(&page->rows[i], page));
    if (page->more)
        from->value = page->rows[page->count - 1].imei.value + 1;
    return EXIT_DONE;
}

static enum exit_code show(struct tool *tool, const json_t *value)
{
    if (tool_has(tool, OPTION_JSON))
        return show_json(tool, value);
    show_record(tool, head, sizeof head / sizeof head[0], value);
    const json_t *list = json_object_get(value, "sightings");
    if (json_array_size(list) == 0)
        return EXIT_DONE;
    fputc('\n', tool->out);
    return show_table(tool, columns, sizeof columns / sizeof columns[0], list, true);
}

enum exit_code cmd_sightings(struct tool *tool)
{
    struct sightings_answer *page = memory_new(sizeof *page);
    struct response_head response;
    struct imei from = {0};
    json_t *rows = json_array();
    enum exit_code code;
    do
        code = ask_page(tool, &from, rows, page, &response);
    while (code == EXIT_DONE && page->more);
    if (code == EXIT_DONE) {
        json_t *value = json_pack(
            "{s:I, s:I, s:I, s:I, s:I, s:O}", "threshold", (json_int_t)page->threshold, "devices",
            (json_int_t)page->devices, "suspected", (json_int_t)json_array_size(rows), "forgotten",
            (json_int_t)page->forgotten, "dropped", (json_int_t)page->dropped, "sightings", rows);
        answer_add_head(value, &response);
        code = show(tool, value);
        json_decref(value);
    }
    json_decref(rows);
    free(page);
    return code;
}
