#include "node/taker.h"

#include "proto/limits.h"
#include "tests/unit/proto/recode.h"

#include <stdlib.h>

/* A state of many chunks of a TAC each, one of them larger than a frame, in the order of their ids.
 * The taker looks at their hashes alone: what is in them is noise. */
enum { CHUNKS = 400, LARGE = 123, HEIGHT = 900, SETTLED = 1000 };
#define LARGE_SIZE ((size_t)5 * PEER_CHUNKS_SIZE_MAX / 2)

enum { LEADER = 1, NEAR = 2, FAR = 3 };

struct scene {
    struct chunk chunks[CHUNKS];
    size_t offsets[CHUNKS]; /* of each in `bytes` */
    uint8_t *bytes;
    size_t size;
    struct checkpoint checkpoint;
    struct taker taker;
    struct taker_view view;
    uint64_t now_ms;
    uint64_t offers[FAR + 1]; /* what each peer has; 0: nothing */
    bool is_silent[FAR + 1];
    uint64_t asked[FAR + 1]; /* for chunks or a page */
    uint64_t blamed[FAR + 1];
    enum err blame;
    /* Spoils what the peer FAR sends. */
    void (*spoil_list)(struct peer_list *list, uint8_t *entries);
    void (*spoil_chunks)(struct peer_chunks *chunks, uint8_t *bytes);
    size_t page;     /* entries that a page has */
    size_t loaded;   /* bytes, in order, of the load under way */
    unsigned begun;  /* loads */
    unsigned forgot; /* and those that were broken off */
    bool has_ended;
};

static void make_state(struct scene *scene)
{
    uint64_t seed = 7;
    struct chunk_tree tree = {0};
    for (size_t i = 0; i < CHUNKS; i++) {
        size_t size = i == LARGE ? LARGE_SIZE : 1 + dice(&seed) % 30000;
        scene->offsets[i] = scene->size;
        scene->size += size;
        scene->chunks[i] =
            (struct chunk){.id = {(UINT64_C(5) << 32) + 35000000 + 3 * i}, .rows = 1, .size = size};
    }
    scene->bytes = malloc(scene->size);
    ck_assert_ptr_nonnull(scene->bytes);
    for (size_t i = 0; i < scene->size; i++)
        scene->bytes[i] = (uint8_t)dice(&seed);
    for (size_t i = 0; i < CHUNKS; i++) {
        struct chunk *chunk = &scene->chunks[i];
        chunk->hash = hash_of(bytes_of(scene->bytes + scene->offsets[i], chunk->size));
        ck_assert_int_eq(chunk_tree_add(&tree, chunk), ERR_OK);
    }
    scene->checkpoint =
        (struct checkpoint){.height = HEIGHT, .tree_size = 1, .state_root = chunk_tree_root(&tree)};
}

static void begin(struct scene *scene)
{
    *scene = (struct scene){.now_ms = 1000, .page = 150};
    make_state(scene);
    scene->view = (struct taker_view){.leader = LEADER, .settled = SETTLED, .known = SETTLED};
    taker_init(&scene->taker, true, scene->now_ms);
    for (uint32_t peer = LEADER; peer <= FAR; peer++) {
        taker_link(&scene->taker, peer, true);
        scene->offers[peer] = HEIGHT;
    }
}

static void end(struct scene *scene)
{
    taker_clear(&scene->taker);
    free(scene->bytes);
}

/* ---- the peers ---- */

/* What was last asked for. */
static uint64_t asked_chunk;
static uint64_t asked_offset;

static void give_list(struct scene *scene, uint32_t peer, const struct peer_list_wanted *wanted)
{
    static uint8_t entries[CHUNKS * PEER_ENTRY_SIZE];
    struct writer writer = writer_over(entries, sizeof entries);
    struct peer_list list = {.request = wanted->request, .checkpoint = scene->offers[peer]};
    bool is_it = wanted->checkpoint != 0 && wanted->checkpoint == scene->offers[peer];
    size_t at = 0;
    scene->asked[peer] += wanted->checkpoint != 0;
    while (at < CHUNKS && scene->chunks[at].id.value <= wanted->after)
        at++;
    for (; is_it && at < CHUNKS && list.count < scene->page; at++, list.count++)
        chunk_entry_write(&writer, &scene->chunks[at]);
    list.is_last = is_it && at == CHUNKS;
    list.entries = writer_view(&writer);
    if (peer == FAR && is_it && scene->spoil_list != NULL)
        scene->spoil_list(&list, entries);
    taker_list(&scene->taker, peer, &list, scene->now_ms);
}

static void give_chunks(struct scene *scene, uint32_t peer, const struct peer_chunks_wanted *wanted)
{
    static uint8_t bytes[PEER_CHUNKS_SIZE_MAX + 1];
    struct peer_chunks chunks = {.request = wanted->request, .checkpoint = scene->offers[peer]};
    size_t at = 0;
    scene->asked[peer]++;
    while (scene->chunks[at].id.value != wanted->first)
        ck_assert_uint_lt(++at, CHUNKS);
    ck_assert_uint_lt(wanted->offset, scene->chunks[at].size);
    ck_assert_uint_le(wanted->offset + wanted->size, scene->size - scene->offsets[at]);
    ck_assert_uint_eq(wanted->checkpoint, HEIGHT);
    asked_chunk = at;
    asked_offset = wanted->offset;
    if (wanted->checkpoint == scene->offers[peer]) {
        memcpy(bytes, scene->bytes + scene->offsets[at] + wanted->offset, wanted->size);
        chunks.bytes = bytes_of(bytes, wanted->size);
    }
    if (peer == FAR && chunks.bytes.size > 0 && scene->spoil_chunks != NULL)
        scene->spoil_chunks(&chunks, bytes);
    taker_chunks(&scene->taker, peer, &chunks, scene->now_ms);
}

/* ---- the node ---- */

static void load(struct scene *scene, const struct taker_action *action)
{
    for (size_t i = 0, at = 0; i < action->count; at += action->chunks[i++].size) {
        const struct chunk *chunk = &action->chunks[i];
        ck_assert_uint_le(chunk->size, scene->size - scene->loaded);
        ck_assert_mem_eq(action->bytes + at, scene->bytes + scene->loaded, chunk->size);
        scene->loaded += chunk->size;
    }
    free(action->bytes);
    taker_loaded(&scene->taker, scene->now_ms);
}

static void act(struct scene *scene, const struct taker_action *action)
{
    switch (action->what) {
    case TAKER_ASK_LIST:
        if (!scene->is_silent[action->peer])
            give_list(scene, action->peer, &action->list_wanted);
        break;
    case TAKER_ASK_CHUNKS:
        if (!scene->is_silent[action->peer])
            give_chunks(scene, action->peer, &action->chunks_wanted);
        break;
    case TAKER_LOOK:
        if (action->height == HEIGHT)
            taker_confirm(&scene->taker, &scene->checkpoint, scene->now_ms);
        break;
    case TAKER_BEGIN:
        ck_assert(checkpoint_equal(&action->checkpoint, &scene->checkpoint));
        scene->loaded = 0;
        scene->begun++;
        break;
    case TAKER_LOAD: load(scene, action); break;
    case TAKER_END: scene->has_ended = true; break;
    case TAKER_BLAME:
        scene->blamed[action->peer]++;
        scene->blame = action->err;
        break;
    case TAKER_FORGET: scene->forgot++; break;
    }
}

/* All that is to be done at this time. */
static void work(struct scene *scene)
{
    struct taker_action action;
    while (taker_next(&scene->taker, &scene->view, scene->now_ms, &action)) {
        size_t held = 0;
        for (size_t i = 0; i < scene->taker.lot_count; i++)
            held += scene->taker.lots[i].size;
        ck_assert_uint_le(held, TAKE_BYTES_MAX + LARGE_SIZE);
        act(scene, &action);
    }
}

/* Until the state is whole, or for so long. */
static void go_on(struct scene *scene, uint64_t for_ms)
{
    uint64_t until_ms = scene->now_ms + for_ms;
    for (; !scene->has_ended && scene->now_ms < until_ms; scene->now_ms += 100)
        work(scene);
}

static void expect_whole(struct scene *scene)
{
    ck_assert(scene->has_ended);
    ck_assert_uint_eq(scene->loaded, scene->size);
    ck_assert_uint_eq(taker_deadline_ms(&scene->taker, scene->now_ms), UINT64_MAX);
    work(scene);
}

START_TEST(takes_the_whole_state_in_order_from_several_and_spares_the_leader)
{
    for (uint32_t leader = LEADER; leader <= FAR; leader++) {
        struct scene scene;
        begin(&scene);
        scene.view.leader = leader;
        go_on(&scene, 5000);
        expect_whole(&scene);
        ck_assert_uint_eq(scene.begun, 1);
        ck_assert_uint_eq(scene.forgot, 0);
        for (uint32_t peer = LEADER; peer <= FAR; peer++)
            ck_assert(peer == leader ? scene.asked[peer] <= 1 : scene.asked[peer] > 2);
        end(&scene);
    }
}
END_TEST

START_TEST(asks_the_leader_when_nobody_else_offers)
{
    struct scene scene;
    begin(&scene);
    scene.offers[NEAR] = scene.offers[FAR] = 0;
    go_on(&scene, 5000);
    expect_whole(&scene);
    end(&scene);
}
END_TEST

START_TEST(asks_nobody_before_its_log_is_near_the_end)
{
    struct scene scene;
    struct taker_action action;
    begin(&scene);
    scene.view.known = SETTLED + TAKE_NEAR + 1;
    ck_assert(!taker_next(&scene.taker, &scene.view, scene.now_ms, &action));
    scene.view.known = 0; /* no leader was heard */
    ck_assert(!taker_next(&scene.taker, &scene.view, scene.now_ms, &action));
    scene.view.known = SETTLED + TAKE_NEAR;
    ck_assert(taker_next(&scene.taker, &scene.view, scene.now_ms, &action));
    ck_assert_int_eq(action.what, TAKER_ASK_LIST);
    ck_assert_uint_eq(action.list_wanted.checkpoint, 0);
    end(&scene);
}
END_TEST

START_TEST(one_that_is_off_does_nothing)
{
    struct scene scene;
    struct taker_action action;
    begin(&scene);
    taker_clear(&scene.taker);
    ck_assert(!taker_next(&scene.taker, &scene.view, scene.now_ms, &action));
    ck_assert_uint_eq(taker_deadline_ms(&scene.taker, scene.now_ms), UINT64_MAX);
    end(&scene);
}
END_TEST

START_TEST(believes_no_checkpoint_of_which_the_log_says_nothing)
{
    struct scene scene;
    begin(&scene);
    scene.offers[LEADER] = scene.offers[NEAR] = scene.offers[FAR] = HEIGHT + 1;
    go_on(&scene, 2 * TAKE_STALL_MS);
    ck_assert_uint_eq(scene.asked[LEADER] + scene.asked[NEAR] + scene.asked[FAR], 0);
    scene.view.settled = HEIGHT; /* what comes after it is not sure */
    scene.view.known = HEIGHT;
    scene.offers[FAR] = HEIGHT;
    go_on(&scene, 10000);
    ck_assert_uint_eq(scene.asked[FAR], 0);
    scene.view.settled = scene.view.known = SETTLED;
    scene.offers[FAR] = HEIGHT; /* even if most offer another */
    go_on(&scene, 10000);
    expect_whole(&scene);
    ck_assert_uint_eq(scene.asked[NEAR], 0);
    end(&scene);
}
END_TEST

/* Whoever spoils is blamed with that error and left alone, and the others bring the whole. */
static void expect_blame(struct scene *scene, enum err err)
{
    go_on(scene, 10000);
    ck_assert_uint_eq(scene->blamed[FAR], 1);
    ck_assert_uint_eq(scene->blamed[NEAR] + scene->blamed[LEADER], 0);
    ck_assert_str_eq(err_name(scene->blame), err_name(err));
    expect_whole(scene);
    end(scene);
}

static unsigned spoilt;

static void flip_chunk(struct peer_chunks *chunks, uint8_t *bytes)
{
    bytes[dice(&(uint64_t){spoilt++}) % chunks->bytes.size] ^= 1;
}

static void shorten_chunks(struct peer_chunks *chunks, uint8_t *bytes)
{
    chunks->bytes = bytes_of(bytes, chunks->bytes.size - 1);
}

static void lengthen_chunks(struct peer_chunks *chunks, uint8_t *bytes)
{
    chunks->bytes = bytes_of(bytes, chunks->bytes.size + 1);
}

static void rename_chunks(struct peer_chunks *chunks, uint8_t *bytes)
{
    (void)bytes;
    chunks->checkpoint++;
}

START_TEST(chunks_that_are_wrong_are_blamed_and_come_from_another)
{
    static const struct {
        void (*spoil)(struct peer_chunks *chunks, uint8_t *bytes);
        enum err err;
    } cases[] = {
        {flip_chunk, ERR_DAMAGED},
        {shorten_chunks, ERR_OUT_OF_RANGE},
        {lengthen_chunks, ERR_OUT_OF_RANGE},
        {rename_chunks, ERR_OUT_OF_RANGE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scene scene;
        begin(&scene);
        scene.spoil_chunks = cases[i].spoil;
        expect_blame(&scene, cases[i].err);
    }
}
END_TEST

static uint64_t spoilt_offset;

static void flip_part(struct peer_chunks *chunks, uint8_t *bytes)
{
    if (asked_chunk == LARGE && asked_offset == spoilt_offset)
        flip_chunk(chunks, bytes);
}

START_TEST(a_flipped_bit_in_any_part_of_a_large_chunk_is_found)
{
    for (spoilt_offset = 0; spoilt_offset < LARGE_SIZE; spoilt_offset += PEER_CHUNKS_SIZE_MAX) {
        struct scene scene;
        begin(&scene);
        scene.spoil_chunks = flip_part;
        scene.offers[NEAR] = scene.offers[LEADER] = 0;
        go_on(&scene, 2000);
        ck_assert_uint_le(scene.loaded, scene.offsets[LARGE]);
        scene.offers[NEAR] = HEIGHT;
        expect_blame(&scene, ERR_DAMAGED);
    }
}
END_TEST

static void flip_entry(struct peer_list *list, uint8_t *entries)
{
    entries[(list->count - 1) * PEER_ENTRY_SIZE + 20] ^= 1; /* its hash */
}

static void swap_entries(struct peer_list *list, uint8_t *entries)
{
    uint8_t first[PEER_ENTRY_SIZE];
    (void)list;
    memcpy(first, entries, sizeof first);
    memcpy(entries, entries + PEER_ENTRY_SIZE, sizeof first);
    memcpy(entries + PEER_ENTRY_SIZE, first, sizeof first);
}

static void empty_page(struct peer_list *list, uint8_t *entries)
{
    list->count = 0;
    list->entries = bytes_of(entries, 0);
    list->is_last = false;
}

static void end_early(struct peer_list *list, uint8_t *entries)
{
    (void)entries;
    list->is_last = true;
}

static void no_table(struct peer_list *list, uint8_t *entries)
{
    (void)list;
    entries[0] = 0xff;
}

static void too_large(struct peer_list *list, uint8_t *entries)
{
    (void)list;
    entries[PEER_ENTRY_SIZE - 8] = 0xff;
}

START_TEST(lists_that_are_wrong_are_blamed_and_come_from_another)
{
    static const struct {
        void (*spoil)(struct peer_list *list, uint8_t *entries);
        enum err err;
    } cases[] = {
        {flip_entry, ERR_CHECKPOINT}, {swap_entries, ERR_NOT_CANONICAL},
        {empty_page, ERR_TRUNCATED},  {end_early, ERR_CHECKPOINT},
        {no_table, ERR_OUT_OF_RANGE}, {too_large, ERR_TOO_LARGE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scene scene;
        begin(&scene);
        scene.offers[NEAR] = 0; /* so that it is asked first */
        scene.spoil_list = cases[i].spoil;
        work(&scene);
        scene.offers[NEAR] = HEIGHT;
        expect_blame(&scene, cases[i].err);
    }
}
END_TEST

START_TEST(what_was_not_asked_for_is_nothing)
{
    struct scene scene;
    struct taker_action action;
    begin(&scene);
    do {
        ck_assert(taker_next(&scene.taker, &scene.view, scene.now_ms, &action));
        if (action.what != TAKER_ASK_CHUNKS)
            act(&scene, &action);
    } while (action.what != TAKER_ASK_CHUNKS);
    struct taker before = scene.taker;
    struct peer_chunks chunks = {.request = action.chunks_wanted.request,
                                 .checkpoint = HEIGHT,
                                 .bytes = bytes_of(scene.bytes, action.chunks_wanted.size)};
    struct peer_list list = {.request = before.request + 1, .checkpoint = 5};
    taker_chunks(&scene.taker, action.peer == NEAR ? FAR : NEAR, &chunks, scene.now_ms);
    chunks.request++;
    taker_chunks(&scene.taker, action.peer, &chunks, scene.now_ms);
    chunks.request = 0;
    taker_chunks(&scene.taker, action.peer, &chunks, scene.now_ms);
    taker_list(&scene.taker, action.peer, &list, scene.now_ms);
    list.request = before.round;
    taker_list(&scene.taker, 77, &list, scene.now_ms); /* a stranger */
    list.request = 0;
    taker_list(&scene.taker, action.peer, &list, scene.now_ms);
    taker_loaded(&scene.taker, scene.now_ms);
    ck_assert_mem_eq(&before, &scene.taker, sizeof before);
    act(&scene, &action);
    go_on(&scene, 5000);
    expect_whole(&scene);
    end(&scene);
}
END_TEST

START_TEST(silence_moves_to_another_peer)
{
    struct scene scene;
    begin(&scene);
    scene.page = 1; /* a list of many pages, in the middle of which they fall silent */
    for (int i = 0; i < 200; i++) {
        struct taker_action action;
        if (taker_next(&scene.taker, &scene.view, scene.now_ms, &action))
            act(&scene, &action);
        else
            scene.now_ms += 100;
    }
    ck_assert_int_eq(scene.taker.state, TAKER_LISTING);
    scene.is_silent[scene.taker.list_peer] = true;
    go_on(&scene, 3 * SUPPLIER_ANSWER_MS);
    expect_whole(&scene);
    ck_assert_uint_eq(scene.blamed[NEAR] + scene.blamed[FAR], 0);
    end(&scene);
}
END_TEST

START_TEST(a_peer_that_goes_loses_what_it_was_asked_for)
{
    struct scene scene;
    struct taker_action action;
    begin(&scene);
    do {
        ck_assert(taker_next(&scene.taker, &scene.view, scene.now_ms, &action));
        if (action.what != TAKER_ASK_CHUNKS)
            act(&scene, &action);
    } while (action.what != TAKER_ASK_CHUNKS);
    taker_link(&scene.taker, action.peer, false);
    uint64_t asked = scene.asked[action.peer];
    uint64_t began_ms = scene.now_ms;
    go_on(&scene, 5000);
    expect_whole(&scene);
    ck_assert_uint_eq(scene.asked[action.peer], asked);
    ck_assert_uint_lt(scene.now_ms - began_ms, SUPPLIER_TRY_MS); /* nobody waited for it */
    end(&scene);
}
END_TEST

START_TEST(begins_anew_when_nobody_has_that_state_any_more)
{
    struct scene scene;
    begin(&scene);
    scene.is_silent[LEADER] = true;
    while (scene.loaded == 0) {
        struct taker_action action;
        if (taker_next(&scene.taker, &scene.view, scene.now_ms, &action))
            act(&scene, &action);
        else
            scene.now_ms += 100;
    }
    ck_assert_uint_eq(scene.begun, 1);
    ck_assert(!scene.has_ended);
    scene.offers[LEADER] = scene.offers[NEAR] = scene.offers[FAR] = HEIGHT + 50;
    go_on(&scene, TAKE_STALL_MS + 10000);
    ck_assert_uint_eq(scene.forgot, 1);
    ck_assert_int_eq(scene.taker.state, TAKER_SEEKING);
    ck_assert_uint_eq(scene.taker.lot_count, 0);
    scene.offers[NEAR] = HEIGHT;
    go_on(&scene, 10000);
    expect_whole(&scene);
    ck_assert_uint_eq(scene.begun, 2);
    ck_assert_uint_eq(scene.blamed[NEAR] + scene.blamed[FAR], 0);
    end(&scene);
}
END_TEST

START_TEST(holds_no_more_than_its_lots_until_they_are_loaded)
{
    struct scene scene;
    struct taker_action action;
    size_t held = 0;
    begin(&scene);
    for (int i = 0; i < 1000; i++) {
        scene.now_ms += 10;
        if (!taker_next(&scene.taker, &scene.view, scene.now_ms, &action))
            continue;
        if (action.what == TAKER_LOAD) {
            held += action.count; /* and nothing becomes loaded */
            free(action.bytes);
        } else {
            act(&scene, &action);
        }
    }
    ck_assert_uint_gt(held, 0);
    ck_assert_uint_lt(held, CHUNKS);
    ck_assert_uint_le(scene.taker.lot_count, TAKE_LOTS_MAX);
    end(&scene);
}
END_TEST

/* Peers that lose, delay, forge and forget, by a fixed seed: what is loaded is always the state, in
 * order, from its beginning (load() looks), and in the end all of it. */
START_TEST(among_peers_that_do_anything_it_gets_the_state)
{
    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct scene scene;
        struct taker_action action;
        uint64_t chance = seed;
        begin(&scene);
        for (int i = 0; i < 3000 && !scene.has_ended; i++) {
            uint32_t peer = LEADER + dice(&chance) % 3;
            uint64_t what = dice(&chance) % 100;
            scene.spoil_chunks = what % 7 == 0 ? flip_chunk : NULL;
            scene.spoil_list = what % 11 == 0 ? flip_entry : NULL;
            if (what < 2) {
                taker_link(&scene.taker, peer, false);
                taker_link(&scene.taker, peer, true);
            } else if (what < 4) {
                scene.offers[peer] = scene.offers[peer] == HEIGHT ? HEIGHT + 7 : HEIGHT;
            } else if (what < 6) {
                scene.is_silent[peer] = !scene.is_silent[peer];
            }
            scene.now_ms += dice(&chance) % 200;
            if (taker_next(&scene.taker, &scene.view, scene.now_ms, &action))
                act(&scene, &action);
        }
        scene.spoil_chunks = NULL;
        scene.spoil_list = NULL;
        for (uint32_t peer = LEADER; peer <= FAR; peer++) {
            scene.offers[peer] = HEIGHT;
            scene.is_silent[peer] = false;
        }
        go_on(&scene, 3 * TAKE_STALL_MS);
        expect_whole(&scene);
        end(&scene);
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &takes_the_whole_state_in_order_from_several_and_spares_the_leader,
        &asks_the_leader_when_nobody_else_offers,
        &asks_nobody_before_its_log_is_near_the_end,
        &one_that_is_off_does_nothing,
        &believes_no_checkpoint_of_which_the_log_says_nothing,
        &chunks_that_are_wrong_are_blamed_and_come_from_another,
        &a_flipped_bit_in_any_part_of_a_large_chunk_is_found,
        &lists_that_are_wrong_are_blamed_and_come_from_another,
        &what_was_not_asked_for_is_nothing,
        &silence_moves_to_another_peer,
        &a_peer_that_goes_loses_what_it_was_asked_for,
        &begins_anew_when_nobody_has_that_state_any_more,
        &holds_no_more_than_its_lots_until_they_are_loaded,
        &among_peers_that_do_anything_it_gets_the_state,
    };
    return suite_run("node/taker", cases, sizeof cases / sizeof cases[0]);
}
