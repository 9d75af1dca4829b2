#include "node/data.h"

#include "store/directory.h"
#include "store/store.h"
#include "tests/unit/node/fixture.h"

/* The data directory of n1 among two, and what the log says of it. */
struct scene {
    struct world *world;
    struct config config;
    struct identity identity;
    struct data data;
    struct link link;
};

static void begin(struct scene *scene)
{
    struct complaint complaint;
    *scene = (struct scene){.world = world_open(2)};
    world_config(scene->world, 0, &scene->config);
    assert_ok(identity_load(&scene->config, &scene->identity, &complaint));
    log_to_file(scene->world);
    scene->link = link_first(scene->world);
}

static void end(struct scene *scene)
{
    data_close(&scene->data);
    identity_free(&scene->identity);
    world_close(scene->world);
}

static enum err open_all(const char *directory, const struct identity *identity, struct data *data)
{
    enum err err = data_open(directory, identity, data);
    return err == ERR_OK ? data_open_log(directory, identity, data) : err;
}

static void open_data(struct scene *scene)
{
    assert_ok(open_all(scene->config.data, &scene->identity, &scene->data));
}

/* Why, and what to do. */
static void refused(struct scene *scene, const struct identity *identity, const char *why,
                    const char *advice)
{
    struct data data;
    ck_assert_str_eq(err_name(open_all(scene->config.data, identity, &data)), why);
    ck_assert_int_eq(data.lock, -1);
    ck_assert_ptr_null(data.disk);
    ck_assert_ptr_null(data.ledger);
    ck_assert_msg(log_has(scene->world, advice), "the log does not say '%s'", advice);
    ck_assert(log_has(scene->world, scene->config.data));
}

/* Writes blocks to the open log, and applies them when asked to. */
static void write_blocks(struct scene *scene, size_t count, bool applies)
{
    for (size_t i = 0; i < count; i++) {
        struct signed_statement statement = sign_next(scene->world);
        struct bytes encoded = make_block(&scene->link, 1, clock_wall_ms(), &statement, 1);
        struct disk_write write = {.save = true, .term = 1, .vote = 1, .blocks = &encoded};
        struct block block;
        write.block_count = 1;
        assert_ok(disk_write(scene->data.disk, &write, 1));
        assert_ok(block_parse(encoded, &block));
        if (applies) {
            assert_ok(ledger_begin(scene->data.ledger));
            assert_ok(ledger_apply(scene->data.ledger, &block, NULL, NULL));
            assert_ok(ledger_commit(scene->data.ledger));
        }
        free_bytes(encoded);
    }
}

static const char *inside(const struct scene *scene, const char *name)
{
    static char path[2 * CONFIG_TEXT_MAX];
    snprintf(path, sizeof path, "%s/%s", scene->config.data, name);
    return path;
}

static void damage(struct scene *scene, uint8_t height, size_t offset)
{
    damage_block(inside(scene, "log/data.mdb"), height, offset);
}

START_TEST(a_new_directory_is_made_and_opened_again_as_it_was)
{
    struct scene scene;
    begin(&scene);
    open_data(&scene);
    struct disk_state first = disk_state(scene.data.disk);
    ck_assert_uint_eq(first.node, 1);
    write_blocks(&scene, 5, true);
    data_close(&scene.data);
    data_close(&scene.data); /* allowed twice */
    open_data(&scene);
    struct disk_state again = disk_state(scene.data.disk);
    ck_assert_int_eq(memcmp(&first.incarnation, &again.incarnation, sizeof again.incarnation), 0);
    ck_assert_uint_eq(again.last, 5);
    ck_assert_uint_eq(ledger_position(scene.data.ledger).height, 5);
    struct ledger_position position = ledger_position(scene.data.ledger);
    ck_assert(hash_equal(&position.head, &scene.link.hash));
    size_t size;
    uint8_t *genesis;
    assert_ok(file_read(inside(&scene, "genesis"), GENESIS_SIZE_MAX, &genesis, &size));
    ck_assert(bytes_equal(bytes_of(genesis, size), scene.world->genesis_file));
    free(genesis);
    end(&scene);
}
END_TEST

START_TEST(a_second_process_is_refused)
{
    struct scene scene;
    begin(&scene);
    open_data(&scene);
    refused(&scene, &scene.identity, "LOCKED", "another imeid runs on this directory: stop it");
    data_close(&scene.data);
    open_data(&scene);
    end(&scene);
}
END_TEST

START_TEST(the_directory_of_another_network_is_refused)
{
    struct scene scene;
    begin(&scene);
    open_data(&scene);
    data_close(&scene.data);
    struct scene other;
    begin(&other);
    memcpy(other.config.data, scene.config.data, sizeof other.config.data);
    refused(&other, &other.identity, "FOREIGN_DATA",
            "set the 'data' and the 'genesis' that belong");
    /* Also when its genesis file has gone: the log knows. */
    ck_assert_int_eq(unlink(inside(&scene, "genesis")), 0);
    refused(&other, &other.identity, "FOREIGN_DATA",
            "set the 'data' and the 'genesis' that belong");
    end(&other);
    end(&scene);
}
END_TEST

START_TEST(a_node_is_found_by_its_key)
{
    struct scene scene;
    struct node_info found;
    struct secret_key other = {.bytes = {[SECRET_KEY_SIZE - 1] = 99}};
    struct public_key key;
    begin(&scene);
    assert_ok(data_open(scene.config.data, &scene.identity, &scene.data));
    key = node_key(&scene.world->nodes[1]);
    assert_ok(data_find_node(&scene.data, &key, &found));
    ck_assert_uint_eq(found.id, 2);
    ck_assert_str_eq(found.name.text, "n2");
    assert_ok(public_key_of(&other, &key));
    assert_err(data_find_node(&scene.data, &key, &found), NOT_FOUND);
    end(&scene);
}
END_TEST

START_TEST(the_directory_of_another_node_is_refused)
{
    struct scene scene;
    struct config config;
    struct identity other;
    struct complaint complaint;
    begin(&scene);
    open_data(&scene);
    data_close(&scene.data);
    world_config(scene.world, 1, &config);
    assert_ok(identity_load(&config, &other, &complaint));
    refused(&scene, &other, "FOREIGN_DATA", "set the 'data' and the 'genesis' that belong");
    identity_free(&other);
    end(&scene);
}
END_TEST

START_TEST(a_damaged_block_that_was_applied_is_to_be_mended_first)
{
    struct scene scene;
    begin(&scene);
    open_data(&scene);
    write_blocks(&scene, 6, true);
    data_close(&scene.data);
    damage(&scene, 6, 100);
    open_data(&scene);
    ck_assert_uint_eq(scene.data.damaged, 6);
    ck_assert_uint_eq(disk_state(scene.data.disk).commit, 6);
    ck_assert_uint_eq(ledger_position(scene.data.ledger).height, 6);
    assert_err(data_check(scene.config.data, &scene.data), DAMAGED);
    ck_assert(log_has(scene.world, "'imei audit' says what is damaged"));
    end(&scene);
}
END_TEST

START_TEST(a_damaged_block_that_may_not_be_committed_is_refused_with_its_height)
{
    struct scene scene;
    begin(&scene);
    open_data(&scene);
    write_blocks(&scene, 3, true);
    write_blocks(&scene, 3, false);
    data_close(&scene.data);
    damage(&scene, 4, 100);
    refused(&scene, &scene.identity, "DAMAGED", "'imei audit' says what is damaged");
    ck_assert(log_has(scene.world, "event=block_damaged height=4 "));
    end(&scene);
}
END_TEST

START_TEST(a_log_that_lost_blocks_that_were_applied_is_refused)
{
    struct scene scene;
    begin(&scene);
    open_data(&scene);
    write_blocks(&scene, 3, true);
    data_close(&scene.data);
    /* Another incarnation of the log, shorter than the state. */
    ck_assert_int_eq(nftw(inside(&scene, "log"), scratch_remove, 16, FTW_DEPTH | FTW_PHYS), 0);
    struct link first = link_first(scene.world);
    scene.link = first;
    refused(&scene, &scene.identity, "DAMAGED", "it would forget its votes");
    end(&scene);
}
END_TEST

START_TEST(a_state_of_another_history_is_refused_and_made_again_from_the_log)
{
    struct scene scene;
    begin(&scene);
    open_data(&scene);
    write_blocks(&scene, 3, true);
    data_close(&scene.data);
    ck_assert_int_eq(nftw(inside(&scene, "log"), scratch_remove, 16, FTW_DEPTH | FTW_PHYS), 0);
    /* A log of the same length with other blocks. */
    struct disk_options options = {
        .directory = inside(&scene, "log"),
        .network = scene.world->genesis->network,
        .node = 1,
    };
    scene.link = link_first(scene.world);
    assert_ok(disk_open(&options, &scene.data.disk));
    write_blocks(&scene, 4, false);
    disk_close(scene.data.disk);
    refused(&scene, &scene.identity, "DIVERGED", "move 'state' away");
    ck_assert_int_eq(nftw(inside(&scene, "state"), scratch_remove, 16, FTW_DEPTH | FTW_PHYS), 0);
    open_data(&scene);
    ck_assert_uint_eq(ledger_position(scene.data.ledger).height, 0); /* the driver applies them */
    end(&scene);
}
END_TEST

/* As somebody who may not write there: root may. */
/* Writes that the state is of this format. */
static void set_format(const struct scene *scene, uint16_t format)
{
    struct store_options options = {.directory = inside(scene, "state"), .tables_max = 1};
    uint8_t value[2] = {(uint8_t)(format >> 8), (uint8_t)format};
    struct store *store;
    struct txn txn;
    assert_ok(store_open(&options, &store));
    assert_ok(txn_begin(store, true, &txn));
    struct table meta = txn_table(&txn, "meta", TABLE_PLAIN);
    txn_put(&txn, meta, bytes_of("format", 6), bytes_of(value, 2));
    assert_ok(txn_commit(&txn));
    store_close(store);
}

START_TEST(a_state_of_another_format_is_made_again_from_the_log)
{
    static const uint16_t formats[] = {2, 0, UINT16_MAX};
    struct scene scene;
    begin(&scene);
    for (size_t i = 0; i < 3; i++) {
        open_data(&scene);
        write_blocks(&scene, 2, i == 0); /* the first two are then applied, as those of a driver */
        data_close(&scene.data);
        set_format(&scene, formats[i]);
        open_data(&scene);
        ck_assert_uint_eq(ledger_position(scene.data.ledger).height, 0);
        ck_assert_uint_eq(disk_state(scene.data.disk).last, 2 * i + 2);
        data_close(&scene.data);
    }
    open_data(&scene);
    end(&scene);
}
END_TEST

static int open_as_nobody(void *context)
{
    struct scene *scene = context;
    struct data data;
    if (setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
        return 1;
    return open_all(scene->config.data, &scene->identity, &data) == ERR_READ_ONLY ? 0 : 2;
}

START_TEST(a_directory_that_cannot_be_written_is_refused)
{
    struct scene scene;
    begin(&scene);
    if (geteuid() == 0) {
        ck_assert_int_eq(mkdir(scene.config.data, 0755), 0);
        ck_assert_int_eq(child_status(open_as_nobody, &scene), 0);
    } else {
        ck_assert_int_eq(mkdir(scene.config.data, 0555), 0);
        refused(&scene, &scene.identity, "READ_ONLY", "give this user the right to write there");
    }
    ck_assert(log_has(scene.world, "give this user the right to write there"));
    end(&scene);
}
END_TEST

START_TEST(a_file_in_the_way_is_refused)
{
    struct scene scene;
    begin(&scene);
    write_file(scene.config.data, bytes_of("x", 1), 0600);
    struct data data;
    ck_assert_int_ne(open_all(scene.config.data, &scene.identity, &data), ERR_OK);
    ck_assert(log_has(scene.world, "event=data_refused"));
    end(&scene);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_new_directory_is_made_and_opened_again_as_it_was,
        &a_second_process_is_refused,
        &the_directory_of_another_network_is_refused,
        &a_node_is_found_by_its_key,
        &the_directory_of_another_node_is_refused,
        &a_damaged_block_that_was_applied_is_to_be_mended_first,
        &a_damaged_block_that_may_not_be_committed_is_refused_with_its_height,
        &a_log_that_lost_blocks_that_were_applied_is_refused,
        &a_state_of_another_history_is_refused_and_made_again_from_the_log,
        &a_state_of_another_format_is_made_again_from_the_log,
        &a_directory_that_cannot_be_written_is_refused,
        &a_file_in_the_way_is_refused,
    };
    return fixture_run("data", cases, sizeof cases / sizeof cases[0]);
}
