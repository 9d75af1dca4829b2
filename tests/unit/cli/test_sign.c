/*
 * Everything that is signed: made by the tool, taken by the real ledger; offline, and the key files
 * that it is signed with.
 */
#include "tests/unit/cli/node.h"

#include "proto/hex.h"
#include "proto/keyfile.h"

#include <jansson.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

static struct scratch scratch;
static struct node node;

static void begin(void)
{
    scratch = scratch_begin();
    network_make(&scratch);
    node_make(&node, &scratch);
    node_serve(&node, &scratch);
}

static void end(void)
{
    server_stop(&node.server);
    node_close(&node);
    scratch_end(&scratch);
}

static void sign_as(const char *who)
{
    char file[64];
    snprintf(file, sizeof file, "%s.pem", who);
    setenv("IMEI_KEY", at(&scratch, file), 1);
}

/* A member of the JSON that a run printed. Ends the run. */
static json_t *json_of(struct run run, int code)
{
    ck_assert_msg(run.code == code, "exit status %d: %s%s", run.code, run.err, run.out);
    json_t *value = json_loads(run.out, 0, NULL);
    ck_assert_ptr_nonnull(value);
    run_end(&run);
    return value;
}

static char *text_member(json_t *value, const char *key)
{
    const char *text = json_string_value(json_object_get(value, key));
    ck_assert_msg(text != NULL, "no member %s", key);
    return strdup(text);
}

START_TEST(a_device_is_blocked_and_released)
{
    begin();
    sign_as("operator");
    answered(run_tool("block", "356938035643809", NULL), EXIT_DONE, "committed");
    answered(run_tool("check", "35693803564380", NULL), EXIT_NO, "stolen");
    answered(run_tool("history", "35693803564380", NULL), EXIT_DONE, "block");
    ended(run_tool("block", "356938035643809", NULL), EXIT_REFUSED, "Nothing needs doing");
    sign_as("authority");
    ended(run_tool("unblock", "356938035643809", NULL), EXIT_REFUSED, "belongs to another");
    sign_as("operator");
    answered(run_tool("unblock", "356938035643809", "--reason", "0023", NULL), EXIT_DONE,
             "committed");
    answered(run_tool("check", "35693803564380", NULL), EXIT_DONE, "unknown");
    answered(run_tool("history", "35693803564380", NULL), EXIT_DONE, "third-party");
    end();
}
END_TEST

START_TEST(every_operation_of_the_table_counts)
{
    begin();
    sign_as("operator");
    static const char *const pairs[][2] = {{"block", "unblock"},
                                           {"watch", "unwatch"},
                                           {"duplicate", "unduplicate"},
                                           {"register", "unregister"}};
    for (size_t i = 0; i < 4; i++) {
        answered(run_tool(pairs[i][0], "TAC:35693803", "35693804000000-35693804000009",
                          "35693805000000", NULL),
                 EXIT_DONE, "Changed       3");
        answered(run_tool(pairs[i][1], "TAC:35693803", "35693805000000", "--of", "operator.example",
                          NULL),
                 EXIT_DONE, "Changed       2");
    }
    ck_assert_uint_eq(node_transactions(&node), 8);
    end();
}
END_TEST

START_TEST(a_reason_fits_its_operation)
{
    begin();
    sign_as("operator");
    ended(run_tool("block", "35693803564380", "--reason", "found", NULL), EXIT_USAGE,
          "'found' is no reason to block");
    ended(run_tool("unblock", "35693803564380", "--reason", "stolen", NULL), EXIT_USAGE,
          "imei help reasons");
    ended(run_tool("block", "35693803564380", "--reason", "nonsense", NULL), EXIT_USAGE,
          "is no reason");
    ended(run_tool("register", "35693803564380", "--reason", "stolen", NULL), EXIT_USAGE,
          "no option here");
    answered(run_tool("block", "35693803564380", "--reason", "fraud", NULL), EXIT_DONE,
             "committed");
    answered(run_tool("check", "35693803564380", NULL), EXIT_NO, "fraud");
    ck_assert_uint_eq(node_transactions(&node), 1);
    end();
}
END_TEST

START_TEST(bad_devices_and_names_are_refused_before_anything_is_signed)
{
    begin();
    sign_as("operator");
    ended(run_tool("block", "356938035643808", NULL), EXIT_USAGE, "it would be 9");
    ended(run_tool("block", "35693803564380", "TAC:35693803", NULL), EXIT_USAGE, "two statements");
    ended(run_tool("unblock", "35693803564380", "--of", "No Name", NULL), EXIT_USAGE,
          "imei org list");
    ended(run_tool("tx", "show", "12", NULL), EXIT_USAGE, "64 hexadecimal digits");
    ended(run_tool("org", "vote", "12", NULL), EXIT_USAGE, "64 digits");
    ended(run_tool("key", "revoke", "12", NULL), EXIT_USAGE, "32 digits");
    ended(run_tool("tac", "show", "123", NULL), EXIT_USAGE, "first eight digits");
    ended(run_tool("block", "35693803564380", "--wait", "long", NULL), EXIT_USAGE,
          "committed or none");
    ck_assert_uint_eq(node_transactions(&node), 0);
    end();
}
END_TEST

START_TEST(a_case_is_sent_as_its_salted_hash)
{
    begin();
    sign_as("operator");
    json_t *answer = json_of(
        run_tool("block", "35693803564380", "--case", "police 4711/25", "--json", NULL), EXIT_DONE);
    char *id = text_member(answer, "transaction");
    char *salt = text_member(answer, "case_salt");
    uint8_t bytes[16 + 14];
    ck_assert_int_eq(hex_decode(salt, strlen(salt), bytes, 16), ERR_OK);
    memcpy(bytes + 16, "police 4711/25", 14);
    struct hash hash = hash_of(bytes_of(bytes, sizeof bytes));
    char expected[2 * HASH_SIZE + 1];
    hex_encode(hash.bytes, HASH_SIZE, expected);
    answered(run_tool("tx", "show", id, NULL), EXIT_DONE, expected);

    /* Neither the text nor the salt is in what was sent; another statement has another salt. */
    size_t size;
    ended(run_tool("tx", "show", id, "--raw", at(&scratch, "raw"), NULL), EXIT_DONE, "");
    char *raw = get_file(at(&scratch, "raw"), &size);
    ck_assert_ptr_null(memmem(raw, size, "4711", 4));
    ck_assert_ptr_null(memmem(raw, size, bytes, 16));
    json_t *other = json_of(
        run_tool("watch", "35693803564380", "--case", "police 4711/25", "--json", NULL), EXIT_DONE);
    char *other_salt = text_member(other, "case_salt");
    ck_assert_str_ne(salt, other_salt);
    free(raw);
    free(other_salt);
    free(salt);
    free(id);
    json_decref(other);
    json_decref(answer);
    end();
}
END_TEST

START_TEST(raw_bytes_are_what_was_signed_and_are_not_overwritten)
{
    begin();
    sign_as("operator");
    json_t *answer = json_of(run_tool("block", "35693803564380", "--json", NULL), EXIT_DONE);
    char *id = text_member(answer, "transaction");
    ended(run_tool("tx", "show", id, "--raw", at(&scratch, "raw"), NULL), EXIT_DONE, "");
    size_t size;
    char *raw = get_file(at(&scratch, "raw"), &size);
    struct transaction transaction;
    ck_assert_int_eq(transaction_parse(bytes_of(raw, size), &transaction), ERR_OK);
    ck_assert_int_eq(transaction_verify(&transaction, &node.genesis->organisations[1].keys[0]),
                     ERR_OK);
    ended(run_tool("tx", "show", id, "--raw", at(&scratch, "raw"), NULL), EXIT_USAGE,
          "is not overwritten");
    free(raw);
    free(id);
    json_decref(answer);
    end();
}
END_TEST

START_TEST(a_statement_signed_offline_counts_when_it_is_sent)
{
    begin();
    sign_as("operator");
    const char *genesis = at(&scratch, "genesis");
    char network[2 * HASH_SIZE + 1];
    hex_encode(node.genesis->network.bytes, HASH_SIZE, network);
    setenv("IMEI_NODE", "tcp://127.0.0.1:1", 1); /* nobody is asked */
    answered(run_tool("block", "35693803564380", "--out", at(&scratch, "a.tx"), "--genesis",
                      genesis, NULL),
             EXIT_DONE, "signed");
    answered(run_tool("watch", "35693803564380", "--out", at(&scratch, "b.tx"), "--network",
                      network, "--country", "SE", NULL),
             EXIT_DONE, "signed");
    size_t size;
    char *signed_bytes = get_file(at(&scratch, "a.tx"), &size);
    struct transaction transaction;
    ck_assert_int_eq(transaction_parse(bytes_of(signed_bytes, size), &transaction), ERR_OK);
    ck_assert_int_eq(transaction_verify(&transaction, &node.genesis->organisations[1].keys[0]),
                     ERR_OK);
    ck_assert(hash_equal(&transaction.statement.network, &node.genesis->network));
    ck_assert_uint_eq(transaction.statement.valid_until_ms - transaction.statement.issued_at_ms,
                      24 * 3600 * 1000);
    free(signed_bytes);

    setenv("IMEI_NODE", node.server.address, 1);
    for (int i = 0; i < 2; i++) /* again: its first place */
        answered(run_tool("tx", "submit", at(&scratch, "a.tx"), NULL), EXIT_DONE,
                 "Height        1");
    answered(run_tool("tx", "submit", at(&scratch, "b.tx"), NULL), EXIT_DONE, "Height        2");
    ck_assert_uint_eq(node_transactions(&node), 2);
    end();
}
END_TEST

START_TEST(offline_signing_needs_to_know_the_network)
{
    begin();
    sign_as("operator");
    const char *out = at(&scratch, "a.tx");
    setenv("IMEI_NODE", "tcp://127.0.0.1:1", 1);
    ended(run_tool("block", "35693803564380", "--out", out, NULL), EXIT_USAGE,
          "Give --genesis, or --network with --country");
    ended(run_tool("block", "35693803564380", "--out", out, "--network", "12", NULL), EXIT_USAGE,
          "is no --network");
    char network[2 * HASH_SIZE + 1];
    memset(network, 'a', sizeof network - 1);
    network[2 * HASH_SIZE] = '\0';
    ended(run_tool("block", "35693803564380", "--out", out, "--network", network, NULL), EXIT_USAGE,
          "without a country");
    ended(run_tool("block", "35693803564380", "--out", out, "--network", network, "--country", "se",
                   NULL),
          EXIT_USAGE, "without a country of two capital letters");
    ended(run_tool("block", "35693803564380", "--out", out, "--genesis", at(&scratch, "ca.pem"),
                   NULL),
          EXIT_USAGE, "imei genesis new wrote");
    ended(run_tool("key", "new", at(&scratch, "foreign.pem"), NULL), EXIT_DONE, "");
    ended(run_tool("block", "35693803564380", "--out", out, "--genesis", at(&scratch, "genesis"),
                   "--key", at(&scratch, "foreign.pem"), NULL),
          EXIT_USAGE, "no such key");
    put_text(out, "mine");
    ended(run_tool("block", "35693803564380", "--out", out, "--genesis", at(&scratch, "genesis"),
                   NULL),
          EXIT_USAGE, "is not overwritten");
    end();
}
END_TEST

START_TEST(what_is_no_statement_is_refused_and_not_sent)
{
    begin();
    const char *path = at(&scratch, "junk");
    put_text(path, "junk");
    ended(run_tool("tx", "submit", path, NULL), EXIT_REFUSED, "is no signed statement");
    char *large = calloc(1, TX_SIZE_MAX + 1);
    ck_assert_ptr_nonnull(large);
    put_bytes(path, large, TX_SIZE_MAX + 1);
    free(large);
    ended(run_tool("tx", "submit", path, NULL), EXIT_REFUSED, "larger than the limit");
    sign_as("operator");
    answered(run_tool("block", "35693803564380", "--out", at(&scratch, "a.tx"), "--genesis",
                      at(&scratch, "genesis"), NULL),
             EXIT_DONE, "signed");
    size_t size;
    char *whole = get_file(at(&scratch, "a.tx"), &size);
    for (size_t cut = 0; cut <= size; cut++) { /* ends too early; at last, too late */
        put_bytes(path, whole, cut < size ? cut : size + 1);
        ended(run_tool("tx", "submit", path, NULL), EXIT_REFUSED, "is no signed statement");
    }
    for (size_t i = 0; i < size; i++) {
        whole[i] = (char)(whole[i] ^ 1 << i % 8);
        put_bytes(path, whole, size);
        ended(run_tool("tx", "submit", path, NULL), EXIT_REFUSED, "imei: ");
        whole[i] = (char)(whole[i] ^ 1 << i % 8);
    }
    free(whole);
    ck_assert_uint_eq(node_transactions(&node), 0);
    ended(run_tool("tx", "submit", at(&scratch, "nowhere"), NULL), EXIT_USAGE, "is not there");
    ended(run_tool("tx", "submit", scratch.path, NULL), EXIT_USAGE, "Name a plain file");
    end();
}
END_TEST

START_TEST(a_key_is_needed_and_must_be_known_to_the_ledger)
{
    begin();
    unsetenv("IMEI_KEY");
    ended(run_tool("block", "35693803564380", NULL), EXIT_USAGE, "with --key or in $IMEI_KEY");
    ended(run_tool("block", "35693803564380", "--key", at(&scratch, "nowhere"), NULL), EXIT_USAGE,
          "is not there");
    put_text(at(&scratch, "junk"), "junk");
    ended(run_tool("block", "35693803564380", "--key", at(&scratch, "junk"), NULL), EXIT_USAGE,
          "not a key file");
    ended(run_tool("key", "new", at(&scratch, "foreign.pem"), NULL), EXIT_DONE, "");
    ended(run_tool("block", "35693803564380", "--key", at(&scratch, "foreign.pem"), NULL),
          EXIT_REFUSED, "not known to the ledger");
    ck_assert_uint_eq(node_transactions(&node), 0);
    end();
}
END_TEST

START_TEST(keys_are_added_and_revoked)
{
    begin();
    sign_as("operator");
    json_t *shown =
        json_of(run_tool("key", "new", at(&scratch, "second.pem"), "--json", NULL), EXIT_DONE);
    char *id = text_member(shown, "id");
    struct run run = run_tool("key", "show", at(&scratch, "second.pem"), NULL);
    put_text(at(&scratch, "second.pub"), run.out); /* text and PEM: a public key file */
    run_end(&run);
    answered(run_tool("key", "add", at(&scratch, "second.pub"), NULL), EXIT_DONE, "committed");
    answered(run_tool("org", "list", NULL), EXIT_DONE, id);
    setenv("IMEI_KEY", at(&scratch, "second.pem"), 1);
    answered(run_tool("block", "35693803564380", NULL), EXIT_DONE, "committed");
    sign_as("operator");
    answered(run_tool("key", "revoke", id, NULL), EXIT_DONE, "committed");
    ended(run_tool("block", "35693803564381", "--key", at(&scratch, "second.pem"), NULL),
          EXIT_REFUSED, "the key is revoked");
    ended(run_tool("key", "revoke", "00000000000000000000000000000000", NULL), EXIT_REFUSED,
          "not known to the ledger");
    free(id);
    json_decref(shown);
    end();
}
END_TEST

START_TEST(organisations_come_by_proposal_and_vote)
{
    begin();
    sign_as("authority");
    ended(run_tool("key", "new", at(&scratch, "police.pem"), NULL), EXIT_DONE, "");
    ended(run_tool("org", "propose", "Police", "--country", "DK", "--roles", "participant", NULL),
          EXIT_USAGE, "lower-case letters");
    ended(run_tool("org", "propose", "police", "--roles", "participant", NULL), EXIT_USAGE,
          "country is missing");
    ended(run_tool("org", "propose", "police", "--country", "dk", "--roles", "participant", NULL),
          EXIT_USAGE, "not two capital letters");
    ended(run_tool("org", "propose", "police", "--country", "DK", NULL), EXIT_USAGE,
          "roles are missing");
    ended(run_tool("org", "propose", "police", "--country", "DK", "--roles", "king", NULL),
          EXIT_USAGE, "roles are missing or not known");
    ended(
        run_tool("org", "propose", "police", "--country", "DK", "--roles", "auditor,auditor", NULL),
        EXIT_USAGE, "roles are missing or not known");
    ended(run_tool("org", "propose", "police", "--country", "DK", "--roles", "participant", NULL),
          EXIT_REFUSED, "A new organisation needs a key");
    answered(run_tool("org", "propose", "police", "--country", "DK", "--roles",
                      "participant,auditor", "--add-key", at(&scratch, "police.pem"), NULL),
             EXIT_DONE, "committed");
    answered(run_tool("org", "list", NULL), EXIT_DONE, "police");
    /* One vote is enough here, so the proposal is closed. */
    ended(run_tool("org", "vote",
                   "0000000000000000000000000000000000000000000000000000000000000000", NULL),
          EXIT_REFUSED, "no open proposal");
    end();
}
END_TEST

START_TEST(tacs_are_allocated_and_corrected)
{
    begin();
    sign_as("authority");
    answered(run_tool("tac", "allocate", "35693803", "--brand", "Nokia", "--model", "3310", NULL),
             EXIT_DONE, "committed");
    answered(run_tool("tac", "show", "35693803", NULL), EXIT_DONE, "3310");
    answered(run_tool("tac", "allocate", "35693803", "--brand", "Nokia", "--model", "3310 €", NULL),
             EXIT_DONE, "committed");
    answered(run_tool("tac", "show", "35693803", NULL), EXIT_DONE, "3310 €");
    ended(run_tool("tac", "allocate", "35693803", "--brand", "Nokia", "--model", "3310 €", NULL),
          EXIT_REFUSED, "allocated so already");
    answered(run_tool("check", "35693803564380", NULL), EXIT_DONE, "3310 €");
    ended(run_tool("tac", "allocate", "3569380", "--brand", "Nokia", "--model", "x", NULL),
          EXIT_USAGE, "is no TAC");
    ended(run_tool("tac", "allocate", "35693803", "--brand", "Nokia", NULL), EXIT_USAGE,
          "--model is missing");
    ended(run_tool("tac", "allocate", "35693803", "--brand", "No\x01kia", "--model", "x", NULL),
          EXIT_USAGE, "--brand is missing or cannot be kept");
    char longer[TAC_TEXT_SIZE_MAX + 2];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    ended(run_tool("tac", "allocate", "35693803", "--brand", longer, "--model", "x", NULL),
          EXIT_USAGE, "at most 96 bytes");
    sign_as("operator");
    ended(run_tool("tac", "allocate", "35693804", "--brand", "Nokia", "--model", "x", NULL),
          EXIT_REFUSED, "roles do not allow");
    end();
}
END_TEST

START_TEST(a_statement_is_sent_again_while_the_node_cannot_take_it)
{
    begin();
    sign_as("operator");
    node.busy = 3;
    answered(run_tool("block", "35693803564380", NULL), EXIT_DONE, "committed");
    ck_assert_int_eq(node.busy, 0);
    ck_assert_uint_eq(node_transactions(&node), 1);
    end();
}
END_TEST

/* Two calls come to a socket that is closed on them; then the node is there. */
static void *restart(void *context)
{
    int listener = *(int *)context;
    for (int i = 0; i < 2; i++)
        close(accept(listener, NULL, NULL));
    close(listener);
    unlink(at(&scratch, "node.ipc"));
    node_serve(&node, &scratch);
    return NULL;
}

START_TEST(a_statement_waits_for_a_node_that_restarts)
{
    scratch = scratch_begin();
    network_make(&scratch);
    node_make(&node, &scratch);
    sign_as("operator");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", at(&scratch, "node.ipc"));
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(listener, 4), 0);
    setenv("IMEI_NODE", server_address(&scratch), 1);
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, restart, &listener), 0);
    answered(run_tool("block", "35693803564380", NULL), EXIT_DONE, "committed");
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_uint_eq(node_transactions(&node), 1);
    end();
}
END_TEST

START_TEST(a_lost_answer_leaves_what_is_needed_to_find_out)
{
    begin();
    sign_as("operator");
    node.busy = INT_MAX;
    struct run run = run_tool("block", "35693803564380", "--case", "x", "--timeout", "1", NULL);
    ck_assert_int_eq(run.code, EXIT_UNREACHABLE);
    ck_assert_ptr_nonnull(strstr(run.err, "imei tx show "));
    ck_assert_ptr_nonnull(strstr(run.err, "The salt of its case is "));
    run_end(&run);
    end();
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_device_is_blocked_and_released,
        &every_operation_of_the_table_counts,
        &a_reason_fits_its_operation,
        &bad_devices_and_names_are_refused_before_anything_is_signed,
        &a_case_is_sent_as_its_salted_hash,
        &raw_bytes_are_what_was_signed_and_are_not_overwritten,
        &a_statement_signed_offline_counts_when_it_is_sent,
        &offline_signing_needs_to_know_the_network,
        &what_is_no_statement_is_refused_and_not_sent,
        &a_key_is_needed_and_must_be_known_to_the_ledger,
        &keys_are_added_and_revoked,
        &organisations_come_by_proposal_and_vote,
        &tacs_are_allocated_and_corrected,
        &a_statement_is_sent_again_while_the_node_cannot_take_it,
        &a_statement_waits_for_a_node_that_restarts,
        &a_lost_answer_leaves_what_is_needed_to_find_out,
    };
    return suite_run("cli/sign", cases, sizeof cases / sizeof *cases);
}
