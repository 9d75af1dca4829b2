/*
 * The audit of data directories that a real log and a real ledger made: sound ones are found sound,
 * and whatever is changed in them afterwards is found.
 */
#include "tests/unit/cli/node.h"

#include "proto/hex.h"
#include "store/store.h"

#include <fcntl.h>
#include <jansson.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <zlib.h>

enum { BLOCKS = 14, APPLIED = 11, FILE_MAX = 1 << 22 };

static struct scratch scratch;
static struct node node;

/* A file of the data directory, and how it was. */
struct part {
    const char *name;
    char *data;
    size_t size;
};

static struct part log_file = {.name = "data/log/data.mdb"};
static struct part state_file = {.name = "data/state/data.mdb"};

static void restore(const struct part *part)
{
    put_bytes(at(&scratch, part->name), part->data, part->size);
}

/* Statements of every kind, one of them refused, a no-op, and three blocks that the state has not
 * applied yet. */
static void make_blocks(void)
{
    setenv("IMEI_KEY", at(&scratch, "operator.pem"), 1);
    node_block(&node, NULL, 0, tool_now_ms());
    node_serve(&node, &scratch);
    ended(run_tool("block", "35693803564380", "35693803564381", NULL), EXIT_DONE, "");
    ended(run_tool("watch", "TAC:35693804", NULL), EXIT_DONE, "");
    ended(run_tool("unblock", "35693803564381", NULL), EXIT_DONE, "");
    ended(run_tool("unwatch", "TAC:35693804", NULL), EXIT_DONE, "");
    ended(run_tool("register", "TAC:35693805", "35693806000000-35693806000009", NULL), EXIT_DONE,
          "");
    setenv("IMEI_KEY", at(&scratch, "authority.pem"), 1);
    ended(run_tool("tac", "allocate", "35693803", "--brand", "Nokia", "--model", "3310", NULL),
          EXIT_DONE, "");
    ended(run_tool("key", "new", at(&scratch, "second.pem"), NULL), EXIT_DONE, "");
    ended(run_tool("key", "add", at(&scratch, "second.pem"), NULL), EXIT_DONE, "");
    ended(run_tool("key", "new", at(&scratch, "police.pem"), NULL), EXIT_DONE, "");
    ended(run_tool("org", "propose", "police", "--country", "DK", "--roles", "participant",
                   "--add-key", at(&scratch, "police.pem"), NULL),
          EXIT_DONE, "");
    ended(run_tool("block", "35693803564399", "--genesis", at(&scratch, "genesis"), "--out",
                   at(&scratch, "late.tx"), NULL),
          EXIT_DONE, "");
    server_stop(&node.server);
    size_t size;
    char *late = get_file(at(&scratch, "late.tx"), &size);
    struct bytes entries[] = {bytes_of("no transaction", 14), bytes_of(late, size),
                              bytes_of(late, size)};
    node_block(&node, entries, 3, tool_now_ms());
    node_block(&node, NULL, 0, tool_now_ms());
    struct block block;
    ck_assert_uint_eq(node.last, APPLIED);
    for (int i = APPLIED; i < BLOCKS; i++)
        node_log(&node, entries, 1, tool_now_ms(), &block);
    free(late);
}

static void begin(void)
{
    scratch = scratch_begin();
    ck_assert_int_eq(mkdir(at(&scratch, "tmp"), 0700), 0);
    setenv("TMPDIR", at(&scratch, "tmp"), 1);
    network_make(&scratch);
    node_make(&node, &scratch);
    make_blocks();
    node_close(&node);
    log_file.data = get_file(at(&scratch, log_file.name), &log_file.size);
    state_file.data = get_file(at(&scratch, state_file.name), &state_file.size);
}

static void end(void)
{
    free(log_file.data);
    free(state_file.data);
    scratch_end(&scratch);
}

static struct run audit(void)
{
    return run_tool("audit", at(&scratch, "data"), "--json", NULL);
}

static json_int_t number_of(const json_t *report, const char *key)
{
    ck_assert_msg(json_is_integer(json_object_get(report, key)), "no number %s", key);
    return json_integer_value(json_object_get(report, key));
}

static json_t *report_of(struct run *run)
{
    json_t *report = json_loads(run->out, 0, NULL);
    ck_assert_msg(report != NULL, "%d: %s%s", run->code, run->out, run->err);
    return report;
}

/* The audit finds damage, and its first problem is at that height (0: not in a block). */
static void damaged_at(uint64_t height, const char *what, size_t where)
{
    struct run run = audit();
    ck_assert_msg(run.code == EXIT_NO, "%s %zu: exit status %d: %s", what, where, run.code,
                  run.err);
    json_t *report = report_of(&run);
    const json_t *problem = json_array_get(json_object_get(report, "problems"), 0);
    const json_t *found = json_object_get(problem, "height");
    ck_assert_msg((uint64_t)json_integer_value(found) == height, "%s %zu: %s", what, where,
                  run.err);
    json_decref(report);
    run_end(&run);
}

static void damaged_with(const char *words)
{
    struct run run = audit();
    ck_assert_msg(run.code == EXIT_NO, "exit status %d: %s", run.code, run.err);
    ck_assert_msg(strstr(run.err, words) != NULL, "'%s' lacks '%s'", run.err, words);
    ck_assert_ptr_nonnull(strstr(run.err, "Start no node on it"));
    run_end(&run);
}

static void is_sound(void)
{
    struct run run = audit();
    ck_assert_msg(run.code == EXIT_DONE, "exit status %d: %s", run.code, run.err);
    ck_assert_str_eq(run.err, "");
    run_end(&run);
}

/* ---- sound ---- */

START_TEST(a_sound_directory_is_found_sound_with_the_node_s_own_numbers)
{
    begin();
    struct run run = audit();
    ck_assert_msg(run.code == EXIT_DONE, "%s%s", run.err, run.out);
    json_t *report = report_of(&run);
    ck_assert_str_eq(json_string_value(json_object_get(report, "result")), "sound");
    ck_assert_int_eq(number_of(report, "blocks"), BLOCKS);
    ck_assert_int_eq(number_of(report, "checked"), BLOCKS);
    ck_assert_int_eq(number_of(report, "height"), APPLIED);
    ck_assert_int_eq(number_of(report, "not_applied"), BLOCKS - APPLIED);
    ck_assert_uint_eq(json_array_size(json_object_get(report, "problems")), 0);

    size_t size;
    node.genesis_data = (uint8_t *)get_file(at(&scratch, "data/genesis"), &size);
    node.genesis = calloc(1, sizeof *node.genesis);
    ck_assert_int_eq(genesis_parse(bytes_of(node.genesis_data, size), node.genesis), ERR_OK);
    node_open_ledger(&node);
    struct ledger_position position = ledger_position(node.ledger);
    char head[2 * HASH_SIZE + 1];
    char root[2 * HASH_SIZE + 1];
    hex_encode(position.head.bytes, HASH_SIZE, head);
    hex_encode(position.root.bytes, HASH_SIZE, root);
    ck_assert_str_eq(json_string_value(json_object_get(report, "head")), head);
    ck_assert_str_eq(json_string_value(json_object_get(report, "root")), root);
    ck_assert_int_eq(number_of(report, "transactions"), (int)position.transactions);
    view_close(node.view);
    ledger_close(node.ledger);
    free(node.genesis);
    free(node.genesis_data);
    json_decref(report);
    run_end(&run);
    answered(run_tool("audit", at(&scratch, "data"), NULL), EXIT_DONE, "sound");
    end();
}
END_TEST

/* Every name under a directory with its time of change and its content. */
static char *picture(const char *path)
{
    char *command;
    char *text = calloc(1, FILE_MAX);
    ck_assert_ptr_nonnull(text);
    ck_assert_int_ge(asprintf(&command,
                              "find %s -printf '%%p %%m %%s %%T@ %%C@\\n' | sort; find %s -type f "
                              "-exec sha256sum {} + | sort",
                              path, path),
                     0);
    char output[PATH_MAX];
    snprintf(output, sizeof output, "%s", at(&scratch, "picture"));
    pid_t child = fork();
    if (child == 0) {
        int fd = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        dup2(fd, STDOUT_FILENO);
        execlp("sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    free(text);
    free(command);
    size_t size;
    return get_file(output, &size);
}

START_TEST(nothing_is_written_to_it_and_nothing_left_behind)
{
    begin();
    char *before = picture(at(&scratch, "data"));
    is_sound();
    put_text(at(&scratch, log_file.name), "damaged");
    char *changed = picture(at(&scratch, "data"));
    damaged_with("the log: ");
    char *after = picture(at(&scratch, "data"));
    ck_assert_str_ne(before, after);
    ck_assert_str_eq(changed, after);
    restore(&log_file);
    char *empty = picture(at(&scratch, "tmp"));
    ck_assert_ptr_null(strstr(empty, "imei-audit"));
    free(empty);
    free(before);
    free(changed);
    free(after);
    end();
}
END_TEST

START_TEST(a_directory_that_a_node_runs_on_is_refused)
{
    begin();
    int fd = open(at(&scratch, "data/lock"), O_RDWR);
    ck_assert_int_eq(flock(fd, LOCK_EX), 0);
    ended(audit(), EXIT_USAGE, "Stop the node first");
    close(fd);
    is_sound();
    ck_assert_int_eq(unlink(at(&scratch, "data/lock")), 0); /* a copy without it will do */
    is_sound();
    ck_assert_int_ne(access(at(&scratch, "data/lock"), F_OK), 0);
    ended(run_tool("audit", at(&scratch, "nowhere"), NULL), EXIT_USAGE, "is no directory");
    ended(run_tool("audit", at(&scratch, "data"), "--scratch", at(&scratch, "nowhere"), NULL),
          EXIT_USAGE, "--scratch");
    end();
}
END_TEST

/* ---- the log ---- */

/* The bytes of a block as they lie in the log. */
static struct bytes stored_block(uint64_t height, uint8_t *buffer)
{
    struct disk_options options = {.directory = at(&scratch, "data/log"), .read_only = true};
    size_t size;
    char *genesis = get_file(at(&scratch, "data/genesis"), &size);
    options.network = hash_of(bytes_of(genesis, size));
    free(genesis);
    struct disk *disk;
    struct block block;
    ck_assert_int_eq(disk_open(&options, &disk), ERR_OK);
    ck_assert_int_eq(disk_read(disk, height, buffer, BLOCK_SIZE_MAX, &block), ERR_OK);
    disk_close(disk);
    unlink(at(&scratch, "data/log/lock.mdb"));
    return block.encoded;
}

/* Flips a bit of each byte of that block, one at a time, wherever it lies in the file. */
static void every_byte_counts(uint64_t height, size_t step)
{
    static uint8_t buffer[BLOCK_SIZE_MAX];
    struct bytes block = stored_block(height, buffer);
    char *copy = malloc(log_file.size);
    ck_assert_ptr_nonnull(copy);
    for (size_t i = 0; i < block.size; i += step) {
        memcpy(copy, log_file.data, log_file.size);
        size_t found = 0;
        /* Older versions of a page may lie in the file too. */
        for (char *from = copy; from != NULL;) {
            from = memmem(from, log_file.size - (size_t)(from - copy), block.data, block.size);
            if (from == NULL)
                break;
            from[i] = (char)(from[i] ^ 1 << i % 8);
            found++;
        }
        ck_assert_uint_ge(found, 1);
        put_bytes(at(&scratch, log_file.name), copy, log_file.size);
        damaged_at(height, "byte", i);
    }
    restore(&log_file);
    free(copy);
}

START_TEST(every_flipped_byte_of_an_empty_block_is_found_at_its_height)
{
    begin();
    every_byte_counts(1, 1);
    is_sound();
    end();
}
END_TEST

START_TEST(every_flipped_byte_of_a_statement_is_found_at_its_height)
{
    begin();
    every_byte_counts(2, 1);
    is_sound();
    end();
}
END_TEST

START_TEST(flipped_bytes_of_other_blocks_are_found_applied_or_not)
{
    begin();
    every_byte_counts(7, 11);
    every_byte_counts(10, 17);
    every_byte_counts(APPLIED, 13);
    every_byte_counts(APPLIED + 1, 19);
    every_byte_counts(BLOCKS, 7);
    is_sound();
    end();
}
END_TEST

/* Puts other bytes in the place of a block's, with a check sum that fits, wherever it lies. */
static void replace_block(struct bytes block, struct bytes other)
{
    char *copy = malloc(log_file.size);
    ck_assert_ptr_nonnull(copy);
    ck_assert_uint_eq(block.size, other.size);
    memcpy(copy, log_file.data, log_file.size);
    size_t found = 0;
    for (char *from = copy;;) {
        from = memmem(from, log_file.size - (size_t)(from - copy), block.data, block.size);
        if (from == NULL)
            break;
        struct writer sum = writer_over(from - 4, 4);
        writer_u32(&sum, (uint32_t)crc32(0, other.data, (unsigned)other.size));
        memcpy(from, other.data, other.size);
        found++;
    }
    ck_assert_uint_ge(found, 1);
    put_bytes(at(&scratch, log_file.name), copy, log_file.size);
    free(copy);
}

/* The block with its time one later, and all sums right. */
static struct bytes another_block(struct bytes encoded)
{
    static uint8_t buffer[BLOCK_SIZE_MAX];
    struct block block;
    struct block_build build;
    struct bytes entry;
    ck_assert_int_eq(block_parse(encoded, &block), ERR_OK);
    struct block_header header = block.header;
    header.time_ms++;
    block_build(&build, buffer, sizeof buffer);
    struct block_walk walk = block_walk(&block);
    while (block_walk_next(&walk, &entry))
        ck_assert_int_eq(block_build_add(&build, entry), ERR_OK);
    return block_build_end(&build, &header);
}

START_TEST(a_block_that_was_replaced_with_all_sums_right_breaks_the_chain)
{
    begin();
    static uint8_t buffer[BLOCK_SIZE_MAX];
    static uint8_t other[BLOCK_SIZE_MAX];
    struct bytes block = stored_block(2, buffer);
    replace_block(block, another_block(block));
    damaged_at(3, "replaced", 2);
    damaged_with("block 3: a block does not follow from the one before it");
    restore(&log_file);
    /* The last one that was applied: the block after it does not follow. */
    block = stored_block(APPLIED, buffer);
    replace_block(block, another_block(block));
    damaged_at(APPLIED + 1, "replaced", APPLIED);
    restore(&log_file);
    /* The last of the log, which nothing follows and the state does not know yet. */
    block = stored_block(BLOCKS, buffer);
    replace_block(block, another_block(block));
    is_sound();
    restore(&log_file);
    /* Another block's bytes under this height: both are empty. */
    replace_block(stored_block(APPLIED, buffer), stored_block(1, other));
    damaged_at(APPLIED, "replaced", APPLIED);
    restore(&log_file);
    is_sound();
    end();
}
END_TEST

START_TEST(the_last_block_replaced_with_all_sums_right_is_not_the_state_s)
{
    begin();
    /* Without the blocks above it there is no chain to break: a log of those below is made anew. */
    static uint8_t buffers[APPLIED][4096];
    struct bytes logged[APPLIED];
    for (uint64_t height = 1; height <= APPLIED; height++) {
        static uint8_t buffer[BLOCK_SIZE_MAX];
        struct bytes encoded = stored_block(height, buffer);
        ck_assert_uint_le(encoded.size, sizeof buffers[0]);
        memcpy(buffers[height - 1], encoded.data, encoded.size);
        logged[height - 1] = bytes_of(buffers[height - 1], encoded.size);
    }
    size_t size;
    char *genesis = get_file(at(&scratch, "data/genesis"), &size);
    struct disk_options options = {.directory = at(&scratch, "data/log"),
                                   .network = hash_of(bytes_of(genesis, size)),
                                   .node = 1};
    struct block block;
    struct disk *disk;
    ck_assert_int_eq(unlink(at(&scratch, log_file.name)), 0);
    ck_assert_int_eq(disk_open(&options, &disk), ERR_OK);
    for (uint64_t height = 1; height <= APPLIED; height++) {
        struct bytes encoded = logged[height - 1];
        if (height == APPLIED)
            encoded = another_block(encoded);
        ck_assert_int_eq(block_parse(encoded, &block), ERR_OK);
        struct disk_write write = {.save = height == 1,
                                   .term = 1,
                                   .vote = 1,
                                   .commit = height,
                                   .blocks = &encoded,
                                   .block_count = 1};
        ck_assert_int_eq(disk_write(disk, &write, 1), ERR_OK);
    }
    disk_close(disk);
    damaged_with("in table meta has another value");
    free(genesis);
    end();
}
END_TEST

/* Opens an environment of the directory to be changed behind the back of log and ledger. */
static void open_part(const char *name, struct store **store, struct txn *txn)
{
    struct store_options options = {.directory = at(&scratch, name), .tables_max = 32};
    ck_assert_int_eq(store_open(&options, store), ERR_OK);
    ck_assert_int_eq(txn_begin(*store, true, txn), ERR_OK);
}

static void close_part(struct store *store, struct txn *txn)
{
    ck_assert_int_eq(txn_commit(txn), ERR_OK);
    store_close(store);
}

static void drop_blocks(uint64_t from, uint64_t to)
{
    struct store *store;
    struct txn txn;
    open_part("data/log", &store, &txn);
    struct table table = txn_table(&txn, "blocks", TABLE_PLAIN);
    for (uint64_t height = from; height <= to; height++) {
        uint8_t key[8];
        struct writer writer = writer_over(key, sizeof key);
        writer_u64(&writer, height);
        ck_assert(txn_delete(&txn, table, bytes_of(key, sizeof key)));
    }
    close_part(store, &txn);
}

START_TEST(missing_blocks_are_found)
{
    begin();
    drop_blocks(4, 4);
    ended(audit(), EXIT_NO, "Start no node on it");
    restore(&log_file);
    drop_blocks(APPLIED, BLOCKS); /* the state is ahead of the log */
    ended(audit(), EXIT_NO, "Start no node on it");
    restore(&log_file);
    is_sound();
    end();
}
END_TEST

/* ---- the state ---- */

static const char *const tables[] = {
    "meta",
    "organisations",
    "organisation_names",
    "keys",
    "organisation_keys",
    "tacs",
    "claims",
    "spans",
    "events",
    "span_events",
    "transactions",
    "ids",
    "numbers",
    "proposals",
    "ballots",
};

static bool is_fixed(const char *table)
{
    static const char *const names[] = {"organisation_keys", "claims",  "spans",  "events",
                                        "span_events",       "numbers", "ballots"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], table) == 0)
            return true;
    }
    return false;
}

enum change { CHANGE_DELETE, CHANGE_ALTER, CHANGE_ADD };

/* Changes one row of a table; false when the table has none. */
static bool change_row(const char *name, enum change change)
{
    struct store *store;
    struct txn txn;
    struct bytes key;
    struct bytes value;
    uint8_t key_copy[512];
    uint8_t copy[512];
    open_part("data/state", &store, &txn);
    struct table table = txn_table(&txn, name, is_fixed(name) ? TABLE_FIXED : TABLE_PLAIN);
    struct cursor cursor = cursor_open(&txn, table);
    bool found = cursor_last(&cursor, &key, &value);
    if (found) {
        ck_assert_uint_lt(key.size, sizeof key_copy);
        ck_assert_uint_lt(value.size, sizeof copy);
        memcpy(key_copy, key.data, key.size);
        memcpy(copy, value.data, value.size);
        struct bytes new_key = bytes_of(key_copy, key.size);
        struct bytes new_value = bytes_of(copy, value.size);
        if (change != CHANGE_ADD)
            cursor_delete(&cursor);
        if (change == CHANGE_ALTER)
            copy[value.size - 1] ^= 1;
        if (change == CHANGE_ADD)
            key_copy[0] ^= 0x40;
        if (change != CHANGE_DELETE && is_fixed(name))
            txn_add(&txn, table, new_key, new_value);
        else if (change != CHANGE_DELETE)
            txn_put(&txn, table, new_key, new_value);
    }
    cursor_close(&cursor);
    close_part(store, &txn);
    return found;
}

START_TEST(a_row_more_or_less_or_changed_in_any_table_is_found)
{
    begin();
    size_t changed = 0;
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        for (enum change change = CHANGE_DELETE; change <= CHANGE_ADD; change++) {
            if (!change_row(tables[i], change))
                continue;
            struct run run = audit();
            ck_assert_msg(run.code == EXIT_NO, "table %s, change %d: exit status %d: %s", tables[i],
                          (int)change, run.code, run.err);
            run_end(&run);
            restore(&state_file);
            changed++;
        }
    }
    ck_assert_uint_ge(changed, 3 * 11);
    is_sound();
    end();
}
END_TEST

START_TEST(the_row_that_differs_is_named)
{
    begin();
    ck_assert(change_row("claims", CHANGE_DELETE));
    damaged_with("in table claims is missing");
    restore(&state_file);
    ck_assert(change_row("transactions", CHANGE_ALTER));
    damaged_with("in table transactions has another value");
    restore(&state_file);
    ck_assert(change_row("ids", CHANGE_ADD));
    damaged_with("in table ids should not be there");
    end();
}
END_TEST

/* ---- files ---- */

/* The audit ends as an audit, whatever the file is: sound or damaged. True when it crashed on it.
 */
static bool survives(const char *what, size_t where, bool must_be_damaged)
{
    struct run run = audit();
    ck_assert_msg(run.code == EXIT_NO || (run.code == EXIT_DONE && !must_be_damaged),
                  "%s %zu: exit status %d: %s", what, where, run.code, run.err);
    bool crashed = strstr(run.err, "ended the process (signal") != NULL;
    run_end(&run);
    return crashed;
}

static void every_truncation_is_found(const struct part *part)
{
    static const size_t sizes[] = {0, 1, 16, 100, 4095, 4096, 4097, 8191, 8192, 12288};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        put_bytes(at(&scratch, part->name), part->data, sizes[i]);
        survives(part->name, sizes[i], true);
    }
    put_bytes(at(&scratch, part->name), part->data, part->size / 2);
    survives(part->name, part->size / 2, true);
    ck_assert_int_eq(unlink(at(&scratch, part->name)), 0);
    survives(part->name, 0, true);
    restore(part);
}

START_TEST(truncated_and_missing_files_are_found)
{
    begin();
    every_truncation_is_found(&log_file);
    every_truncation_is_found(&state_file);
    is_sound();
    end();
}
END_TEST

/* Fills each page but its head with ones: LMDB follows such numbers far out of the file. */
static size_t crashes_of(const struct part *part)
{
    size_t crashes = 0;
    char *copy = malloc(part->size);
    ck_assert_ptr_nonnull(copy);
    for (size_t page = 0; page + 4096 <= part->size; page += 4096) {
        memcpy(copy, part->data, part->size);
        memset(copy + page + 16, 0xff, 4096 - 16);
        put_bytes(at(&scratch, part->name), copy, part->size);
        crashes += survives("page", page / 4096, false);
    }
    free(copy);
    restore(part);
    return crashes;
}

START_TEST(a_page_that_ends_the_reader_is_damage_and_not_a_crash_of_the_audit)
{
    begin();
    size_t crashes = crashes_of(&log_file);
    crashes += crashes_of(&state_file);
    ck_assert_uint_gt(crashes, 0);
    is_sound();
    end();
}
END_TEST

START_TEST(any_flipped_bit_of_any_page_leaves_an_answer)
{
    begin();
    uint64_t seed = 4711;
    const struct part *parts[] = {&log_file, &state_file};
    for (int i = 0; i < 300; i++) {
        const struct part *part = parts[i % 2];
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        size_t place = (size_t)(seed >> 20) % part->size;
        part->data[place] = (char)(part->data[place] ^ 1 << (seed >> 60 & 7));
        restore(part);
        survives(part->name, place, false);
        part->data[place] = (char)(part->data[place] ^ 1 << (seed >> 60 & 7));
        restore(part);
    }
    is_sound();
    end();
}
END_TEST

START_TEST(another_genesis_is_found)
{
    begin();
    size_t size;
    char *genesis = get_file(at(&scratch, "data/genesis"), &size);
    ck_assert_int_eq(unlink(at(&scratch, "data/genesis")), 0);
    damaged_with("the genesis file: not found");
    put_text(at(&scratch, "data/genesis"), "junk");
    damaged_with("the genesis file: ");
    for (size_t i = 0; i < size; i += 37) { /* another network, or no genesis at all */
        genesis[i] = (char)(genesis[i] ^ 1);
        put_bytes(at(&scratch, "data/genesis"), genesis, size);
        damaged_at(0, "genesis", i);
        genesis[i] = (char)(genesis[i] ^ 1);
    }
    put_bytes(at(&scratch, "data/genesis"), genesis, size);
    is_sound();
    free(genesis);
    end();
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_sound_directory_is_found_sound_with_the_node_s_own_numbers,
        &nothing_is_written_to_it_and_nothing_left_behind,
        &a_directory_that_a_node_runs_on_is_refused,
        &every_flipped_byte_of_an_empty_block_is_found_at_its_height,
        &every_flipped_byte_of_a_statement_is_found_at_its_height,
        &flipped_bytes_of_other_blocks_are_found_applied_or_not,
        &a_block_that_was_replaced_with_all_sums_right_breaks_the_chain,
        &the_last_block_replaced_with_all_sums_right_is_not_the_state_s,
        &missing_blocks_are_found,
        &a_row_more_or_less_or_changed_in_any_table_is_found,
        &the_row_that_differs_is_named,
        &truncated_and_missing_files_are_found,
        &a_page_that_ends_the_reader_is_damage_and_not_a_crash_of_the_audit,
        &any_flipped_bit_of_any_page_leaves_an_answer,
        &another_genesis_is_found,
    };
    return suite_run("cli/audit", cases, sizeof cases / sizeof *cases);
}
