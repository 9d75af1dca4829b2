/*
 * Statements about nodes: made by the tool, taken by the real ledger. Raft's members follow what is
 * wanted by real configuration blocks, one step with each look at the nodes.
 */
#include "tests/unit/cli/node.h"

#include "proto/hex.h"

#include <jansson.h>

#define ADDRESS      "tls+tcp://node9.example:7700"
#define ORGANISATION "authority.example"

static struct scratch scratch;
static struct node node;
static atomic_bool is_frozen; /* the members stay as they are */

/* ---- members ---- */

static void put_member(struct raft_members *members, struct raft_member member)
{
    uint32_t place = 0;
    while (place < members->count && members->member[place].id < member.id)
        place++;
    for (uint32_t i = members->count++; i > place; i--)
        members->member[i] = members->member[i - 1];
    members->member[place] = member;
}

static void drop_member(struct raft_members *members, uint32_t place)
{
    members->count--;
    for (uint32_t i = place; i < members->count; i++)
        members->member[i] = members->member[i + 1];
}

/* One step nearer to what is wanted: a learner comes, a learner votes, or a member goes. */
static bool members_step(const struct raft_members *wanted, struct raft_members *members)
{
    for (uint32_t i = 0; i < wanted->count; i++) {
        const struct raft_member *member = &wanted->member[i];
        uint32_t place = raft_members_find(members, member->id);
        if (place == MEMBERS_MAX)
            put_member(members, (struct raft_member){.id = member->id});
        else if (member->voter && !members->member[place].voter)
            members->member[place].voter = true;
        else
            continue;
        return true;
    }
    for (uint32_t i = 0; i < members->count; i++) {
        if (raft_members_find(wanted, members->member[i].id) == MEMBERS_MAX) {
            drop_member(members, i);
            return true;
        }
    }
    return false;
}

static void answer(void *context, const struct request *request, struct writer *writer)
{
    struct raft_members wanted;
    struct raft_members members;
    if (request->kind == REQUEST_NODES && request->first_node == 1 && !is_frozen) {
        pthread_mutex_lock(&node.lock);
        ck_assert_int_eq(view_wanted(node.view, &wanted), ERR_OK);
        ck_assert_int_eq(view_members(node.view, &members), ERR_OK);
        if (members_step(&wanted, &members))
            node_configure(&node, &members);
        pthread_mutex_unlock(&node.lock);
    }
    node_answer(context, request, writer);
}

/* ---- the network ---- */

static void sign_as(const char *who)
{
    char file[64];
    snprintf(file, sizeof file, "%s.pem", who);
    setenv("IMEI_KEY", at(&scratch, file), 1);
}

static void begin(void)
{
    scratch = scratch_begin();
    network_make(&scratch);
    node_make(&node, &scratch);
    is_frozen = false;
    server_start(&node.server, server_address(&scratch), answer, &node);
    setenv("IMEI_NODE", node.server.address, 1);
    sign_as("authority");
}

static void end(void)
{
    server_stop(&node.server);
    node_close(&node);
    scratch_end(&scratch);
}

/* A new key; its public half in digits. */
static const char *new_key(const char *name)
{
    static char digits[2 * PUBLIC_KEY_SIZE + 1];
    struct run run = run_tool("key", "new", at(&scratch, name), "--json", NULL);
    ck_assert_int_eq(run.code, EXIT_DONE);
    json_t *value = json_loads(run.out, 0, NULL);
    snprintf(digits, sizeof digits, "%s", json_string_value(json_object_get(value, "public_key")));
    json_decref(value);
    run_end(&run);
    return digits;
}

static struct run add(const char *name, const char *key, const char *id)
{
    return id != NULL ? run_tool("node", "add", name, "--organisation", ORGANISATION, "--address",
                                 ADDRESS, "--public-key", key, "--id", id, NULL)
                      : run_tool("node", "add", name, "--organisation", ORGANISATION, "--address",
                                 ADDRESS, "--public-key", key, NULL);
}

/* "1v 2l(none) 3r": what each node is to be, and, in brackets, what it is when that is another. */
static void nodes_are(const char *expected)
{
    char text[512] = "";
    size_t size = 0;
    struct node_info info;
    for (uint32_t id = 1; view_node_from(node.view, id, &info) == ERR_OK; id = info.id + 1) {
        const char *wanted = wanted_word(info.wanted);
        const char *is = membership_word(info.member);
        bool is_so = strcmp(wanted, is) == 0 ||
                     (info.wanted == WANTED_REMOVED && info.member == MEMBERSHIP_NONE);
        size +=
            (size_t)snprintf(text + size, sizeof text - size, "%s%u%c%s%s%s", size > 0 ? " " : "",
                             info.id, *wanted, is_so ? "" : "(", is_so ? "" : is, is_so ? "" : ")");
    }
    ck_assert_str_eq(text, expected);
}

/* ---- list, add, promote, remove ---- */

START_TEST(a_node_is_added_promoted_and_removed)
{
    begin();
    new_key("node9.pem");
    answered(add("node9", at(&scratch, "node9.pem"), NULL), EXIT_DONE, "committed");
    nodes_are("1v 2l(none)");
    answered(run_tool("node", "promote", "node9", NULL), EXIT_DONE, "committed");
    struct run run = run_tool("node", "list", NULL);
    ck_assert_ptr_nonnull(strstr(run.out, "node9"));
    ck_assert_ptr_nonnull(strstr(run.out, ADDRESS));
    run_end(&run);
    nodes_are("1v 2v");
    run = run_tool("node", "remove", "1", NULL);
    ck_assert_int_eq(run.code, EXIT_DONE);
    ck_assert_ptr_nonnull(strstr(run.err, "1 node is to vote: a commit needs 1 of them, 0 may be"));
    run_end(&run);
    answered(run_tool("node", "list", "--json", NULL), EXIT_DONE, "\"member\": \"none\"");
    nodes_are("1r 2v");
    end();
}
END_TEST

START_TEST(ids_follow_each_other_and_keys_come_as_digits_too)
{
    begin();
    answered(add("node2", new_key("a.pem"), "7"), EXIT_DONE, "committed");
    answered(run_tool("node", "remove", "node2", NULL), EXIT_DONE, "committed");
    struct run run = add("node2", new_key("b.pem"), NULL); /* the name is free again */
    ck_assert_int_eq(run.code, EXIT_DONE);
    ck_assert_ptr_nonnull(strstr(run.err, "imei node promote node2"));
    run_end(&run);
    struct node_info info;
    ck_assert_int_eq(view_node(node.view, 8, &info), ERR_OK);
    ck_assert_str_eq(info.name.text, "node2");
    ck_assert_str_eq(info.organisation.text, ORGANISATION);
    ck_assert_str_eq(info.address, ADDRESS);
    char digits[2 * PUBLIC_KEY_SIZE + 1];
    hex_encode(info.key.bytes, PUBLIC_KEY_SIZE, digits);
    answered(run_tool("key", "show", at(&scratch, "b.pem"), NULL), EXIT_DONE, digits);
    /* By its name the one is meant that is there. */
    answered(run_tool("node", "promote", "node2", "--json", NULL), EXIT_DONE, "\"node\": 8");
    end();
}
END_TEST

START_TEST(what_is_no_node_is_refused_before_anything_is_signed)
{
    begin();
    const char *key = new_key("a.pem");
    ended(run_tool("node", "add", "node2", "--organisation", ORGANISATION, "--address", ADDRESS,
                   NULL),
          EXIT_USAGE, "the node's key is missing");
    ended(add("node2", at(&scratch, "nowhere"), NULL), EXIT_USAGE, "is not there");
    ended(add("node2", at(&scratch, "network.yaml"), NULL), EXIT_USAGE, "Name a PEM file");
    char wrong[2 * PUBLIC_KEY_SIZE + 1];
    memset(wrong, 'f', sizeof wrong - 1);
    wrong[sizeof wrong - 1] = '\0';
    ended(add("node2", wrong, NULL), EXIT_USAGE, "Copy the digits again");
    ended(add("Node 2", key, NULL), EXIT_USAGE, "is no node's name");
    ended(add("node2", key, "0"), EXIT_USAGE, "is no node id");
    ended(add("node2", key, "4294967296"), EXIT_USAGE, "is no node id");
    ended(run_tool("node", "add", "node2", "--address", ADDRESS, "--public-key", key, NULL),
          EXIT_USAGE, "organisation is missing");
    ended(
        run_tool("node", "add", "node2", "--organisation", ORGANISATION, "--public-key", key, NULL),
        EXIT_USAGE, "address is missing");
    ended(run_tool("node", "add", "node2", "--organisation", ORGANISATION, "--address", "a b",
                   "--public-key", key, NULL),
          EXIT_USAGE, "tls+tcp://HOST:PORT");
    ended(run_tool("node", "promote", "node2", NULL), EXIT_REFUSED, "imei node list shows");
    ended(run_tool("node", "remove", "2", NULL), EXIT_REFUSED, "imei node list shows");
    ck_assert_uint_eq(node_transactions(&node), 0);
    end();
}
END_TEST

START_TEST(the_ledger_refuses_with_a_remedy)
{
    begin();
    new_key("a.pem");
    const char *key = at(&scratch, "a.pem");
    ended(add("node2", key, "1"), EXIT_REFUSED, "Run the command again, without --id");
    ended(add("node1", key, NULL), EXIT_REFUSED, "Take another name");
    ended(add("node2", at(&scratch, "node1.pem"), NULL), EXIT_REFUSED, "imei key new");
    ended(run_tool("node", "add", "node2", "--organisation", "operator.example", "--address",
                   ADDRESS, "--public-key", key, NULL),
          EXIT_REFUSED, "certificate authority");
    ended(run_tool("node", "add", "node2", "--organisation", "nobody", "--address", ADDRESS,
                   "--public-key", key, NULL),
          EXIT_REFUSED, "imei org list");
    ended(run_tool("node", "remove", "node1", NULL), EXIT_REFUSED, "imei node promote");
    ended(run_tool("node", "promote", "node1", NULL), EXIT_REFUSED, "Nothing needs doing");
    sign_as("operator");
    ended(add("node2", key, NULL), EXIT_REFUSED, "roles do not allow");
    ck_assert_uint_eq(node_transactions(&node), 0);
    sign_as("authority");
    answered(add("node2", key, "4294967295"), EXIT_DONE, "committed");
    ended(add("node3", new_key("b.pem"), NULL), EXIT_REFUSED, "a limit of the ledger");
    end();
}
END_TEST

START_TEST(offline_a_node_is_named_by_its_id)
{
    begin();
    const char *genesis = at(&scratch, "genesis");
    const char *out = at(&scratch, "a.tx");
    const char *key = new_key("a.pem");
    setenv("IMEI_NODE", "tcp://127.0.0.1:1", 1); /* nobody is asked */
    ended(run_tool("node", "add", "node2", "--organisation", ORGANISATION, "--address", ADDRESS,
                   "--public-key", key, "--out", out, "--genesis", genesis, NULL),
          EXIT_USAGE, "cannot choose the node's id");
    ended(run_tool("node", "promote", "node2", "--out", out, "--genesis", genesis, NULL),
          EXIT_USAGE, "Name the node by its id");
    answered(run_tool("node", "add", "node2", "--organisation", ORGANISATION, "--address", ADDRESS,
                      "--public-key", key, "--id", "2", "--out", out, "--genesis", genesis, NULL),
             EXIT_DONE, "signed");
    answered(
        run_tool("node", "promote", "2", "--out", at(&scratch, "b.tx"), "--genesis", genesis, NULL),
        EXIT_DONE, "signed");
    setenv("IMEI_NODE", node.server.address, 1);
    answered(run_tool("tx", "submit", out, NULL), EXIT_DONE, "committed");
    answered(run_tool("tx", "submit", at(&scratch, "b.tx"), NULL), EXIT_DONE, "committed");
    nodes_are("1v 2v(none)");
    end();
}
END_TEST

/* ---- replace ---- */

static uint64_t since(uint32_t id)
{
    struct node_info info;
    ck_assert_int_eq(view_node(node.view, id, &info), ERR_OK);
    return info.since_height;
}

/* Another node, so that node1, which answers, is not the one that goes. */
static void begin_with_two(void)
{
    begin();
    new_key("two.pem");
    answered(add("node2", at(&scratch, "two.pem"), NULL), EXIT_DONE, "committed");
    answered(run_tool("node", "promote", "node2", NULL), EXIT_DONE, "committed");
    answered(run_tool("node", "list", NULL), EXIT_DONE, "node2");
    answered(run_tool("node", "list", NULL), EXIT_DONE, "node2");
    nodes_are("1v 2v");
    new_key("new.pem");
}

static struct run replace(const char *name)
{
    return run_tool("node", "replace", "node2", "--public-key", at(&scratch, "new.pem"), "--json",
                    name != NULL ? "--name" : NULL, name, NULL);
}

START_TEST(a_node_is_replaced_by_one_of_another_name)
{
    begin_with_two();
    answered(replace("node3"), EXIT_DONE, "\"name\": \"node3\"");
    nodes_are("1v 2r 3v");
    ck_assert_uint_lt(since(3), since(2)); /* a voter comes before one goes */
    ck_assert_uint_eq(node_transactions(&node), 5);
    struct node_info info;
    ck_assert_int_eq(view_node(node.view, 3, &info), ERR_OK);
    ck_assert_str_eq(info.organisation.text, ORGANISATION); /* as the old one's */
    ck_assert_str_eq(info.address, ADDRESS);
    end();
}
END_TEST

START_TEST(a_node_is_replaced_under_its_name)
{
    begin_with_two();
    struct run run = run_tool("node", "replace", "node2", "--public-key", at(&scratch, "new.pem"),
                              "--address", "tls+tcp://elsewhere:7700", NULL);
    ck_assert_int_eq(run.code, EXIT_DONE);
    ck_assert_ptr_nonnull(strstr(run.err, "Removing node2 (node 2)."));
    ck_assert_ptr_nonnull(strstr(run.err, "Adding node2 as node 3."));
    ck_assert_ptr_nonnull(strstr(run.out, "tls+tcp://elsewhere:7700"));
    run_end(&run);
    nodes_are("1v 2r 3v");
    ck_assert_uint_lt(since(2), since(3));
    ck_assert_uint_eq(node_transactions(&node), 5);
    end();
}
END_TEST

START_TEST(a_replacement_that_was_interrupted_goes_on)
{
    /* Interrupted after so many of its statements, and then run twice. */
    for (int done = 0; done <= 3; done++) {
        for (int keeps_name = 0; keeps_name < 2; keeps_name++) {
            begin_with_two();
            const char *name = keeps_name ? "node2" : "node3";
            is_frozen = true;
            if (keeps_name && done > 0)
                answered(run_tool("node", "remove", "2", NULL), EXIT_DONE, "committed");
            if (done > keeps_name)
                answered(add(name, at(&scratch, "new.pem"), NULL), EXIT_DONE, "committed");
            if (done > keeps_name + 1)
                answered(run_tool("node", "promote", "3", NULL), EXIT_DONE, "committed");
            if (!keeps_name && done > 2)
                answered(run_tool("node", "remove", "2", NULL), EXIT_DONE, "committed");
            is_frozen = false;
            for (int i = 0; i < 2; i++)
                answered(replace(name), EXIT_DONE, "\"wanted\": \"removed\"");
            nodes_are("1v 2r 3v");
            ck_assert_uint_eq(node_transactions(&node), 5);
            end();
        }
    }
}
END_TEST

START_TEST(a_replacement_that_cannot_be_is_refused)
{
    begin_with_two();
    const char *key = at(&scratch, "new.pem");
    ended(run_tool("node", "replace", "node9", "--public-key", key, NULL), EXIT_REFUSED,
          "imei node list");
    ended(run_tool("node", "replace", "9", "--public-key", key, NULL), EXIT_REFUSED,
          "imei node list");
    ended(run_tool("node", "replace", "node2", NULL), EXIT_USAGE, "key is missing");
    ended(run_tool("node", "replace", "node1", "--public-key", key, NULL), EXIT_USAGE,
          "Ask another node");
    ended(replace("no name"), EXIT_USAGE, "is no node's name");
    node.connected = 2;
    ended(replace(NULL), EXIT_USAGE, "node2 still runs");
    ck_assert_uint_eq(node_transactions(&node), 2);
    answered(replace("node3"), EXIT_DONE, "node3"); /* it may run until the new one votes */
    answered(run_tool("node", "remove", "node3", NULL), EXIT_DONE, "committed");
    ended(replace("node3"), EXIT_USAGE, "Make another key");
    ended(run_tool("node", "replace", "node1", "--public-key", at(&scratch, "two.pem"), "--name",
                   "node4", NULL),
          EXIT_USAGE, "Ask another node");
    end();
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_node_is_added_promoted_and_removed,
        &ids_follow_each_other_and_keys_come_as_digits_too,
        &what_is_no_node_is_refused_before_anything_is_signed,
        &the_ledger_refuses_with_a_remedy,
        &offline_a_node_is_named_by_its_id,
        &a_node_is_replaced_by_one_of_another_name,
        &a_node_is_replaced_under_its_name,
        &a_replacement_that_was_interrupted_goes_on,
        &a_replacement_that_cannot_be_is_refused,
    };
    return suite_run("cli/node", cases, sizeof cases / sizeof *cases);
}
