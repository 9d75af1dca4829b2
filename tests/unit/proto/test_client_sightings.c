/*
 * The question which devices are suspected, and its pages.
 */
#include "proto/client.h"
#include "tests/unit/proto/fixture.h"

#include <stdlib.h>

static struct bytes request_bytes(uint8_t buffer[64], uint64_t from)
{
    struct request *request = calloc(1, sizeof *request);
    ck_assert_ptr_nonnull(request);
    request->kind = REQUEST_SIGHTINGS;
    request->from.value = from;
    struct writer writer = writer_over(buffer, 64);
    request_write(&writer, request);
    ck_assert(writer_ok(&writer));
    free(request);
    return writer_view(&writer);
}

START_TEST(question_has_its_layout_and_bounds)
{
    uint8_t buffer[64];
    uint8_t expected[] = {0xa3, 0, 1, 1, 10, 2, 7};
    struct request *found = calloc(1, sizeof *found);
    struct bytes bytes = request_bytes(buffer, 7);
    assert_bytes(bytes, bytes_of(expected, sizeof expected));
    ck_assert_int_eq(request_parse(bytes, found), ERR_OK);
    ck_assert_int_eq(found->kind, REQUEST_SIGHTINGS);
    ck_assert_uint_eq(found->from.value, 7);
    for (size_t cut = 0; cut < bytes.size; cut++)
        ck_assert(request_parse(bytes_of(buffer, cut), found) != ERR_OK);
    ck_assert_int_eq(request_parse(request_bytes(buffer, IMEI_VALUES - 1), found), ERR_OK);
    ck_assert_int_eq(request_parse(request_bytes(buffer, IMEI_VALUES), found), ERR_OUT_OF_RANGE);
    uint8_t with_option[] = {0xa4, 0, 1, 1, 10, 2, 7, 3, 1};
    ck_assert_int_eq(request_parse(bytes_of(with_option, sizeof with_option), found),
                     ERR_UNKNOWN_FIELD);
    free(found);
}
END_TEST

static enum err write_page(const struct sightings_answer *answer, struct writer *writer,
                           uint8_t *buffer, size_t capacity)
{
    *writer = writer_over(buffer, capacity);
    sightings_answer_write(writer, answer);
    return writer->err;
}

static enum err read_page(struct bytes bytes, struct sightings_answer *out)
{
    struct reader reader = reader_over(bytes);
    sightings_answer_read(&reader, out);
    return reader_done(&reader);
}

static void fill(struct sightings_answer *page, size_t count)
{
    *page = (struct sightings_answer){.more = true,
                                      .threshold = 3,
                                      .subscribers_max = 8,
                                      .devices = INT64_MAX,
                                      .suspected = 2,
                                      .forgotten = 3,
                                      .dropped = 4,
                                      .count = count};
    for (size_t i = 0; i < count; i++)
        page->rows[i] = (struct sightings_row){
            .imei = {IMEI_VALUES - count + i}, .subscribers = 3 + i % 6, .day = UINT16_MAX};
}

START_TEST(page_is_read_as_written)
{
    static struct sightings_answer page;
    static struct sightings_answer found;
    static uint8_t buffer[RESPONSE_SIZE_MAX];
    struct writer writer;
    fill(&page, SIGHTINGS_ROWS_MAX);
    ck_assert_int_eq(write_page(&page, &writer, buffer, sizeof buffer), ERR_OK);
    ck_assert_int_eq(read_page(writer_view(&writer), &found), ERR_OK);
    ck_assert_mem_eq(&found, &page, sizeof page);
}
END_TEST

START_TEST(page_is_refused_when_it_is_cut_out_of_order_or_out_of_range)
{
    static struct sightings_answer page;
    static struct sightings_answer found;
    uint8_t buffer[256];
    struct writer writer;
    fill(&page, 2);
    ck_assert_int_eq(write_page(&page, &writer, buffer, sizeof buffer), ERR_OK);
    struct bytes bytes = writer_view(&writer);
    for (size_t cut = 0; cut < bytes.size; cut++)
        ck_assert(read_page(bytes_of(buffer, cut), &found) != ERR_OK);
    page.rows[1].imei = page.rows[0].imei; /* twice */
    ck_assert_int_eq(write_page(&page, &writer, buffer, sizeof buffer), ERR_OUT_OF_RANGE);
    fill(&page, 0); /* more, and nothing to go on from */
    ck_assert_int_eq(write_page(&page, &writer, buffer, sizeof buffer), ERR_OUT_OF_RANGE);
    page.more = false;
    ck_assert_int_eq(write_page(&page, &writer, buffer, sizeof buffer), ERR_OK);
    fill(&page, 1);
    page.rows[0].day = UINT16_MAX + 1;
    ck_assert_int_eq(write_page(&page, &writer, buffer, sizeof buffer), ERR_OUT_OF_RANGE);
    fill(&page, 1);
    page.rows[0].imei.value = IMEI_VALUES;
    ck_assert_int_eq(write_page(&page, &writer, buffer, sizeof buffer), ERR_OUT_OF_RANGE);
}
END_TEST

START_TEST(no_byte_changed_makes_a_page_that_is_not_written_so)
{
    static struct sightings_answer page;
    static struct sightings_answer found;
    uint8_t buffer[256];
    uint8_t again[256];
    struct writer writer;
    fill(&page, 2);
    ck_assert_int_eq(write_page(&page, &writer, buffer, sizeof buffer), ERR_OK);
    struct bytes bytes = writer_view(&writer);
    for (size_t i = 0; i < bytes.size * 255; i++) {
        buffer[i / 255] ^= (uint8_t)(1 + i % 255);
        if (read_page(bytes, &found) == ERR_OK) {
            ck_assert_int_eq(write_page(&found, &writer, again, sizeof again), ERR_OK);
            assert_bytes(writer_view(&writer), bytes);
        }
        buffer[i / 255] ^= (uint8_t)(1 + i % 255);
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &question_has_its_layout_and_bounds,
        &page_is_read_as_written,
        &page_is_refused_when_it_is_cut_out_of_order_or_out_of_range,
        &no_byte_changed_makes_a_page_that_is_not_written_so,
    };
    return suite_run("client_sightings", cases, sizeof cases / sizeof cases[0]);
}
