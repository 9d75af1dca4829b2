#include "cli/command.h"
#include "cli/device_cargo.h"
#include "cli/file.h"
#include "cli/import.h"
#include "cli/input.h"
#include "cli/list_memory.h"
#include "cli/list_plan.h"
#include "cli/reason.h"
#include "cli/rejects.h"
#include "cli/show.h"
#include "cli/signer.h"
#include "cli/standing.h"
#include "proto/number.h"

#include <inttypes.h>
#include <stdlib.h>

enum { PERCENT_MAX = 1000000000 };

static const struct field fields[] = {
    {"Rows", "rows", SHOW_PLAIN},       {"Bad", "bad", SHOW_PLAIN},
    {"Twice", "twice", SHOW_PLAIN},     {"Stood before", "stood", SHOW_PLAIN},
    {"Stay", "kept", SHOW_PLAIN},       {"To block", "block", SHOW_PLAIN},
    {"To lift", "lift", SHOW_PLAIN},    {"Statements", "statements", SHOW_PLAIN},
    {"Blocked", "blocked", SHOW_PLAIN}, {"Lifted", "lifted", SHOW_PLAIN},
    {"Refused", "refused", SHOW_PLAIN},
};

struct limits {
    uint64_t bad; /* percent, all of them */
    uint64_t size;
    uint64_t change;
    unsigned allowed; /* bits of enum flaw */
};

struct list_import {
    struct tool *tool;
    const char *path;
    struct limits limits;
    enum reason reason;
    enum reason lift_reason;
    size_t batch;
    bool is_delta;
    bool is_resumed; /* it was interrupted: some of what stands is its own work */
    struct signer signer;
    struct list_memory memory;
    struct hash hash; /* of the list: its good rows */
    struct list_lines lines;
    size_t row_count;
    struct rejects rejects;
    struct rows standing;
    struct list_plan plan;
    struct shipment_result blocked;
    struct shipment_result lifted;
};

/* ---- what is asked for ---- */

static enum exit_code take_percent(struct tool *tool, enum option_name option, uint64_t usual,
                                   uint64_t *out)
{
    const char *text = tool_value(tool, option);
    *out = usual;
    if (text == NULL || number_parse(text, 0, PERCENT_MAX, out) == ERR_OK)
        return EXIT_DONE;
    return tool_misused(tool, "Give a whole number of percent.", "'%s' is no --%s", text,
                        option_rows[option].word);
}

static enum exit_code take_allowed(struct tool *tool, unsigned *out)
{
    const char *text = tool_value(tool, OPTION_ALLOW);
    *out = 0;
    while (text != NULL && *text != '\0') {
        size_t size = strcspn(text, ",");
        unsigned before = *out;
        for (enum flaw flaw = 0; flaw < FLAW_COUNT; flaw++) {
            if (strlen(flaw_word(flaw)) == size && strncmp(text, flaw_word(flaw), size) == 0)
                *out |= 1u << flaw;
        }
        if (*out == before)
            return tool_misused(tool, "Give present, absent, both, or several with commas.",
                                "'%.*s' is nothing to --allow, or is there twice", (int)size, text);
        text += size + (text[size] == ',');
    }
    return EXIT_DONE;
}

static enum exit_code take_options(struct list_import *import)
{
    struct tool *tool = import->tool;
    const struct operation_row *block = operation_row(OP_BLOCK);
    const struct operation_row *unblock = operation_row(OP_UNBLOCK);
    enum exit_code code = take_allowed(tool, &import->limits.allowed);
    if (code == EXIT_DONE)
        code = take_percent(tool, OPTION_MAX_BAD, 1, &import->limits.bad);
    if (code == EXIT_DONE)
        code = take_percent(tool, OPTION_MAX_SIZE, 25, &import->limits.size);
    if (code == EXIT_DONE)
        code = take_percent(tool, OPTION_MAX_CHANGE, 10, &import->limits.change);
    if (code == EXIT_DONE)
        code = import_batch(tool, DEVICE_BATCH_USUAL, &import->batch);
    if (code == EXIT_DONE)
        code = reason_choose(tool, block, tool_value(tool, OPTION_REASON), &import->reason);
    if (code == EXIT_DONE)
        code = reason_choose(tool, unblock, tool_value(tool, OPTION_LIFT_REASON),
                             &import->lift_reason);
    return code;
}

/* ---- reading ---- */

/* Bad rows are told; of the good ones a hash is taken: the same list is known again by it. */
static void read_rows(struct list_import *import, struct stolen *stolen)
{
    struct stolen_row row;
    struct hasher hasher;
    hasher_begin(&hasher);
    while (stolen_next(stolen, &row)) {
        uint8_t bytes[10];
        struct writer writer = writer_over(bytes, sizeof bytes);
        import->row_count++;
        if (row.problem[0] != '\0') {
            rejects_add(&import->rejects, row.line, row.problem, row.raw);
            continue;
        }
        list_lines_add(&import->lines, &row);
        writer_u64(&writer, row.imei.value);
        writer_u8(&writer, (uint8_t)row.change);
        writer_u8(&writer, row.is_on);
        hasher_add(&hasher, bytes, writer.size);
    }
    import->hash = hasher_end(&hasher);
}

/* A whole list lifts what it does not name, so a person says that it is one. */
static enum exit_code check_whole(struct list_import *import)
{
    bool is_full = tool_has(import->tool, OPTION_FULL);
    if (import->is_delta && is_full)
        return tool_misused(import->tool, "Leave --full out.",
                            "%s says what has changed: it has the column change_type",
                            import->path);
    if (!import->is_delta && !is_full)
        return tool_misused(import->tool, "Give --full if it is: what it does not name is lifted.",
                            "%s has no column change_type: is it a whole list?", import->path);
    return EXIT_DONE;
}

static enum exit_code read_list(struct list_import *import)
{
    struct tool *tool = import->tool;
    struct input *input;
    struct stolen *stolen = NULL;
    struct complaint complaint;
    enum exit_code code;
    enum err err = input_open(import->path, &input);
    if (err == ERR_OK)
        err = stolen_open(input_fill, input, &stolen, &complaint);
    if (err == ERR_OK) {
        import->is_delta = stolen_is_delta(stolen);
        code = check_whole(import);
        if (code == EXIT_DONE)
            code = rejects_open(tool, import->path, &import->rejects);
        if (code == EXIT_DONE) {
            read_rows(import, stolen);
            err = stolen_err(stolen);
        }
    }
    if (err != ERR_OK)
        code = input_refused(tool, import->path, err, &complaint,
                             "imei help list import says what such a file is like.");
    stolen_close(stolen);
    input_close(input);
    return code;
}

/* ---- limits ---- */

/* Whether `part` is more than so many percent of `whole`. */
static bool exceeds(uint64_t part, uint64_t whole, uint64_t percent)
{
    return part > 0 && part * 100 > whole * percent;
}

static enum exit_code check_rows(struct list_import *import)
{
    size_t bad = import->rejects.count;
    if (!exceeds(bad, import->row_count, import->limits.bad))
        return EXIT_DONE;
    return tool_misused(import->tool, "Ask who made the file, or give a larger --max-bad.",
                        "%zu of %zu rows are bad, more than %" PRIu64 " percent", bad,
                        import->row_count, import->limits.bad);
}

static enum exit_code check_size(struct list_import *import)
{
    uint64_t last = import->memory.whole_rows;
    uint64_t rows = import->row_count;
    uint64_t difference = rows > last ? rows - last : last - rows;
    if (import->is_delta || last == 0 || !exceeds(difference, last, import->limits.size))
        return EXIT_DONE;
    return tool_misused(import->tool, "Ask who made the file, or give a larger --max-size.",
                        "the list has %" PRIu64 " rows, and the last one had %" PRIu64, rows, last);
}

static enum exit_code check_flaws(struct list_import *import)
{
    if (import->plan.flaws == 0)
        return EXIT_DONE;
    return tool_misused(import->tool,
                        "Ask who made the file, or allow it: imei help list import, --allow.",
                        "%zu devices are not as the list supposes", import->plan.flaws);
}

static enum exit_code check_change(struct list_import *import)
{
    const struct list_plan *plan = &import->plan;
    uint64_t changes = plan->block.count + plan->lift.count;
    uint64_t stood = import->standing.count;
    if (stood == 0 || !exceeds(changes, stood, import->limits.change))
        return EXIT_DONE;
    return tool_misused(import->tool,
                        "Look at what would change with --dry-run --changes, or give a larger "
                        "--max-change.",
                        "the list blocks %zu devices and lifts %zu, of %" PRIu64
                        " that stand: more than %" PRIu64 " percent",
                        plan->block.count, plan->lift.count, stood, import->limits.change);
}

/* ---- what changes ---- */

static void tell_flaw(void *context, const struct list_line *line, enum flaw flaw)
{
    struct list_import *import = context;
    char imei[IMEI_TEXT_SIZE + 1];
    imei_format(line->imei, imei);
    rejects_add(&import->rejects, line->line, flaw_sentence(flaw), bytes_of(imei, strlen(imei)));
}

static void make_plan(struct list_import *import)
{
    unsigned allowed = import->limits.allowed;
    import->is_resumed =
        import->memory.is_under_way && hash_equal(&import->memory.under_way, &import->hash);
    if (import->is_resumed)
        allowed |= 1u << FLAW_PRESENT | 1u << FLAW_ABSENT;
    list_plan_make(&import->lines, import->is_delta, &import->standing, allowed, tell_flaw, import,
                   &import->plan);
}

static void put_changes(FILE *file, const struct rows *rows, const char *word)
{
    for (size_t i = 0; i < rows->count; i++) {
        char imei[IMEI_TEXT_SIZE + 1];
        imei_format((struct imei){rows->data[i]}, imei);
        fprintf(file, "%s,%s\n", imei, word);
    }
}

/* --changes: one row for each device that changes. */
static enum exit_code write_changes(struct list_import *import)
{
    struct tool *tool = import->tool;
    const char *path = tool_value(tool, OPTION_CHANGES);
    if (path == NULL)
        return EXIT_DONE;
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (file == NULL)
        return tool_failed(tool, ERR_MEMORY, "%s", path);
    fputs("imei,change_type\n", file);
    put_changes(file, &import->plan.block, "blocked");
    put_changes(file, &import->plan.lift, "unblocked");
    bool failed = ferror(file) != 0;
    failed |= fclose(file) != 0;
    enum exit_code code = failed ? tool_failed(tool, ERR_MEMORY, "%s", path)
                                 : file_make(tool, path, bytes_of(text, size), 0600);
    free(text);
    return code;
}

/* ---- sending ---- */

/* Blocks or lifts these devices. */
static enum exit_code send_rows(struct list_import *import, enum operation operation,
                                enum reason reason, struct rows *rows, struct shipment_result *sent)
{
    struct device_cargo devices;
    if (rows->count == 0)
        return EXIT_DONE;
    for (size_t i = 0; i < rows->count; i++)
        rows->data[i] = device_row((struct imei){rows->data[i]}, reason);
    struct cargo cargo = device_cargo_open(&devices, rows, operation, import->batch);
    enum exit_code code = shipment_send(import->tool, &import->signer, &cargo, sent);
    device_cargo_close(&devices);
    return code;
}

static enum exit_code send_all(struct list_import *import)
{
    struct tool *tool = import->tool;
    struct list_plan *plan = &import->plan;
    enum exit_code code = list_memory_begin(tool, &import->memory, &import->hash);
    if (code == EXIT_DONE)
        code = send_rows(import, OP_BLOCK, import->reason, &plan->block, &import->blocked);
    enum exit_code first = code;
    if (code == EXIT_REFUSED && import->blocked.refused > 0)
        code = EXIT_DONE; /* of some rows: told; the lifts are another matter */
    if (code == EXIT_DONE && !import->blocked.is_interrupted)
        code = send_rows(import, OP_UNBLOCK, import->lift_reason, &plan->lift, &import->lifted);
    if (code == EXIT_DONE && !import->blocked.is_interrupted && !import->lifted.is_interrupted)
        code = list_memory_finish(tool, &import->memory, import->is_delta ? 0 : import->row_count);
    return code == EXIT_DONE ? first : code;
}

/* ---- the answer ---- */

static json_t *number(size_t value)
{
    return json_integer((json_int_t)value);
}

static enum exit_code show(struct list_import *import, size_t bad)
{
    struct tool *tool = import->tool;
    const struct list_plan *plan = &import->plan;
    const struct shipment_result *blocked = &import->blocked;
    const struct shipment_result *lifted = &import->lifted;
    bool is_dry = tool_has(tool, OPTION_DRY_RUN);
    json_t *value = json_pack(
        "{s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b}", "whole", !import->is_delta, "rows",
        number(import->row_count), "bad", number(bad), "twice", number(plan->twice), "stood",
        number(import->standing.count), "kept", number(plan->kept), "block",
        number(plan->block.count), "lift", number(plan->lift.count), "resumed", import->is_resumed,
        "complete", !is_dry && !blocked->is_interrupted && !lifted->is_interrupted);
    if (!is_dry)
        json_object_update_new(value, json_pack("{s:o, s:o, s:o, s:o}", "statements",
                                                number(blocked->statements + lifted->statements),
                                                "blocked", number(blocked->changed), "lifted",
                                                number(lifted->changed), "refused",
                                                number(blocked->refused + lifted->refused)));
    return show_answer(tool, fields, sizeof fields / sizeof fields[0], value);
}

/* ---- the run ---- */

/* What a list of this organisation for this reason is remembered by. */
static struct hash identity_of(const struct list_import *import)
{
    uint8_t reason = (uint8_t)import->reason;
    struct hasher hasher;
    hasher_begin(&hasher);
    hasher_add(&hasher, import->signer.network.bytes, HASH_SIZE);
    hasher_add(&hasher, import->signer.kid.bytes, KEY_ID_SIZE);
    hasher_add(&hasher, &reason, sizeof reason);
    return hasher_end(&hasher);
}

/* Reads list and ledger, and holds both against each other. */
static enum exit_code prepare(struct list_import *import, size_t *bad)
{
    struct hash identity = identity_of(import);
    enum exit_code code = list_memory_open(import->tool, &identity, &import->memory);
    if (code == EXIT_DONE)
        code = read_list(import);
    *bad = import->rejects.count;
    if (code == EXIT_DONE)
        code = check_rows(import);
    if (code == EXIT_DONE)
        code = check_size(import);
    if (code == EXIT_DONE)
        code = standing_ask(import->tool, &import->signer.kid, CLAIM_BLOCK, import->reason,
                            &import->standing);
    if (code == EXIT_DONE) {
        make_plan(import);
        code = check_flaws(import);
    }
    if (import->rejects.tool != NULL) {
        enum exit_code closed = rejects_close(&import->rejects);
        code = code == EXIT_DONE ? closed : code;
    }
    return code;
}

static enum exit_code run(struct list_import *import)
{
    struct tool *tool = import->tool;
    bool is_dry = tool_has(tool, OPTION_DRY_RUN);
    size_t bad = 0;
    enum exit_code code = prepare(import, &bad);
    if (code == EXIT_DONE && !is_dry)
        code = check_change(import);
    if (code == EXIT_DONE)
        code = write_changes(import);
    if (code == EXIT_DONE && !is_dry)
        code = send_all(import);
    if (code != EXIT_DONE && import->blocked.refused + import->lifted.refused == 0)
        return code;
    enum exit_code shown = show(import, bad);
    if (is_dry && shown == EXIT_DONE)
        code = check_change(import);
    if (import->blocked.is_interrupted)
        import_interrupted(tool, &import->blocked, import->plan.block.count);
    if (import->lifted.is_interrupted)
        import_interrupted(tool, &import->lifted, import->plan.lift.count);
    if (code != EXIT_DONE)
        return code;
    return shown == EXIT_DONE && bad > 0 ? EXIT_NO : shown;
}

enum exit_code cmd_list_import(struct tool *tool)
{
    struct list_import import = {.tool = tool, .path = tool->arguments.operands[0]};
    enum exit_code code = take_options(&import);
    if (code == EXIT_DONE)
        code = signer_open(tool, &import.signer);
    if (code != EXIT_DONE)
        return code;
    code = run(&import);
    signer_close(&import.signer);
    list_memory_close(&import.memory);
    list_lines_close(&import.lines);
    rows_close(&import.standing);
    list_plan_close(&import.plan);
    return code;
}
