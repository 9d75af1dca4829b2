/*
 * clerk_scene.h: a clerk over a real ledger and log.
 */
#ifndef TESTS_UNIT_NODE_CLERK_SCENE_H
#define TESTS_UNIT_NODE_CLERK_SCENE_H

#include "node/clerk.h"
#include "node/mail.h"
#include "tests/unit/node/fixture.h"

/* The test is the loop. */
struct scene {
    struct world *world;
    struct ledger *ledger;
    struct disk *disk;
    struct facts facts;
    struct eir *eir;
    struct queue mail;
    struct clerk *clerk;
    struct link link;
    struct queue_item *taken; /* mail that is taken and not looked at */
};

static inline void scene_open(struct scene *scene)
{
    *scene = (struct scene){.world = world_open(1)};
    struct world *world = scene->world;
    struct ledger_options ledger = {
        .directory = scratch_path(&world->scratch, "state"),
        .genesis = world->genesis,
    };
    assert_ok(ledger_open(&ledger, &scene->ledger));
    scene->disk = world_log(world);
    facts_init(&scene->facts);
    struct facts_row row = {.fresh_at_ms = clock_monotonic_ms()};
    row.status = (struct status){
        .version = "1.2.3",
        .network_name = world->genesis->name,
        .network = world->genesis->network,
        .id = 1,
        .name = world_name("n1"),
        .organisation = world_name("a"),
        .country = world->genesis->organisations[0].country,
        .roles = ROLE_REGULATOR,
        .state = NODE_LEADER,
        .term = 9,
    };
    facts_set(&scene->facts, &row);
    queue_init(&scene->mail, MAIL_BYTES_MAX);
    scene->link = link_first(world);
    assert_ok(eir_open(&(struct eir_options){.ledger = scene->ledger}, &scene->eir));
    struct clerk_options options = {
        .ledger = scene->ledger,
        .disk = scene->disk,
        .facts = &scene->facts,
        .eir = scene->eir,
        .mail = &scene->mail,
    };
    assert_ok(clerk_open(&options, &scene->clerk));
}

static inline void scene_close(struct scene *scene)
{
    clerk_close(scene->clerk);
    clerk_free(scene->clerk);
    struct queue_item *lists[] = {scene->taken, queue_take(&scene->mail)};
    for (size_t i = 0; i < 2; i++) {
        while (lists[i] != NULL) {
            struct mail *mail = (struct mail *)lists[i];
            lists[i] = lists[i]->next;
            mail_free(mail);
        }
    }
    queue_destroy(&scene->mail);
    facts_destroy(&scene->facts);
    eir_close(scene->eir);
    disk_close(scene->disk);
    ledger_close(scene->ledger);
    world_close(scene->world);
}

/* The next mail for the loop; the caller frees it. */
static inline struct mail *scene_mail(struct scene *scene)
{
    if (scene->taken == NULL)
        scene->taken = queue_wait(&scene->mail);
    struct mail *mail = (struct mail *)scene->taken;
    scene->taken = scene->taken->next;
    return mail;
}

/* Takes the next submission, and answers it. */
static inline void scene_answer(struct scene *scene, enum err err, const struct tx_answer *answer)
{
    struct mail *mail = scene_mail(scene);
    ck_assert_int_eq(mail->kind, MAIL_SUBMIT);
    clerk_answer_tx(((struct mail_submit *)mail)->call, err, answer);
    mail_free(mail);
}

/* A block with the statement, in the log and in the ledger. */
static inline void scene_commit(struct scene *scene, const struct signed_statement *statement)
{
    struct block block;
    struct bytes encoded = make_block(&scene->link, 1, clock_wall_ms(), statement, 1);
    struct disk_write write = {.save = true, .term = 1, .blocks = &encoded, .block_count = 1};
    assert_ok(disk_write(scene->disk, &write, 1));
    assert_ok(block_parse(encoded, &block));
    assert_ok(ledger_begin(scene->ledger));
    assert_ok(ledger_apply(scene->ledger, &block, NULL, NULL));
    assert_ok(ledger_commit(scene->ledger));
    free_bytes(encoded);
}

#endif
