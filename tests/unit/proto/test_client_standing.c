/*
 * The question what an organisation holds, and its pages.
 */
#include "proto/client.h"
#include "tests/unit/proto/fixture.h"

#include <stdlib.h>

static struct bytes request_bytes(uint8_t buffer[64], unsigned kind, unsigned reason, uint64_t from)
{
    struct request *request = calloc(1, sizeof *request);
    ck_assert_ptr_nonnull(request);
    request->kind = REQUEST_STANDING;
    memset(request->kid.bytes, 0xdd, KEY_ID_SIZE);
    request->claim_kind = (enum claim_kind)kind;
    request->reason = (enum reason)reason;
    request->from.value = from;
    struct writer writer = writer_over(buffer, 64);
    request_write(&writer, request);
    ck_assert(writer_ok(&writer));
    free(request);
    return writer_view(&writer);
}

static enum err parse(struct bytes bytes, struct request *out)
{
    return request_parse(bytes, out);
}

START_TEST(question_has_its_layout_and_bounds)
{
    uint8_t buffer[64];
    uint8_t expected[] = {0xa3, 0,    1,    1,    9,    2,    0x84, 0x50, 0xdd,
                          0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd,
                          0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 1,    11,   7};
    struct request *found = calloc(1, sizeof *found);
    struct bytes bytes = request_bytes(buffer, CLAIM_BLOCK, REASON_STOLEN, 7);
    assert_bytes(bytes, bytes_of(expected, sizeof expected));
    ck_assert_int_eq(parse(bytes, found), ERR_OK);
    ck_assert_int_eq(found->kind, REQUEST_STANDING);
    ck_assert_int_eq(found->claim_kind, CLAIM_BLOCK);
    ck_assert_int_eq(found->reason, REASON_STOLEN);
    ck_assert_uint_eq(found->from.value, 7);
    ck_assert_uint_eq(found->kid.bytes[15], 0xdd);
    for (size_t cut = 0; cut < bytes.size; cut++)
        ck_assert(parse(bytes_of(buffer, cut), found) != ERR_OK);
    bytes = request_bytes(buffer, CLAIM_WATCH, REASON_NONE, IMEI_VALUES - 1);
    ck_assert_int_eq(parse(bytes, found), ERR_OK);
    ck_assert_int_eq(parse(request_bytes(buffer, CLAIM_BLOCK, REASON_STOLEN, IMEI_VALUES), found),
                     ERR_OUT_OF_RANGE);
    ck_assert_int_eq(parse(request_bytes(buffer, 0, REASON_STOLEN, 7), found), ERR_OUT_OF_RANGE);
    ck_assert_int_eq(parse(request_bytes(buffer, 99, REASON_STOLEN, 7), found), ERR_OUT_OF_RANGE);
    ck_assert_int_eq(parse(request_bytes(buffer, CLAIM_BLOCK, 12, 7), found), ERR_OUT_OF_RANGE);
    free(found);
}
END_TEST

static enum err write_page(const struct standing_answer *answer, struct writer *writer,
                           uint8_t *buffer, size_t capacity)
{
    *writer = writer_over(buffer, capacity);
    standing_answer_write(writer, answer);
    return writer->err;
}

static enum err read_page(struct bytes bytes, struct standing_answer *out)
{
    struct reader reader = reader_over(bytes);
    standing_answer_read(&reader, out);
    return reader_done(&reader);
}

START_TEST(page_is_read_as_written)
{
    static struct standing_answer page;
    static struct standing_answer found;
    static uint8_t buffer[RESPONSE_SIZE_MAX];
    struct writer writer;
    page.more = true;
    page.count = STANDING_ROWS_MAX;
    for (size_t i = 0; i < page.count; i++)
        page.imeis[i].value = IMEI_VALUES - 2 * STANDING_ROWS_MAX + 2 * i;
    page.next.value = IMEI_VALUES - 1;
    ck_assert_int_eq(write_page(&page, &writer, buffer, sizeof buffer), ERR_OK);
    ck_assert_int_eq(read_page(writer_view(&writer), &found), ERR_OK);
    ck_assert(found.more);
    ck_assert_uint_eq(found.next.value, page.next.value);
    ck_assert_uint_eq(found.count, page.count);
    ck_assert_mem_eq(found.imeis, page.imeis, sizeof page.imeis);
}
END_TEST

START_TEST(page_out_of_order_is_refused_on_both_sides)
{
    static struct standing_answer page;
    static struct standing_answer found;
    uint8_t buffer[64];
    struct writer writer;
    page = (struct standing_answer){.more = true, .next = {9}, .count = 2};
    page.imeis[0].value = 7;
    page.imeis[1].value = 8;
    ck_assert_int_eq(write_page(&page, &writer, buffer, sizeof buffer), ERR_OK);
    struct bytes bytes = writer_view(&writer);
    for (size_t cut = 0; cut < bytes.size; cut++)
        ck_assert(read_page(bytes_of(buffer, cut), &found) != ERR_OK);
    buffer[bytes.size - 1] = 7; /* the same device twice */
    ck_assert_int_eq(read_page(bytes, &found), ERR_OUT_OF_RANGE);
    buffer[bytes.size - 1] = 9; /* not below the next */
    ck_assert_int_eq(read_page(bytes, &found), ERR_OUT_OF_RANGE);
    page.imeis[1].value = 7;
    ck_assert_int_eq(write_page(&page, &writer, buffer, sizeof buffer), ERR_OUT_OF_RANGE);
    page.imeis[1].value = 8;
    page.more = false; /* and yet a next one */
    ck_assert_int_eq(write_page(&page, &writer, buffer, sizeof buffer), ERR_OUT_OF_RANGE);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &question_has_its_layout_and_bounds,
        &page_is_read_as_written,
        &page_out_of_order_is_refused_on_both_sides,
    };
    return suite_run("client_standing", cases, sizeof cases / sizeof cases[0]);
}
