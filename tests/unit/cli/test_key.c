/*
 * Key files: made once, for their owner alone, opened with a passphrase that is asked for without
 * echo; and the genesis file that public halves go into.
 */
#include "tests/unit/cli/node.h"

#include "proto/hex.h"
#include "proto/keyfile.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>

static struct scratch scratch;

static unsigned mode_of(const char *path)
{
    struct stat status;
    ck_assert_int_eq(stat(path, &status), 0);
    return status.st_mode & 0777;
}

static struct secret_key secret_in(const char *path)
{
    size_t size;
    struct secret_key secret;
    char *pem = get_file(path, &size);
    ck_assert_int_eq(keyfile_parse(bytes_of(pem, size), NULL, NULL, &secret), ERR_OK);
    free(pem);
    return secret;
}

START_TEST(a_new_key_is_for_its_owner_alone_and_is_what_was_shown)
{
    scratch = scratch_begin();
    umask(0);
    const char *path = at(&scratch, "key.pem");
    struct run run = run_tool("key", "new", path, NULL);
    ck_assert_int_eq(run.code, EXIT_DONE);
    ck_assert_uint_eq(mode_of(path), 0600);
    struct secret_key secret = secret_in(path);
    struct public_key public;
    ck_assert_int_eq(public_key_of(&secret, &public), ERR_OK);
    struct key_id id = key_id_of(&public);
    char hex[2 * PUBLIC_KEY_SIZE + 1];
    hex_encode(public.bytes, PUBLIC_KEY_SIZE, hex);
    ck_assert_ptr_nonnull(strstr(run.out, hex));
    hex_encode(id.bytes, KEY_ID_SIZE, hex);
    ck_assert_ptr_nonnull(strstr(run.out, hex));
    struct public_key again;
    ck_assert_int_eq(keyfile_parse_public(bytes_of(run.out, strlen(run.out)), &again), ERR_OK);
    ck_assert_mem_eq(&again, &public, sizeof public);
    run_end(&run);
    scratch_end(&scratch);
}
END_TEST

START_TEST(a_file_that_is_there_is_never_overwritten)
{
    scratch = scratch_begin();
    const char *path = at(&scratch, "key.pem");
    put_text(path, "precious");
    ended(run_tool("key", "new", path, NULL), EXIT_USAGE, "is not overwritten");
    size_t size;
    char *text = get_file(path, &size);
    ck_assert_str_eq(text, "precious");
    free(text);
    /* Nor what a link points to. */
    ck_assert_int_eq(symlink(path, at(&scratch, "link.pem")), 0);
    ended(run_tool("key", "new", at(&scratch, "link.pem"), NULL), EXIT_USAGE, "is not overwritten");
    ended(run_tool("key", "new", at(&scratch, "no/where.pem"), NULL), EXIT_USAGE,
          "that you may write to");
    scratch_end(&scratch);
}
END_TEST

START_TEST(a_passphrase_file_seals_and_opens)
{
    scratch = scratch_begin();
    const char *path = at(&scratch, "key.pem");
    put_text(at(&scratch, "pass"), "correct horse\r\nsecond line\n");
    put_text(at(&scratch, "other"), "wrong\n");
    put_text(at(&scratch, "empty"), "\n");
    char longer[KEYFILE_PASSPHRASE_MAX + 3];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    put_text(at(&scratch, "long"), longer);
    ended(run_tool("key", "new", path, "--passphrase-file", at(&scratch, "pass"), NULL), EXIT_USAGE,
          "Give --encrypt too");
    ended(
        run_tool("key", "new", path, "--encrypt", "--passphrase-file", at(&scratch, "empty"), NULL),
        EXIT_USAGE, "no passphrase was given");
    ended(
        run_tool("key", "new", path, "--encrypt", "--passphrase-file", at(&scratch, "long"), NULL),
        EXIT_USAGE, "no passphrase was given");
    ended(run_tool("key", "new", path, "--encrypt", "--passphrase-file", at(&scratch, "nowhere"),
                   NULL),
          EXIT_USAGE, "no passphrase was given");
    ck_assert_int_ne(access(path, F_OK), 0);
    ended(
        run_tool("key", "new", path, "--encrypt", "--passphrase-file", at(&scratch, "pass"), NULL),
        EXIT_DONE, "");
    size_t size;
    char *pem = get_file(path, &size);
    ck_assert_ptr_nonnull(strstr(pem, "BEGIN ENCRYPTED PRIVATE KEY"));
    free(pem);
    answered(run_tool("key", "show", path, "--passphrase-file", at(&scratch, "pass"), NULL),
             EXIT_DONE, "BEGIN PUBLIC KEY");
    ended(run_tool("key", "show", path, "--passphrase-file", at(&scratch, "other"), NULL),
          EXIT_USAGE, "Compare the passphrase");
    ended(run_tool("key", "show", path, "--passphrase-file", at(&scratch, "nowhere"), NULL),
          EXIT_USAGE, "cannot be used");
    scratch_end(&scratch);
}
END_TEST

/* Runs the tool with a terminal of its own, on which these lines are typed, each after a prompt.
 * What it showed in `shown`; its exit status. */
static int on_terminal(char **words, int count, const char *const *lines, char shown[4096])
{
    int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    ck_assert_int_ge(terminal, 0);
    ck_assert(grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        setsid();
        int side = open(ptsname(terminal), O_RDWR);
        ioctl(side, TIOCSCTTY, 0);
        close(terminal);
        struct run run = run_words(count, words);
        /* What it printed, for the test to see. */
        dprintf(side, "%s%s", run.out, run.err);
        tcdrain(side);
        _exit(run.code);
    }
    size_t used = 0;
    size_t line = 0;
    size_t from = 0; /* a prompt is looked for behind this */
    while (used < 4095) {
        ssize_t got = read(terminal, shown + used, 4095 - used);
        if (got <= 0)
            break;
        used += (size_t)got;
        shown[used] = '\0';
        if (lines[line] != NULL && strstr(shown + from, ": ") != NULL) {
            from = used;
            ck_assert_int_gt(dprintf(terminal, "%s", lines[line++]), 0);
        }
    }
    shown[used] = '\0';
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    close(terminal);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int key_on_terminal(const char *verb, const char *option, const char *const *lines,
                           char shown[4096])
{
    char path[PATH_MAX];
    char imei[] = "imei", key[] = "key", verb_copy[16], option_copy[16];
    snprintf(path, sizeof path, "%s", at(&scratch, "key.pem"));
    snprintf(verb_copy, sizeof verb_copy, "%s", verb);
    snprintf(option_copy, sizeof option_copy, "%s", option != NULL ? option : "");
    char *words[] = {imei, key, verb_copy, path, option != NULL ? option_copy : NULL, NULL};
    return on_terminal(words, option != NULL ? 5 : 4, lines, shown);
}

START_TEST(the_terminal_is_asked_without_echo)
{
    scratch = scratch_begin();
    char shown[4096];
    static const char *const twice[] = {"hidden words\n", "hidden words\n", NULL};
    static const char *const once[] = {"hidden words\n", NULL};
    ck_assert_int_eq(key_on_terminal("new", "--encrypt", twice, shown), EXIT_DONE);
    ck_assert_ptr_null(strstr(shown, "hidden"));
    ck_assert_ptr_nonnull(strstr(shown, "The same again: "));
    ck_assert_ptr_nonnull(strstr(shown, "BEGIN PUBLIC KEY"));
    ck_assert_int_eq(key_on_terminal("show", NULL, once, shown), EXIT_DONE);
    ck_assert_ptr_null(strstr(shown, "hidden"));
    ck_assert_ptr_nonnull(strstr(shown, "BEGIN PUBLIC KEY"));
    scratch_end(&scratch);
}
END_TEST

START_TEST(passphrases_that_differ_and_ctrl_c_make_no_key)
{
    scratch = scratch_begin();
    char shown[4096];
    static const char *const differ[] = {"one\n", "two\n", NULL};
    static const char *const broken_off[] = {"on\x03", NULL};
    static const char *const wrong[] = {"wrong\n", NULL};
    static const char *const right[] = {"one\n", "one\n", NULL};
    ck_assert_int_eq(key_on_terminal("new", "--encrypt", differ, shown), EXIT_USAGE);
    ck_assert_ptr_nonnull(strstr(shown, "the two passphrases differ"));
    ck_assert_int_eq(key_on_terminal("new", "--encrypt", broken_off, shown), EXIT_USAGE);
    ck_assert_int_ne(access(at(&scratch, "key.pem"), F_OK), 0);
    ck_assert_int_eq(key_on_terminal("new", "--encrypt", right, shown), EXIT_DONE);
    ck_assert_int_eq(key_on_terminal("show", NULL, wrong, shown), EXIT_USAGE);
    ck_assert_ptr_nonnull(strstr(shown, "Compare the passphrase"));
    scratch_end(&scratch);
}
END_TEST

START_TEST(a_key_that_others_may_read_is_told)
{
    scratch = scratch_begin();
    network_make(&scratch);
    ck_assert_int_eq(chmod(at(&scratch, "operator.pem"), 0644), 0);
    ended(run_tool("block", "35693803564380", "--key", at(&scratch, "operator.pem"), "--genesis",
                   at(&scratch, "genesis"), "--out", at(&scratch, "a.tx"), NULL),
          EXIT_DONE, "chmod 600 ");
    scratch_end(&scratch);
}
END_TEST

START_TEST(openssl_reads_what_was_made_and_makes_what_is_read)
{
    scratch = scratch_begin();
    ended(run_tool("key", "new", at(&scratch, "ours.pem"), NULL), EXIT_DONE, "");
    pid_t child = fork();
    if (child == 0) {
        ck_assert_int_eq(chdir(scratch.path), 0);
        int null = open("/dev/null", O_RDWR);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        execlp("sh", "sh", "-c",
               "openssl pkey -in ours.pem -check -noout && openssl ecparam -name secp256k1 -genkey "
               "-out theirs.pem && openssl pkey -in theirs.pem -pubout -out theirs.pub",
               (char *)NULL);
        _exit(127);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    struct run private = run_tool("key", "show", at(&scratch, "theirs.pem"), NULL);
    struct run public = run_tool("key", "show", at(&scratch, "theirs.pub"), NULL);
    ck_assert_int_eq(private.code, EXIT_DONE);
    ck_assert_int_eq(public.code, EXIT_DONE);
    ck_assert_str_eq(strstr(private.out, "Key id"), strstr(public.out, "Key id"));
    run_end(&private);
    run_end(&public);
    scratch_end(&scratch);
}
END_TEST

START_TEST(other_files_are_no_keys)
{
    scratch = scratch_begin();
    put_text(at(&scratch, "junk"), "junk");
    put_text(at(&scratch, "ca.pem"), certificate_pem);
    ended(run_tool("key", "show", at(&scratch, "junk"), NULL), EXIT_USAGE, "not a key file");
    ended(run_tool("key", "show", at(&scratch, "ca.pem"), NULL), EXIT_USAGE, "ca.pem: ");
    ended(run_tool("key", "show", at(&scratch, "nowhere"), NULL), EXIT_USAGE, "is not there");
    ended(run_tool("key", "show", scratch.path, NULL), EXIT_USAGE, "cannot be read");
    char *large = calloc(1, KEYFILE_SIZE_MAX + 2);
    ck_assert_ptr_nonnull(large);
    put_bytes(at(&scratch, "large"), large, KEYFILE_SIZE_MAX + 1);
    ended(run_tool("key", "show", at(&scratch, "large"), NULL), EXIT_USAGE, "larger than");
    free(large);
    scratch_end(&scratch);
}
END_TEST

START_TEST(a_genesis_file_is_made_once_and_shown)
{
    scratch = scratch_begin();
    network_make(&scratch);
    size_t size;
    char *bytes = get_file(at(&scratch, "genesis"), &size);
    struct hash network = hash_of(bytes_of(bytes, size));
    char hex[2 * HASH_SIZE + 1];
    hex_encode(network.bytes, HASH_SIZE, hex);
    answered(run_tool("genesis", "show", at(&scratch, "genesis"), NULL), EXIT_DONE, hex);
    answered(run_tool("genesis", "show", at(&scratch, "genesis"), "--json", NULL), EXIT_DONE, hex);
    ended(run_tool("genesis", "new", at(&scratch, "network.yaml"), "--out", at(&scratch, "genesis"),
                   NULL),
          EXIT_USAGE, "is not overwritten");
    ended(run_tool("genesis", "new", at(&scratch, "network.yaml"), NULL), EXIT_USAGE, "Give --out");
    /* The same document with a time in it is the same file. */
    ended(run_tool("genesis", "new", at(&scratch, "network.yaml"), "--out", at(&scratch, "again"),
                   NULL),
          EXIT_DONE, "");
    char *again = get_file(at(&scratch, "again"), &size);
    ck_assert_mem_eq(bytes, again, size);
    free(again);
    free(bytes);
    scratch_end(&scratch);
}
END_TEST

START_TEST(a_network_does_not_begin_in_the_future)
{
    scratch = scratch_begin();
    network_make(&scratch);
    size_t size;
    char *text = get_file(at(&scratch, "network.yaml"), &size);
    char *time = strstr(text, "\ntime: 20");
    ck_assert_ptr_nonnull(time);
    memcpy(time, "\ntime: 29", strlen("\ntime: 29"));
    put_bytes(at(&scratch, "later.yaml"), text, size);
    free(text);
    ended(run_tool("genesis", "new", at(&scratch, "later.yaml"), "--out", at(&scratch, "later"),
                   NULL),
          EXIT_USAGE, "would begin in the future");
    ck_assert_int_ne(access(at(&scratch, "later"), F_OK), 0);
    scratch_end(&scratch);
}
END_TEST

START_TEST(errors_of_the_network_file_name_file_and_line)
{
    scratch = scratch_begin();
    put_text(at(&scratch, "network.yaml"), "name: example\nnonsense: 1\n");
    struct run run = run_tool("genesis", "new", at(&scratch, "network.yaml"), "--out",
                              at(&scratch, "genesis"), NULL);
    char place[PATH_MAX + 8];
    snprintf(place, sizeof place, "%s:2: unknown key 'nonsense'", at(&scratch, "network.yaml"));
    ended(run, EXIT_USAGE, place);
    ck_assert_int_ne(access(at(&scratch, "genesis"), F_OK), 0);
    put_text(at(&scratch, "empty.yaml"), "");
    ended(run_tool("genesis", "new", at(&scratch, "empty.yaml"), "--out", at(&scratch, "genesis"),
                   NULL),
          EXIT_USAGE, "empty.yaml: ");
    ended(run_tool("genesis", "new", at(&scratch, "nowhere"), "--out", "x", NULL), EXIT_USAGE,
          "is not there");
    put_text(at(&scratch, "junk"), "junk");
    ended(run_tool("genesis", "show", at(&scratch, "junk"), NULL), EXIT_USAGE,
          "Name the file that imei genesis new wrote");
    scratch_end(&scratch);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_new_key_is_for_its_owner_alone_and_is_what_was_shown,
        &a_file_that_is_there_is_never_overwritten,
        &a_passphrase_file_seals_and_opens,
        &the_terminal_is_asked_without_echo,
        &passphrases_that_differ_and_ctrl_c_make_no_key,
        &a_key_that_others_may_read_is_told,
        &openssl_reads_what_was_made_and_makes_what_is_read,
        &other_files_are_no_keys,
        &a_genesis_file_is_made_once_and_shown,
        &a_network_does_not_begin_in_the_future,
        &errors_of_the_network_file_name_file_and_line,
    };
    return suite_run("cli/key", cases, sizeof cases / sizeof *cases);
}
