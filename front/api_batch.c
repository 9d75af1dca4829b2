#include "front/api_batch.h"

#include "proto/cbor.h"
#include "json/answer.h"
#include "json/body.h"

#include <stdlib.h>

/* What follows the devices: "],"next":9999}" and some. */
enum { TAIL_SIZE_MAX = 64 };

struct entry {
    char text[24]; /* as given, cut; what is cut is no IMEI */
    enum err err;
    int check_right; /* of an IMEI whose check digit is wrong, else -1 */
    struct imei imei;
};

struct batch {
    uint32_t fresh_ms;
    bool explain;
    size_t count;
    size_t at; /* the first that is not answered yet */
    struct check_answer device;
    struct entry entries[];
};

/* ---- the request ---- */

static struct entry entry_of(const json_t *value)
{
    struct imei_parsed parsed;
    struct entry entry = {.check_right = -1};
    const char *text = json_string_value(value);
    entry.err = imei_parse(text, json_string_length(value), IMEI_FROM_PERSON, &parsed);
    entry.imei = parsed.imei;
    if (entry.err == ERR_IMEI_CHECK)
        entry.check_right = parsed.check_right;
    snprintf(entry.text, sizeof entry.text, "%s", text);
    return entry;
}

static enum err check_members(struct turn *turn, json_t *body)
{
    static const char *const names[] = {"imeis", "fresh_ms", "explain", NULL};
    const char *unknown;
    const json_t *imeis = json_object_get(body, "imeis");
    const json_t *fresh = json_object_get(body, "fresh_ms");
    const json_t *explain = json_object_get(body, "explain");
    if (body_knows(body, names, &unknown) != ERR_OK)
        return turn_wrong(turn, ERR_UNKNOWN_FIELD, unknown);
    if (imeis == NULL)
        return turn_wrong(turn, ERR_MISSING_FIELD, "imeis");
    if (!json_is_array(imeis))
        return turn_wrong(turn, ERR_WRONG_TYPE, "imeis");
    if (json_array_size(imeis) > API_BATCH_MAX)
        return turn_wrong(turn, ERR_TOO_LARGE, "imeis");
    if (fresh != NULL && !json_is_integer(fresh))
        return turn_wrong(turn, ERR_WRONG_TYPE, "fresh_ms");
    if (json_integer_value(fresh) < 0 || json_integer_value(fresh) > API_WAIT_MAX_MS)
        return turn_wrong(turn, ERR_OUT_OF_RANGE, "fresh_ms");
    if (explain != NULL && !json_is_boolean(explain))
        return turn_wrong(turn, ERR_WRONG_TYPE, "explain");
    return ERR_OK;
}

static enum err take_body(struct turn *turn, json_t *body)
{
    const json_t *imeis = json_object_get(body, "imeis");
    enum err err = check_members(turn, body);
    if (err != ERR_OK)
        return err;
    size_t count = json_array_size(imeis);
    struct batch *batch = malloc(sizeof *batch + count * sizeof batch->entries[0]);
    if (batch == NULL)
        return ERR_MEMORY;
    turn->own = batch;
    batch->fresh_ms = (uint32_t)json_integer_value(json_object_get(body, "fresh_ms"));
    batch->explain = json_is_true(json_object_get(body, "explain"));
    batch->count = count;
    batch->at = 0;
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_array_get(imeis, i);
        if (!json_is_string(value))
            return turn_wrong(turn, ERR_WRONG_TYPE, "imeis");
        batch->entries[i] = entry_of(value);
    }
    return ERR_OK;
}

/* ---- the answer ---- */

/* The next CHECK_IMEIS_MAX of those that are IMEIs. */
static void fill_request(struct turn *turn)
{
    const struct batch *batch = turn->own;
    struct request *request = &turn->request;
    request->kind = REQUEST_CHECK;
    request->fresh_ms = batch->fresh_ms;
    request->explain = batch->explain;
    request->imei_count = 0;
    for (size_t i = batch->at; i < batch->count && request->imei_count < CHECK_IMEIS_MAX; i++) {
        if (batch->entries[i].err == ERR_OK)
            request->imeis[request->imei_count++] = batch->entries[i].imei;
    }
}

/* ERR_TOO_LARGE: it does not fit any more, and is not there. */
static enum err print_device(struct turn *turn, json_t *value)
{
    struct batch *batch = turn->own;
    size_t size = turn->text.size;
    if (batch->at > 0)
        print_text(&turn->text, ",");
    print_value(&turn->text, value);
    enum err err = turn->text.err;
    if (err == ERR_OK)
        batch->at++;
    else
        print_back(&turn->text, size);
    return err;
}

/* The next device of the node's answer. NULL: it is not that of the question. */
static json_t *next_device(struct turn *turn, struct reader *body, struct imei imei)
{
    struct batch *batch = turn->own;
    check_answer_read(body, &batch->device);
    if (!reader_ok(body) || batch->device.imei.value != imei.value)
        return NULL;
    json_t *value = answer_device(&batch->device);
    answer_add_head(value, &turn->head);
    answer_add_fresh(value, &turn->request);
    return value;
}

/* Those of which the answer is known: `count` are in the body, and what is no IMEI is not asked
 * about. */
static enum err print_devices(struct turn *turn, struct reader *body, size_t count)
{
    struct batch *batch = turn->own;
    enum err err = ERR_OK;
    while (err == ERR_OK && batch->at < batch->count) {
        const struct entry *entry = &batch->entries[batch->at];
        if (entry->err != ERR_OK) {
            err = print_device(turn, answer_invalid(entry->text, entry->err, entry->check_right));
            continue;
        }
        if (count == 0)
            break;
        count--;
        json_t *value = next_device(turn, body, entry->imei);
        err = value != NULL ? print_device(turn, value) : ERR_INTERNAL;
    }
    return err;
}

static void print_tail(struct turn *turn)
{
    const struct batch *batch = turn->own;
    turn->text.size_max += TAIL_SIZE_MAX;
    print_text(&turn->text, "],\"next\":");
    print_value(&turn->text,
                batch->at < batch->count ? json_integer((json_int_t)batch->at) : json_null());
    print_text(&turn->text, "}");
}

/* Prints what is known, and asks for the rest as long as there is room. */
static enum err go_on(struct turn *turn, struct reader *body, size_t count)
{
    enum err err = print_devices(turn, body, count);
    if (err != ERR_OK && err != ERR_TOO_LARGE)
        return err;
    fill_request(turn);
    turn->asks = err == ERR_OK && turn->request.imei_count > 0;
    if (!turn->asks)
        print_tail(turn);
    if (err == ERR_TOO_LARGE)
        *body = reader_over((struct bytes){0}); /* what is not told any more */
    return ERR_OK;
}

static enum err read_batch(struct turn *turn)
{
    json_t *value;
    struct reader nothing = reader_over((struct bytes){0});
    enum err err = turn_params(turn, NULL, 0);
    if (err == ERR_OK)
        err = body_parse(turn->http->body, &value);
    if (err != ERR_OK)
        return err;
    err = take_body(turn, value);
    json_decref(value);
    if (err != ERR_OK)
        return err;
    turn->text.size_max -= TAIL_SIZE_MAX;
    print_text(&turn->text, "{\"devices\":[");
    return go_on(turn, &nothing, 0);
}

static enum err write_batch(struct turn *turn, struct reader *body)
{
    size_t count = cbor_array(body);
    if (!reader_ok(body) || count == 0 || count > turn->request.imei_count)
        return ERR_INTERNAL;
    return go_on(turn, body, count);
}

static const char *const takes[] = {"application/json", NULL};

const struct turn_plan api_batch_plan = {
    .scope = API_SCOPE,
    .gives = "application/json",
    .takes = takes,
    .is_batch = true,
    .read = read_batch,
    .write = write_batch,
};
