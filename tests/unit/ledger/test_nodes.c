#include "ledger/nodes.h"

#include "tests/unit/ledger/said.h"

static struct scene scene;

static void open_scene(void)
{
    scene_open(&scene, 1);
}

static void close_scene(void)
{
    scene_close(&scene);
}

/* ---- what is told ---- */

static void is_told(uint32_t id, const char *name, enum wanted wanted, uint64_t since)
{
    struct node_info info;
    assert_ok(view_node(scene.view, id, &info));
    ck_assert_uint_eq(info.id, id);
    ck_assert_str_eq(info.name.text, name);
    ck_assert_str_eq(wanted_word(info.wanted), wanted_word(wanted));
    ck_assert_uint_eq(info.since_height, since);
    struct genesis_node node = genesis_node_of(id, name);
    ck_assert_str_eq(info.address, node.address);
    ck_assert_mem_eq(info.key.bytes, node.key.bytes, PUBLIC_KEY_SIZE);
}

/* "1v 5l": ids, and v for a voter, l for a learner. */
static void are(const struct raft_members *members, const char *expected)
{
    char text[256] = "";
    size_t size = 0;
    for (uint32_t i = 0; i < members->count; i++)
        size += (size_t)snprintf(text + size, sizeof(text) - size, "%s%u%c", i > 0 ? " " : "",
                                 members->member[i].id, members->member[i].voter ? 'v' : 'l');
    ck_assert_str_eq(text, expected);
}

static void wanted_are(const char *expected)
{
    struct raft_members members;
    assert_ok(view_wanted(scene.view, &members));
    are(&members, expected);
}

static void members_are(const char *expected)
{
    struct raft_members members;
    assert_ok(view_members(scene.view, &members));
    are(&members, expected);
}

START_TEST(the_genesis_nodes_are_voters_from_the_start)
{
    struct node_info info;
    struct bytes certificate;
    wanted_are("1v 5v");
    members_are("1v 5v");
    is_told(1, "node-one", WANTED_VOTER, 0);
    is_told(5, "node-five", WANTED_VOTER, 0);
    assert_ok(view_node(scene.view, 5, &info));
    ck_assert_str_eq(info.organisation.text, "alfa-regulator");
    ck_assert_str_eq(info.country.code, "AA");
    assert_ok(view_authority(scene.view, &info.organisation, &certificate));
    ck_assert(bytes_equal(certificate, bytes_of("certificate", 11)));
    struct name one = name_of("alfa-one");
    assert_err(view_authority(scene.view, &one, &certificate), NOT_FOUND);
    struct name nobody = name_of("nobody");
    assert_err(view_authority(scene.view, &nobody, &certificate), NOT_FOUND);
}
END_TEST

START_TEST(nodes_come_in_order_of_their_ids)
{
    struct node_info info;
    assert_ok(view_node_from(scene.view, 0, &info));
    ck_assert_uint_eq(info.id, 1);
    assert_ok(view_node_from(scene.view, 2, &info));
    ck_assert_uint_eq(info.id, 5);
    assert_ok(view_node_from(scene.view, 5, &info));
    ck_assert_uint_eq(info.id, 5);
    assert_err(view_node_from(scene.view, 6, &info), NOT_FOUND);
    assert_err(view_node_from(scene.view, UINT32_MAX, &info), NOT_FOUND);
    assert_err(view_node(scene.view, 0, &info), NOT_FOUND);
    assert_err(view_node(scene.view, 4, &info), NOT_FOUND);
}
END_TEST

/* ---- NODE_ADD, NODE_PROMOTE, NODE_REMOVE ---- */

START_TEST(a_node_is_added_promoted_and_removed)
{
    ck_assert_uint_eq(
        accept(&scene, add_node(&scene, ALFA_REGULATOR, 9, "node-nine", "bravo-one")).changed, 1);
    wanted_are("1v 5v 9l");
    is_told(9, "node-nine", WANTED_LEARNER, 1);
    ck_assert_uint_eq(
        accept(&scene, change_node(&scene, BRAVO_REGULATOR, OP_NODE_PROMOTE, 9)).changed, 1);
    wanted_are("1v 5v 9v");
    is_told(9, "node-nine", WANTED_VOTER, 2);
    accept(&scene, change_node(&scene, BRAVO_REGULATOR, OP_NODE_REMOVE, 5));
    wanted_are("1v 9v");
    is_told(5, "node-five", WANTED_REMOVED, 3);
    is_told(9, "node-nine", WANTED_VOTER, 2);
    members_are("1v 5v"); /* what is wanted is not yet so */
    accept(&scene, add_node(&scene, ALFA_REGULATOR, UINT32_MAX, "node-ten", "bravo-one"));
    accept(&scene, change_node(&scene, ALFA_REGULATOR, OP_NODE_REMOVE, UINT32_MAX));
    wanted_are("1v 9v");
    is_told(UINT32_MAX, "node-ten", WANTED_REMOVED, 5);
}
END_TEST

START_TEST(regulators_alone_change_nodes)
{
    refuse(&scene, add_node(&scene, ALFA_ONE, 9, "node-nine", "bravo-one"), ERR_ROLE);
    refuse(&scene, change_node(&scene, ALFA_ONE, OP_NODE_PROMOTE, 5), ERR_ROLE);
    refuse(&scene, change_node(&scene, BRAVO_ONE, OP_NODE_REMOVE, 5), ERR_ROLE);
}
END_TEST

START_TEST(an_id_is_larger_than_all_before_it)
{
    refuse(&scene, add_node(&scene, ALFA_REGULATOR, 1, "node-two", "bravo-one"), ERR_NODE_ID);
    refuse(&scene, add_node(&scene, ALFA_REGULATOR, 4, "node-two", "bravo-one"), ERR_NODE_ID);
    refuse(&scene, add_node(&scene, ALFA_REGULATOR, 5, "node-two", "bravo-one"), ERR_NODE_ID);
    accept(&scene, add_node(&scene, ALFA_REGULATOR, 6, "node-two", "bravo-one"));
    accept(&scene, change_node(&scene, ALFA_REGULATOR, OP_NODE_REMOVE, 6));
    refuse(&scene, add_node(&scene, ALFA_REGULATOR, 6, "node-two", "bravo-one"), ERR_NODE_ID);
}
END_TEST

START_TEST(a_name_is_free_again_once_its_node_is_removed)
{
    refuse(&scene, add_node(&scene, ALFA_REGULATOR, 6, "node-five", "bravo-one"), ERR_NODE_NAME);
    accept(&scene, change_node(&scene, ALFA_REGULATOR, OP_NODE_REMOVE, 5));
    accept(&scene, add_node(&scene, ALFA_REGULATOR, 6, "node-five", "bravo-one"));
    refuse(&scene, add_node(&scene, ALFA_REGULATOR, 7, "node-five", "bravo-one"), ERR_NODE_NAME);
    is_told(5, "node-five", WANTED_REMOVED, 2);
    is_told(6, "node-five", WANTED_LEARNER, 3);
}
END_TEST

START_TEST(a_node_belongs_to_an_organisation_with_a_certificate)
{
    refuse(&scene, add_node(&scene, ALFA_REGULATOR, 6, "node-six", "nobody"),
           ERR_UNKNOWN_ORGANISATION);
    refuse(&scene, add_node(&scene, ALFA_REGULATOR, 6, "node-six", "alfa-one"), ERR_MISSING_FIELD);
    accept(&scene, propose(&scene, ALFA_REGULATOR, "bravo-one", "BB", 0, 0));
    refuse(&scene, add_node(&scene, ALFA_REGULATOR, 6, "node-six", "bravo-one"), ERR_SUSPENDED);
    accept(&scene, propose(&scene, ALFA_REGULATOR, "bravo-one", "BB", ROLE_OPERATOR, 0));
    accept(&scene, add_node(&scene, ALFA_REGULATOR, 6, "node-six", "bravo-one"));
}
END_TEST

/* A node with the key of that number. */
static struct bytes add_with_key(uint32_t id, uint32_t key)
{
    struct statement statement =
        node_statement(&scene, ALFA_REGULATOR, id, "node-new", "bravo-one");
    statement.key = public_of(key);
    return chain_sign(&scene.chain, ALFA_REGULATOR, &statement);
}

START_TEST(no_key_speaks_for_two)
{
    refuse(&scene, add_with_key(6, 2), ERR_KEY_STANDS); /* an organisation's */
    refuse(&scene, add_with_key(6, NODE_KEY(5)), ERR_KEY_STANDS);
    accept(&scene, change_node(&scene, ALFA_REGULATOR, OP_NODE_REMOVE, 5));
    refuse(&scene, add_with_key(6, NODE_KEY(5)), ERR_KEY_STANDS); /* a removed node's */
    accept(&scene, add_with_key(6, 70));
    refuse(&scene, key_statement(&scene, ALFA_ONE, OP_KEY_ADD, 70), ERR_KEY_STANDS);
    refuse(&scene, key_statement(&scene, ALFA_ONE, OP_KEY_ADD, NODE_KEY(5)), ERR_KEY_STANDS);
    refuse(&scene, propose(&scene, ALFA_REGULATOR, "new-one", "DD", ROLE_OPERATOR, NODE_KEY(1)),
           ERR_KEY_STANDS);
    refuse(&scene, key_statement(&scene, ALFA_ONE, OP_KEY_REVOKE, 70), ERR_UNKNOWN_KEY);
}
END_TEST

START_TEST(no_more_nodes_are_wanted_than_there_is_room_for)
{
    char name[16];
    for (uint32_t id = 6; id < 6 + MEMBERS_MAX - 2; id++) {
        snprintf(name, sizeof(name), "node-%u", id);
        accept(&scene, add_node(&scene, ALFA_REGULATOR, id, name, "bravo-one"));
    }
    refuse(&scene, add_node(&scene, ALFA_REGULATOR, 90, "node-ninety", "bravo-one"), ERR_FULL);
    accept(&scene, change_node(&scene, ALFA_REGULATOR, OP_NODE_REMOVE, 7));
    accept(&scene, add_node(&scene, ALFA_REGULATOR, 90, "node-ninety", "bravo-one"));
}
END_TEST

START_TEST(what_is_no_member_is_not_changed)
{
    refuse(&scene, change_node(&scene, ALFA_REGULATOR, OP_NODE_PROMOTE, 4), ERR_UNKNOWN_NODE);
    refuse(&scene, change_node(&scene, ALFA_REGULATOR, OP_NODE_REMOVE, 6), ERR_UNKNOWN_NODE);
    refuse(&scene, change_node(&scene, ALFA_REGULATOR, OP_NODE_PROMOTE, 5), ERR_NODE_VOTES);
    accept(&scene, change_node(&scene, ALFA_REGULATOR, OP_NODE_REMOVE, 5));
    refuse(&scene, change_node(&scene, ALFA_REGULATOR, OP_NODE_PROMOTE, 5), ERR_UNKNOWN_NODE);
    refuse(&scene, change_node(&scene, ALFA_REGULATOR, OP_NODE_REMOVE, 5), ERR_UNKNOWN_NODE);
}
END_TEST

START_TEST(a_voter_always_stays)
{
    accept(&scene, add_node(&scene, ALFA_REGULATOR, 6, "node-six", "bravo-one"));
    accept(&scene, change_node(&scene, ALFA_REGULATOR, OP_NODE_REMOVE, 1));
    refuse(&scene, change_node(&scene, ALFA_REGULATOR, OP_NODE_REMOVE, 5), ERR_LAST_VOTER);
    accept(&scene, change_node(&scene, ALFA_REGULATOR, OP_NODE_PROMOTE, 6));
    accept(&scene, change_node(&scene, ALFA_REGULATOR, OP_NODE_REMOVE, 5));
    refuse(&scene, change_node(&scene, ALFA_REGULATOR, OP_NODE_REMOVE, 6), ERR_LAST_VOTER);
    wanted_are("6v");
}
END_TEST

/* ---- configuration blocks ---- */

static struct block configuration(struct bytes entry)
{
    block_begin(&scene.chain);
    block_add(&scene.chain, entry);
    return block_end(&scene.chain, BLOCK_CONFIGURATION);
}

static struct block configuration_of(const struct raft_members *members)
{
    uint8_t entry[RAFT_MEMBERS_SIZE_MAX];
    struct writer writer = writer_over(entry, sizeof(entry));
    raft_members_write(&writer, members);
    return configuration(writer_view(&writer));
}

static void take(struct raft_members members)
{
    struct block block = configuration_of(&members);
    apply_block(scene.ledger, &block, NULL, NULL);
    assert_ok(view_refresh(scene.view));
}

static void is_now(uint32_t id, enum membership member)
{
    struct node_info info;
    assert_ok(view_node(scene.view, id, &info));
    ck_assert_str_eq(membership_word(info.member), membership_word(member));
}

/* The block is refused whole, and what comes after it in the batch. */
static void stop_at(const struct block *block)
{
    struct ledger_position before = ledger_position(scene.ledger);
    struct hash was = fingerprint(scene.ledger, true);
    assert_ok(ledger_begin(scene.ledger));
    assert_err(ledger_apply(scene.ledger, block, NULL, NULL), MEMBERS);
    assert_err(ledger_commit(scene.ledger), MEMBERS);
    struct hash is = fingerprint(scene.ledger, true);
    ck_assert(hash_equal(&was, &is));
    ck_assert_uint_eq(ledger_position(scene.ledger).height, before.height);
    scene.chain.height = before.height;
    scene.chain.head = before.head;
}

static void stop_at_members(struct raft_members members)
{
    struct block block = configuration_of(&members);
    stop_at(&block);
}

START_TEST(members_follow_step_by_step)
{
    accept(&scene, add_node(&scene, ALFA_REGULATOR, 6, "node-six", "bravo-one"));
    accept(&scene, add_node(&scene, ALFA_REGULATOR, 7, "node-seven", "bravo-one"));
    is_now(5, MEMBERSHIP_VOTER);
    is_now(6, MEMBERSHIP_NONE);
    take((struct raft_members){4, {{1, true}, {5, true}, {6, false}, {7, false}}});
    members_are("1v 5v 6l 7l");
    is_now(6, MEMBERSHIP_LEARNER);
    accept(&scene, change_node(&scene, ALFA_REGULATOR, OP_NODE_PROMOTE, 6));
    accept(&scene, change_node(&scene, ALFA_REGULATOR, OP_NODE_REMOVE, 7));
    accept(&scene, change_node(&scene, ALFA_REGULATOR, OP_NODE_REMOVE, 5));
    take((struct raft_members){3, {{1, true}, {5, true}, {6, false}}});
    take((struct raft_members){3, {{1, true}, {5, true}, {6, true}}});
    take((struct raft_members){2, {{1, true}, {6, true}}});
    members_are("1v 6v");
    wanted_are("1v 6v");
    is_now(5, MEMBERSHIP_NONE);
    is_now(6, MEMBERSHIP_VOTER);
    take((struct raft_members){2, {{1, true}, {6, true}}}); /* no step is one too */
}
END_TEST

START_TEST(stops_at_more_than_one_step)
{
    accept(&scene, add_node(&scene, ALFA_REGULATOR, 6, "node-six", "bravo-one"));
    accept(&scene, change_node(&scene, ALFA_REGULATOR, OP_NODE_PROMOTE, 6));
    stop_at_members((struct raft_members){2, {{1, true}, {6, true}}});
    stop_at_members((struct raft_members){3, {{1, false}, {5, false}, {6, true}}});
    take((struct raft_members){3, {{1, true}, {5, true}, {6, true}}});
    stop_at_members((struct raft_members){1, {{1, true}}});
    take((struct raft_members){2, {{1, true}, {6, true}}});
}
END_TEST

START_TEST(stops_at_members_that_nobody_wanted)
{
    stop_at_members((struct raft_members){3, {{1, true}, {5, true}, {6, false}}});
    stop_at_members((struct raft_members){3, {{1, true}, {4, false}, {5, true}}});
    accept(&scene, add_node(&scene, ALFA_REGULATOR, 6, "node-six", "bravo-one"));
    /* As a voter it was not wanted. */
    stop_at_members((struct raft_members){3, {{1, true}, {5, true}, {6, true}}});
    take((struct raft_members){3, {{1, true}, {5, true}, {6, false}}});
    stop_at_members((struct raft_members){3, {{1, true}, {5, true}, {6, true}}});
}
END_TEST

START_TEST(takes_members_that_are_on_their_way_out)
{
    accept(&scene, add_node(&scene, ALFA_REGULATOR, 6, "node-six", "bravo-one"));
    accept(&scene, change_node(&scene, ALFA_REGULATOR, OP_NODE_PROMOTE, 6));
    accept(&scene, change_node(&scene, ALFA_REGULATOR, OP_NODE_REMOVE, 6));
    take((struct raft_members){3, {{1, true}, {5, true}, {6, true}}});
    take((struct raft_members){2, {{1, true}, {5, true}}});
}
END_TEST

START_TEST(stops_at_an_entry_that_is_no_list_of_members)
{
    static const uint8_t good[] = {0, 0, 0, 1, 1, 0, 0, 0, 5, 1};
    for (size_t size = 1; size < sizeof(good); size++) {
        if (size == RAFT_MEMBER_SIZE)
            continue; /* a list, and one step away */
        struct block block = configuration(bytes_of(good, size));
        stop_at(&block);
    }
    struct block block = configuration(bytes_of("members", 7));
    stop_at(&block);
    block = configuration(bytes_of(good, sizeof(good)));
    apply_block(scene.ledger, &block, NULL, NULL);
}
END_TEST

/* ---- what is damaged ---- */

static void put_list(const char *row, struct bytes value)
{
    struct state state;
    assert_ok(state_begin(scene.ledger, true, &state));
    if (value.data == NULL)
        txn_delete(&state.txn, state.tables->standing, bytes_of(row, strlen(row)));
    else
        state_set_standing(&state, row, value);
    assert_ok(txn_commit(&state.txn));
    assert_ok(view_refresh(scene.view));
}

START_TEST(says_so_when_a_list_is_damaged)
{
    struct raft_members members;
    struct node_info info;
    static const struct bytes values[] = {{NULL, 0}, {(const uint8_t *)"short", 5}};
    for (size_t i = 0; i < 2; i++) {
        put_list("members", values[i]);
        assert_err(view_members(scene.view, &members), DAMAGED);
        assert_err(view_wanted(scene.view, &members), DAMAGED); /* until the next refresh */
        assert_ok(view_refresh(scene.view));
        assert_err(view_node(scene.view, 1, &info), DAMAGED);
        assert_ok(view_refresh(scene.view));
        assert_ok(view_wanted(scene.view, &members));
        put_list("wanted", values[i]);
        assert_err(view_wanted(scene.view, &members), DAMAGED);
        assert_err(view_node(scene.view, 1, &info), DAMAGED);
        assert_err(scene_ask(&scene, add_node(&scene, ALFA_REGULATOR, 6, "a", "bravo-one")),
                   DAMAGED);
        assert_err(scene_ask(&scene, change_node(&scene, ALFA_REGULATOR, OP_NODE_REMOVE, 5)),
                   DAMAGED);
        put_list("wanted", bytes_of("\0\0\0\1\1", 5));
    }
}
END_TEST

START_TEST(says_so_when_a_wanted_node_is_missing)
{
    put_list("wanted", bytes_of("\0\0\0\1\1\0\0\0\2\1", 10));
    assert_err(scene_ask(&scene, add_node(&scene, ALFA_REGULATOR, 6, "a", "bravo-one")), DAMAGED);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &the_genesis_nodes_are_voters_from_the_start,
        &nodes_come_in_order_of_their_ids,
        &a_node_is_added_promoted_and_removed,
        &regulators_alone_change_nodes,
        &an_id_is_larger_than_all_before_it,
        &a_name_is_free_again_once_its_node_is_removed,
        &a_node_belongs_to_an_organisation_with_a_certificate,
        &no_key_speaks_for_two,
        &no_more_nodes_are_wanted_than_there_is_room_for,
        &what_is_no_member_is_not_changed,
        &a_voter_always_stays,
        &members_follow_step_by_step,
        &stops_at_more_than_one_step,
        &stops_at_members_that_nobody_wanted,
        &takes_members_that_are_on_their_way_out,
        &stops_at_an_entry_that_is_no_list_of_members,
        &says_so_when_a_list_is_damaged,
        &says_so_when_a_wanted_node_is_missing,
    };
    Suite *suite = suite_create("ledger/nodes");
    TCase *all = tcase_create("nodes");
    tcase_add_checked_fixture(all, open_scene, close_scene);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        tcase_add_test(all, *cases[i]);
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
