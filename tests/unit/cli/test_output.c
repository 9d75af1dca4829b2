/*
 * What the tool prints, in text and as JSON, for fixed answers of a node: held against the files in
 * golden/. With --rewrite the files are written anew; read the difference before it is committed.
 */
#include "tests/unit/cli/canned.h"

#include "proto/hex.h"

#include <libgen.h>

static bool rewrite;

/* ---- golden files ---- */

static void golden_path(const char *file, char path[PATH_MAX])
{
    char here[] = __FILE__;
    snprintf(path, PATH_MAX, "%s/golden/%s", dirname(here), file);
}

static void is_golden(const char *file, const char *text)
{
    char path[PATH_MAX];
    golden_path(file, path);
    if (rewrite) {
        put_text(path, text);
        return;
    }
    size_t size;
    char *expected = get_file(path, &size);
    ck_assert_msg(strcmp(text, expected) == 0,
                  "golden/%s differs; --rewrite writes it anew. Expected:\n%s\nPrinted:\n%s", file,
                  expected, text);
    free(expected);
}

static struct scratch scratch;
static struct server server;
static struct node node;

/* A statement's id is another one in each run: in golden files it is all eights. */
static struct run masked(struct run run)
{
    char id[2 * HASH_SIZE + 1];
    hex_encode(node.submitted.bytes, HASH_SIZE, id);
    for (char *found = run.out; (found = strstr(found, id)) != NULL;)
        memset(found, '8', 2 * HASH_SIZE);
    return run;
}

static void setup_node(void)
{
    scratch = scratch_begin();
    node = (struct node){0};
    server_start(&server, server_address(&scratch), answer, &node);
    setenv("IMEI_NODE", server.address, 1);
}

static void teardown_node(void)
{
    server_stop(&server);
    scratch_end(&scratch);
}

/* What both runs, one in text and one with --json, print and how they end. Ends them. */
static void both_are_golden(const char *file, int code, struct run text, struct run json)
{
    char path[64];
    ck_assert_msg(text.code == code, "exit status %d: %s", text.code, text.err);
    ck_assert_int_eq(json.code, code);
    snprintf(path, sizeof path, "%s.txt", file);
    is_golden(path, text.out);
    snprintf(path, sizeof path, "%s.json", file);
    is_golden(path, json.out);
    run_end(&text);
    run_end(&json);
}

/* One command in both forms: its words after `file`, `code`. */
#define GOLDEN(file, code, ...)                                                                    \
    both_are_golden(file, code, masked(run_tool(__VA_ARGS__, NULL)),                               \
                    masked(run_tool(__VA_ARGS__, "--json", NULL)))

#define HEX64(byte)                                                                                \
    byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte \
        byte byte byte byte byte byte byte byte byte byte byte byte byte

START_TEST(check_prints_one_device)
{
    setup_node();
    GOLDEN("check-black", EXIT_NO, "check", "356938035643809");
    GOLDEN("check-grey", EXIT_DONE, "check", "35693804564380");
    GOLDEN("check-more", EXIT_DONE, "check", "3569380556438007");
    GOLDEN("check-white", EXIT_DONE, "check", "35693800564380");
    GOLDEN("check-unknown", EXIT_DONE, "check", "35693809564380");
    GOLDEN("check-invalid", EXIT_NO, "check", "356938035643808");
    GOLDEN("check-fresh", EXIT_DONE, "check", "35693800564380", "--fresh", "--timeout", "7");
    teardown_node();
}
END_TEST

START_TEST(check_prints_many_devices_in_their_order)
{
    setup_node();
    put_text(at(&scratch, "list"), "imei\n35693800564381\nx\n35693805564381\n");
    GOLDEN("check-many", EXIT_NO, "check", "35693800564380", "123", "356938035643809",
           "35693804564380", "--file", at(&scratch, "list"));
    int input = dup(STDIN_FILENO);
    ck_assert_ptr_nonnull(freopen(at(&scratch, "list"), "r", stdin));
    answered(run_tool("check", "-", "--json", NULL), EXIT_NO,
             "[\n{\n  \"imei\": \"356938005643813\"");
    ck_assert_int_eq(lseek(STDIN_FILENO, 0, SEEK_SET), 0);
    answered(run_tool("check", "35693804564380", "-", NULL), EXIT_NO, "356938055643812");
    ck_assert_int_eq(dup2(input, STDIN_FILENO), STDIN_FILENO);
    close(input);
    GOLDEN("check-none", EXIT_DONE, "check", "--file",
           (put_text(at(&scratch, "list"), "imei\n"), at(&scratch, "list")));
    teardown_node();
}
END_TEST

START_TEST(a_list_that_ends_in_a_failure_is_json_all_the_same)
{
    setup_node();
    FILE *file = fopen(at(&scratch, "list"), "w");
    for (int i = 0; i < 2000; i++) /* two chunks of 500 questions each */
        fprintf(file, "356938045%05d\n", i);
    fclose(file);
    static const int checks[] = {1, 510};
    for (int i = 0; i < 2; i++) {
        node.checks = checks[i];
        struct run run = run_tool("check", "--file", at(&scratch, "list"), "--json", NULL);
        ck_assert_int_eq(run.code, EXIT_UNREACHABLE);
        json_t *value = json_loads(run.out, 0, NULL);
        ck_assert_msg(value != NULL, "%s", run.out);
        ck_assert(json_is_array(value) == (i > 0));
        const json_t *failure = i > 0 ? json_array_get(value, json_array_size(value) - 1) : value;
        ck_assert_str_eq(json_string_value(json_object_get(failure, "error")), "BUSY");
        json_decref(value);
        run_end(&run);
    }
    teardown_node();
}
END_TEST

START_TEST(history_prints_all_pages)
{
    setup_node();
    GOLDEN("history", EXIT_DONE, "history", "356938035643809");
    GOLDEN("history-none", EXIT_DONE, "history", "35693800564380");
    GOLDEN("history-fresh", EXIT_DONE, "history", "356938035643809", "--fresh", "--timeout", "7");
    teardown_node();
}
END_TEST

START_TEST(status_prints_node_and_network)
{
    setup_node();
    GOLDEN("status", EXIT_DONE, "status");
    node.differs_at = 97;
    GOLDEN("status-differs", EXIT_DONE, "status");
    node.is_alone = true;
    GOLDEN("status-alone", EXIT_NO, "status");
    teardown_node();
}
END_TEST

START_TEST(tac_show_prints_brand_and_model)
{
    setup_node();
    GOLDEN("tac", EXIT_DONE, "tac", "show", "35693803");
    GOLDEN("tac-unknown", EXIT_NO, "tac", "show", "35693809");
    teardown_node();
}
END_TEST

START_TEST(org_list_prints_all_pages)
{
    setup_node();
    GOLDEN("org-list", EXIT_DONE, "org", "list");
    teardown_node();
}
END_TEST

START_TEST(node_list_prints_all_pages)
{
    setup_node();
    GOLDEN("node-list", EXIT_DONE, "node", "list");
    teardown_node();
}
END_TEST

START_TEST(a_list_of_nodes_without_order_or_end_is_not_understood)
{
    setup_node();
    node.nodes = 2000;
    ended(run_tool("node", "list", NULL), EXIT_INTERNAL, "is not understood");
    node.is_disordered = true;
    ended(run_tool("node", "list", NULL), EXIT_INTERNAL, "is not understood");
    teardown_node();
}
END_TEST

START_TEST(tx_show_prints_statements_of_each_form)
{
    setup_node();
    GOLDEN("tx-unknown", EXIT_NO, "tx", "show", HEX64("a0"));
    teardown_node();
}
END_TEST

/* Shows the statement of that form by its own id, as the node would. */
static void shows(const char *file, uint8_t byte)
{
    uint8_t buffer[4096];
    struct writer writer = writer_over(buffer, sizeof buffer);
    char id[2 * HASH_SIZE + 1];
    struct hash asked = signed_of(byte, &writer);
    hex_encode(asked.bytes, HASH_SIZE, id);
    GOLDEN(file, EXIT_DONE, "tx", "show", id);
}

START_TEST(tx_show_decodes_what_was_signed)
{
    setup_node();
    shows("tx-unblock", 0xa1);
    shows("tx-tacs", 0xa2);
    shows("tx-organisation", 0xa3);
    shows("tx-ballot", 0xa4);
    shows("tx-key", 0xa5);
    shows("tx-node", 0xa6);
    teardown_node();
}
END_TEST

START_TEST(what_was_submitted_is_told)
{
    setup_node();
    const char *key = at(&scratch, "key.pem");
    ended(run_tool("key", "new", key, NULL), EXIT_DONE, "");
    setenv("IMEI_KEY", key, 1);
    GOLDEN("block", EXIT_DONE, "block", "35693803564380", "35693803564381");
    node.is_pending = true;
    GOLDEN("block-pending", EXIT_DONE, "block", "35693803564380", "--wait", "none");
    GOLDEN("block-doubt", EXIT_UNREACHABLE, "block", "35693803564380");
    ended(run_tool("block", "35693803564380", NULL), EXIT_UNREACHABLE, "may still be");
    ended(run_tool("block", "35693803564380", "--json", NULL), EXIT_UNREACHABLE, "imei tx show ");
    node.is_pending = false;
    node.is_of_other = true;
    ended(run_tool("block", "35693803564380", NULL), EXIT_INTERNAL, "is not understood");
    node.is_of_other = false;
    node.refusal = ERR_CLAIM_STANDS;
    GOLDEN("block-refused", EXIT_REFUSED, "block", "35693803564380");
    teardown_node();
}
END_TEST

int main(int argc, char **argv)
{
    static const TTest *const *const cases[] = {
        &check_prints_one_device,
        &check_prints_many_devices_in_their_order,
        &a_list_that_ends_in_a_failure_is_json_all_the_same,
        &history_prints_all_pages,
        &status_prints_node_and_network,
        &tac_show_prints_brand_and_model,
        &org_list_prints_all_pages,
        &node_list_prints_all_pages,
        &a_list_of_nodes_without_order_or_end_is_not_understood,
        &tx_show_prints_statements_of_each_form,
        &tx_show_decodes_what_was_signed,
        &what_was_submitted_is_told,
    };
    rewrite = argc > 1 && strcmp(argv[1], "--rewrite") == 0;
    return suite_run("cli/output", cases, sizeof cases / sizeof *cases);
}
