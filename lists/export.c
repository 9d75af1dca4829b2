#include "lists/export.h"

#include "lists/reform.h"
#include "lists/touched.h"

#include <stdlib.h>

enum { BLOCKS_EVERY = 64 }; /* between two words of progress */

struct export
{
    const struct export_question *question;
    struct complaint *complaint;
    struct touched touched;
    uint8_t *block; /* a copy of the one that is read: others are looked up meanwhile */
    uint64_t all;
};

static enum err progress(const struct export *export, const char *what, uint64_t done, uint64_t all)
{
    const struct export_question *question = export->question;
    return question->progress != NULL
               ? question->progress(question->progress_context, what, done, all)
               : ERR_OK;
}

/* ---- a delta ---- */

static enum err meet_organisation(void *context, const struct transaction *transaction)
{
    struct export *export = context;
    const struct export_question *question = export->question;
    struct name name;
    bool is_reform;
    enum err err = reform_find(question->source, transaction, question->since, &is_reform, &name);
    if (err != ERR_OK || !is_reform)
        return err;
    return complain(export->complaint, 0,
                    "the organisation %s has changed since, and with it perhaps what each of its "
                    "claims counts for",
                    name.text);
}

/* What the block speaks about. */
static enum err read_block(struct export *export, uint64_t height)
{
    struct block block;
    enum err err = source_block(export->question->source, height, &block);
    if (err != ERR_OK)
        return err;
    memcpy(export->block, block.encoded.data, block.encoded.size);
    err = block_parse(bytes_of(export->block, block.encoded.size), &block);
    return err == ERR_OK ? touched_add(&export->touched, &block, meet_organisation, export) : err;
}

static enum err read_blocks(struct export *export)
{
    const struct export_question *question = export->question;
    uint64_t last = view_position(source_view(question->source)).height;
    enum err err = ERR_OK;
    export->block = malloc(BLOCK_SIZE_MAX);
    if (export->block == NULL)
        return ERR_MEMORY;
    for (uint64_t height = question->since + 1; height <= last && err == ERR_OK; height++) {
        err = read_block(export, height);
        if (err == ERR_OK && (height - question->since) % BLOCKS_EVERY == 0)
            err = progress(export, "blocks", height - question->since, last - question->since);
    }
    touched_order(&export->touched);
    return err;
}

static enum err tell_touched(struct export *export, struct change_question *changes)
{
    const struct touched *touched = &export->touched;
    struct touched_walk walk = touched_walk(touched);
    struct touched_tac tac;
    enum err err = view_place(changes->view, export->question->since, &changes->before);
    while (err == ERR_OK && touched_next(&walk, &tac)) {
        changes->has_ranges = tac.has_ranges;
        err = changes_of_tac(changes, tac.tac, tac.stretches, tac.count);
        if (err == ERR_OK)
            err = progress(export, "devices", walk.device + walk.range,
                           touched->device_count + touched->range_count);
    }
    touched_walk_close(&walk);
    return err != ERR_OK ? err : walk.err;
}

/* ---- a full list ---- */

static enum err tell_all(struct export *export, struct change_question *changes)
{
    static const struct stretch whole = {0, IMEI_SERIALS - 1};
    uint32_t tac = 0;
    enum err err = standing_tac(changes->view, 0, &tac);
    changes->has_ranges = true;
    for (; err == ERR_OK; err = standing_tac(changes->view, tac + 1, &tac)) {
        err = changes_of_tac(changes, tac, &whole, 1);
        if (err == ERR_OK)
            err = progress(export, "claims", changes->claims, export->all);
        if (err != ERR_OK)
            return err;
    }
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err export_run(const struct export_question *question, struct complaint *complaint)
{
    struct export export = {.question = question, .complaint = complaint};
    struct change_question changes = {
        .view = source_view(question->source),
        .before = PLACE_NOTHING,
        .after = PLACE_NOW,
        .expand = question->expand,
        .expand_left = question->expand_max,
        .tell = question->tell,
        .context = question->context,
    };
    enum err err = judge_open(changes.view, question->policy, &changes.judge);
    if (err == ERR_OK)
        err = standing_count(changes.view, &export.all);
    if (err == ERR_OK && question->is_delta)
        err = read_blocks(&export);
    if (err == ERR_OK)
        err = question->is_delta ? tell_touched(&export, &changes) : tell_all(&export, &changes);
    judge_close(changes.judge);
    touched_close(&export.touched);
    free(export.block);
    return err;
}
