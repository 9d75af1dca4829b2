/* How far a member can take a node's term, and what it costs the node, put to the daemon itself. */
#include "tests/unit/node/daemon.h"

#include <lmdb.h>

START_TEST(the_last_term_that_there_is_is_nobodys)
{
    struct group group;
    group_begin(&group);
    struct raft_message message = {.kind = RAFT_HEARTBEAT};
    group.term = UINT64_MAX;
    say(&group, &message, bytes_of(NULL, 0));
    group.term = 1;
    wait_until((beat(&group), log_has(group.daemon.world, "from=1 why=OUT_OF_RANGE")));
    ck_assert_uint_eq(status_of(&group.daemon).term, 1);
    wait_until(is_followed(&group));
    group_end(&group);
}
END_TEST

static uint64_t age_ms(const struct group *group)
{
    return clock_wall_ms() - group->daemon.world->genesis->time_ms;
}

/* Else many steps would take it where no other node follows, and where it finds no leader again. */
START_TEST(no_term_is_far_beyond_the_milliseconds_of_the_network)
{
    struct group group;
    group_begin(&group);
    enum { STEP = 60000 };
    group.term = age_ms(&group);
    wait_until(is_followed(&group));
    uint64_t taken = group.term += STEP;
    wait_until(is_followed(&group));
    group.term += STEP;
    wait_until((beat(&group), log_has(group.daemon.world, "from=1 why=OUT_OF_RANGE")));
    ck_assert_uint_eq(status_of(&group.daemon).term, taken);
    group.term = taken;
    wait_until(is_followed(&group));
    group_end(&group);
}
END_TEST

/* While this writes to the node's log, the node does not: as if its disk took for ever. */
static MDB_txn *hold_log(const struct daemon *daemon)
{
    char path[CONFIG_TEXT_MAX + 8];
    MDB_env *env;
    MDB_txn *txn;
    (void)snprintf(path, sizeof path, "%s/log", daemon->config.data);
    ck_assert_int_eq(mdb_env_create(&env), 0);
    ck_assert_int_eq(mdb_env_open(env, path, 0, 0600), 0);
    ck_assert_int_eq(mdb_txn_begin(env, NULL, 0, &txn), 0);
    return txn;
}

static void release_log(MDB_txn *txn)
{
    MDB_env *env = mdb_txn_env(txn);
    mdb_txn_abort(txn);
    mdb_env_close(env);
}

/* Each is a write. */
START_TEST(terms_that_come_faster_than_the_disk_are_dropped)
{
    struct group group;
    group_begin(&group);
    MDB_txn *txn = hold_log(&group.daemon);
    for (int i = 0; i < 3000; i++) {
        group.term++;
        beat(&group);
    }
    wait_until((beat(&group), log_has(group.daemon.world, "from=1 why=BUSY")));
    ck_assert_uint_le(status_of(&group.daemon).term, 1100);
    release_log(txn);
    wait_until(is_followed(&group));
    group_end(&group);
}
END_TEST

/* As large as can be. */
static struct bytes make_large_block(struct group *group)
{
    static uint8_t buffer[BLOCK_SIZE_MAX];
    struct signed_statement statement = sign_next(group->daemon.world);
    struct block_build build;
    struct block_header header = next_header(group, BLOCK_TRANSACTIONS);
    block_build(&build, buffer, sizeof buffer);
    while (block_build_add(&build, signed_view(&statement)) == ERR_OK)
        ;
    return block_build_end(&build, &header);
}

/* Each cuts the one before, and the log becomes no longer; but each waits for the disk. */
START_TEST(blocks_that_come_faster_than_the_disk_are_dropped)
{
    struct group group;
    group_begin(&group);
    MDB_txn *txn = hold_log(&group.daemon);
    for (unsigned blocks = 0; !log_has(group.daemon.world, "from=1 why=BUSY"); blocks++) {
        group.term++;
        struct raft_message message = append_message(&group);
        say(&group, &message, make_large_block(&group));
        ck_assert_uint_lt(blocks, 500);
    }
    release_log(txn);
    wait_until(is_followed(&group));
    group_end(&group);
}
END_TEST

START_TEST(a_role_that_changes_all_the_time_does_not_fill_the_log)
{
    struct group group;
    group_begin(&group);
    uint64_t begun_ms = clock_monotonic_ms();
    for (int i = 0; i < 2000; i++) {
        struct raft_message message = {.kind = RAFT_CAMPAIGN_NOW};
        say(&group, &message, bytes_of(NULL, 0));
        group.term += 2;
        beat(&group);
    }
    wait_until(is_followed(&group));
    uint64_t periods = 1 + (clock_monotonic_ms() - begun_ms) / 10000;
    size_t lines = log_count(group.daemon.world, "event=role ", SIZE_MAX);
    ck_assert_uint_ge(lines, 1);
    ck_assert_uint_le(lines, (1 + periods) * 100);
    group_end(&group);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &the_last_term_that_there_is_is_nobodys,
        &no_term_is_far_beyond_the_milliseconds_of_the_network,
        &terms_that_come_faster_than_the_disk_are_dropped,
        &blocks_that_come_faster_than_the_disk_are_dropped,
        &a_role_that_changes_all_the_time_does_not_fill_the_log,
    };
    return fixture_run("node/terms", cases, sizeof cases / sizeof cases[0]);
}
