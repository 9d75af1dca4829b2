#include "proto/client.h"
#include "proto/record.h"

enum { ANSWER_FIELDS = 8, ROW_NUMBERS = 3 };

static void head_fields(struct record *record, struct sightings_answer *answer)
{
    record_fields(record, ANSWER_FIELDS);
    answer->more = record_bool(record, answer->more);
    answer->threshold = (uint32_t)record_uint(record, answer->threshold, UINT8_MAX);
    answer->subscribers_max = (uint32_t)record_uint(record, answer->subscribers_max, UINT8_MAX);
    answer->devices = record_uint(record, answer->devices, COUNTER_MAX);
    answer->suspected = record_uint(record, answer->suspected, COUNTER_MAX);
    answer->forgotten = record_uint(record, answer->forgotten, COUNTER_MAX);
    answer->dropped = record_uint(record, answer->dropped, COUNTER_MAX);
}

static void row_fields(struct record *record, struct sightings_row *row)
{
    record_fields(record, ROW_NUMBERS);
    row->imei.value = record_uint(record, row->imei.value, IMEI_VALUES - 1);
    row->subscribers = (uint32_t)record_uint(record, row->subscribers, UINT8_MAX);
    row->day = (uint32_t)record_uint(record, row->day, UINT16_MAX);
}

/* Ascending; a page that has others behind it has a row to go on from. */
static bool is_sound(const struct sightings_answer *answer)
{
    for (size_t i = 1; i < answer->count; i++) {
        if (answer->rows[i].imei.value <= answer->rows[i - 1].imei.value)
            return false;
    }
    return answer->count > 0 || !answer->more;
}

void sightings_answer_read(struct reader *reader, struct sightings_answer *out)
{
    struct record record = record_read(reader);
    head_fields(&record, out);
    out->count = record_list(&record, 0, SIGHTINGS_ROWS_MAX);
    for (size_t i = 0; i < out->count; i++)
        row_fields(&record, &out->rows[i]);
    record_require(&record, is_sound(out), ERR_OUT_OF_RANGE);
}

void sightings_answer_write(struct writer *writer, const struct sightings_answer *answer)
{
    struct record record = record_write(writer);
    struct sightings_answer head = {
        .more = answer->more,
        .threshold = answer->threshold,
        .subscribers_max = answer->subscribers_max,
        .devices = answer->devices,
        .suspected = answer->suspected,
        .forgotten = answer->forgotten,
        .dropped = answer->dropped,
    };
    head_fields(&record, &head);
    (void)record_list(&record, answer->count, SIGHTINGS_ROWS_MAX);
    for (size_t i = 0; i < answer->count; i++) {
        struct sightings_row row = answer->rows[i];
        row_fields(&record, &row);
    }
    record_require(&record, is_sound(answer), ERR_OUT_OF_RANGE);
}
