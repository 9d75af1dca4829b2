/* Key files as the openssl program writes and reads them. */
#include "proto/keyfile.h"

#include "tests/unit/proto/fixture.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FILE_SIZE = 8192, ARGUMENTS_MAX = 24 };

extern char **environ;

/* ---- the openssl program ---- */

/* Each case works in a directory of its own, made when it begins and removed when it ends. */
static char directory[] = "/tmp/imei-keyfile-XXXXXX";

static void enter_directory(void)
{
    ck_assert_ptr_nonnull(mkdtemp(directory));
    ck_assert_int_eq(chdir(directory), 0);
}

static void leave_directory(void)
{
    static const char *const names[] = {"key", "out", "pub"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        (void)unlink(names[i]);
    ck_assert_int_eq(rmdir(directory), 0);
}

/* Runs `openssl` with these words; they are split at blanks. True when it exits with 0. */
static bool openssl(const char *words)
{
    char copy[512];
    char *arguments[ARGUMENTS_MAX] = {NULL};
    size_t count = 0;
    char *rest = NULL;
    snprintf(copy, sizeof copy, "openssl %s", words);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        ck_assert_uint_lt(count, ARGUMENTS_MAX - 1);
        arguments[count++] = word;
    }
    posix_spawn_file_actions_t actions;
    pid_t child;
    int status;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    ck_assert_int_eq(posix_spawnp(&child, "openssl", &actions, NULL, arguments, environ), 0);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    posix_spawn_file_actions_destroy(&actions);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static struct bytes read_file(const char *name)
{
    static uint8_t content[FILE_SIZE];
    FILE *file = fopen(name, "rb");
    ck_assert_msg(file != NULL, "%s", name);
    size_t size = fread(content, 1, sizeof content, file);
    ck_assert_uint_lt(size, sizeof content);
    fclose(file);
    return bytes_of(content, size);
}

static void write_file(const char *name, struct bytes content)
{
    FILE *file = fopen(name, "wb");
    ck_assert_msg(file != NULL, "%s", name);
    ck_assert_uint_eq(fwrite(content.data, 1, content.size, file), content.size);
    ck_assert_int_eq(fclose(file), 0);
}

/* The public key of the file `key`, in openssl's opinion: the end of its compressed DER. */
static struct public_key stated_key(const char *words)
{
    char command[256];
    struct public_key key;
    snprintf(command, sizeof command,
             "ec -in key -pubout -conv_form compressed -outform DER -out pub %s", words);
    ck_assert_msg(openssl(command), "%s", command);
    struct bytes der = read_file("pub");
    ck_assert_uint_ge(der.size, PUBLIC_KEY_SIZE);
    memcpy(key.bytes, der.data + der.size - PUBLIC_KEY_SIZE, PUBLIC_KEY_SIZE);
    return key;
}

/* ---- passphrases ---- */

struct asked {
    const char *passphrase; /* NULL: none to be had */
    unsigned count;
};

static int answer(void *context, char *buffer, int capacity)
{
    struct asked *asked = context;
    asked->count++;
    if (!asked->passphrase)
        return -1;
    size_t size = strlen(asked->passphrase);
    ck_assert_int_le((int)size, capacity);
    memcpy(buffer, asked->passphrase, size);
    return (int)size;
}

/* Parses with that passphrase; what must hold after every parse is checked here. */
static enum err parse(struct bytes pem, const char *passphrase, struct secret_key *out)
{
    static const struct secret_key nothing;
    struct asked asked = {.passphrase = passphrase};
    memset(out, 9, sizeof *out);
    enum err err = keyfile_parse(pem, answer, &asked, out);
    ck_assert_uint_eq(ERR_peek_error(), 0);
    ck_assert_uint_le(asked.count, 1);
    if (err != ERR_OK)
        ck_assert_mem_eq(out->bytes, nothing.bytes, SECRET_KEY_SIZE);
    return err;
}

static void refuses(const char *pem, enum err expected)
{
    struct secret_key secret;
    enum err err = parse(bytes_of(pem, strlen(pem)), "secret", &secret);
    ck_assert_msg(err == expected, "%s, not %s: %s", err_name(err), err_name(expected), pem);
}

/* ---- reading ---- */

#define GENERATE "ecparam -name secp256k1 -genkey -out "
#define PASS_OUT " -passout pass:correct"
#define GENPKEY  "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 -out key"

static const struct {
    const char *first; /* makes `out`, or `key` when there is no second */
    const char *second;
    bool is_encrypted;
} ways[] = {
    {GENERATE "key", NULL, false},
    {GENERATE "key -noout", NULL, false},
    {GENERATE "key -param_enc explicit", NULL, false},
    {GENPKEY, NULL, false},
    {GENPKEY " -pkeyopt ec_param_enc:named_curve", NULL, false},
    {GENPKEY " -aes-256-cbc -pass pass:correct", NULL, true},
    {GENERATE "out", "ec -in out -out key", false},
    {GENERATE "out", "ec -in out -out key -conv_form compressed", false},
    {GENERATE "out", "ec -in out -out key -no_public", false},
    {GENERATE "out", "ec -in out -out key -aes256" PASS_OUT, true},
    {GENERATE "out", "ec -in out -out key -aes128" PASS_OUT, true},
    {GENERATE "out", "ec -in out -out key -des3" PASS_OUT, true},
    {GENERATE "out", "ec -in out -out key -camellia256" PASS_OUT, true},
    {GENERATE "out", "pkey -in out -out key", false},
    {GENERATE "out", "pkey -in out -out key -traditional", false},
    {GENERATE "out", "pkey -in out -out key -aes256" PASS_OUT, true},
    {GENERATE "out", "pkcs8 -topk8 -in out -out key -nocrypt", false},
    {GENERATE "out", "pkcs8 -topk8 -in out -out key" PASS_OUT, true},
    {GENERATE "out", "pkcs8 -topk8 -in out -out key -scrypt" PASS_OUT, true},
    {GENERATE "out", "pkcs8 -topk8 -in out -out key -v2 aes-128-cbc" PASS_OUT, true},
    {GENERATE "out", "pkcs8 -topk8 -in out -out key -v2 des3" PASS_OUT, true},
    {GENERATE "out", "pkcs8 -topk8 -in out -out key -v2prf hmacWithSHA512" PASS_OUT, true},
    {GENERATE "out", "pkcs8 -topk8 -in out -out key -v1 PBE-SHA1-3DES" PASS_OUT, true},
};

enum { WAYS = sizeof ways / sizeof ways[0] };

static struct bytes make_file(size_t way)
{
    ck_assert_msg(openssl(ways[way].first), "%s", ways[way].first);
    ck_assert_msg(!ways[way].second || openssl(ways[way].second), "%s", ways[way].second);
    return read_file("key");
}

START_TEST(reads_what_openssl_writes)
{
    enter_directory();
    for (size_t way = 0; way < WAYS; way++) {
        struct bytes pem = make_file(way);
        struct secret_key secret;
        struct public_key key;
        enum err err = parse(pem, "correct", &secret);
        ck_assert_msg(err == ERR_OK, "%s: %s, %s", err_name(err), ways[way].first,
                      ways[way].second ? ways[way].second : "");
        ck_assert_int_eq(public_key_of(&secret, &key), ERR_OK);
        struct public_key stated = stated_key(ways[way].is_encrypted ? "-passin pass:correct" : "");
        ck_assert_mem_eq(key.bytes, stated.bytes, PUBLIC_KEY_SIZE);
    }
    leave_directory();
}
END_TEST

START_TEST(asks_for_a_passphrase_when_it_needs_one)
{
    enter_directory();
    for (size_t way = 0; way < WAYS; way++) {
        struct bytes pem = make_file(way);
        struct asked asked = {.passphrase = "correct"};
        struct secret_key secret;
        ck_assert_int_eq(keyfile_parse(pem, answer, &asked, &secret), ERR_OK);
        ck_assert_uint_eq(asked.count, ways[way].is_encrypted);
        ck_assert_int_eq(keyfile_parse(pem, NULL, NULL, &secret),
                         ways[way].is_encrypted ? ERR_NO_PASSPHRASE : ERR_OK);
        ck_assert_int_eq(parse(pem, NULL, &secret),
                         ways[way].is_encrypted ? ERR_NO_PASSPHRASE : ERR_OK);
        ck_assert_int_eq(parse(pem, "wrong", &secret),
                         ways[way].is_encrypted ? ERR_BAD_PASSPHRASE : ERR_OK);
        ck_assert_int_eq(parse(pem, "", &secret),
                         ways[way].is_encrypted ? ERR_BAD_PASSPHRASE : ERR_OK);
    }
    leave_directory();
}
END_TEST

/* One wrong passphrase in 256 decrypts to a padding that looks right: what follows must be called
 * the same. */
START_TEST(calls_every_wrong_passphrase_wrong)
{
    static const char *const files[] = {
        "ec -in out -out key -aes256" PASS_OUT,
        "pkcs8 -topk8 -in out -out key -iter 1" PASS_OUT,
    };
    enter_directory();
    ck_assert(openssl(GENERATE "out"));
    for (size_t i = 0; i < 2; i++) {
        ck_assert(openssl(files[i]));
        struct bytes pem = read_file("key");
        for (unsigned round = 0; round < 2000; round++) {
            char passphrase[16];
            struct secret_key secret;
            snprintf(passphrase, sizeof passphrase, "wrong%u", round);
            enum err err = parse(pem, passphrase, &secret);
            ck_assert_msg(err == ERR_BAD_PASSPHRASE, "%s: %s", passphrase, err_name(err));
        }
    }
    leave_directory();
}
END_TEST

/* Answers with the context's number, whatever it is. */
static int answer_number(void *context, char *buffer, int capacity)
{
    memset(buffer, 'x', (size_t)capacity);
    return *(const int *)context;
}

START_TEST(takes_no_more_passphrase_than_there_is_room)
{
    static const char *const files[] = {"ec -in out -out key -aes256 -passout file:pub",
                                        "pkcs8 -topk8 -in out -out key -passout file:pub"};
    char longest[KEYFILE_PASSPHRASE_MAX];
    memset(longest, 'x', sizeof longest);
    enter_directory();
    for (size_t i = 0; i < 2; i++) {
        struct secret_key secret;
        int number;
        ck_assert(openssl(GENERATE "out"));
        /* openssl itself takes 1023 bytes at most. */
        write_file("pub", bytes_of(longest, KEYFILE_PASSPHRASE_MAX - 1));
        ck_assert(openssl(files[i]));
        struct bytes pem = read_file("key");
        number = KEYFILE_PASSPHRASE_MAX - 1;
        ck_assert_int_eq(keyfile_parse(pem, answer_number, &number, &secret), ERR_OK);
        number = KEYFILE_PASSPHRASE_MAX;
        ck_assert_int_eq(keyfile_parse(pem, answer_number, &number, &secret), ERR_BAD_PASSPHRASE);
        number = KEYFILE_PASSPHRASE_MAX + 1;
        ck_assert_int_eq(keyfile_parse(pem, answer_number, &number, &secret), ERR_NO_PASSPHRASE);
        number = INT32_MAX;
        ck_assert_int_eq(keyfile_parse(pem, answer_number, &number, &secret), ERR_NO_PASSPHRASE);
        ck_assert_uint_eq(ERR_peek_error(), 0);
    }
    leave_directory();
}
END_TEST

/* An error in OpenSSL's queue that somebody else left says nothing of this file. */
START_TEST(is_not_misled_by_the_errors_of_others)
{
    struct secret_key secret;
    enter_directory();
    ck_assert(openssl(GENERATE "out"));
    ck_assert(openssl("ec -in out -out key -aes256" PASS_OUT));
    struct bytes pem = read_file("key");
    ERR_raise(ERR_LIB_EVP, ERR_R_UNSUPPORTED);
    ck_assert_int_eq(parse(pem, "wrong", &secret), ERR_BAD_PASSPHRASE);
    ERR_raise(ERR_LIB_EVP, ERR_R_UNSUPPORTED);
    ck_assert_int_eq(parse(pem, "correct", &secret), ERR_OK);
    leave_directory();
}
END_TEST

START_TEST(finds_the_key_among_other_text)
{
    static char text[4 * FILE_SIZE];
    enter_directory();
    ck_assert(openssl("req -x509 -newkey rsa:2048 -nodes -subj /CN=x -keyout pub -out out"));
    struct bytes certificate = read_file("out");
    int size = snprintf(text, sizeof text, "Bag Attributes\r\n    friendlyName: x\r\n%.*s",
                        (int)certificate.size, (const char *)certificate.data);
    ck_assert(openssl(GENERATE "key"));
    struct bytes pem = read_file("key");
    struct secret_key expected;
    struct secret_key found;
    ck_assert_int_eq(parse(pem, NULL, &expected), ERR_OK);
    for (size_t i = 0; i < pem.size; i++) { /* with the line ends of another system */
        if (pem.data[i] == '\n')
            text[size++] = '\r';
        text[size++] = (char)pem.data[i];
    }
    ck_assert_int_eq(parse(bytes_of(text, (size_t)size), NULL, &found), ERR_OK);
    ck_assert_mem_eq(found.bytes, expected.bytes, SECRET_KEY_SIZE);
    ck_assert(openssl(GENERATE "key")); /* a second key does not count */
    pem = read_file("key");
    memcpy(text + size, pem.data, pem.size);
    ck_assert_int_eq(parse(bytes_of(text, (size_t)size + pem.size), NULL, &found), ERR_OK);
    ck_assert_mem_eq(found.bytes, expected.bytes, SECRET_KEY_SIZE);
    leave_directory();
}
END_TEST

/* ---- refusing ---- */

static void refuses_file(const char *first, const char *second, enum err expected)
{
    struct secret_key secret;
    ck_assert_msg(openssl(first), "%s", first);
    ck_assert_msg(!second || openssl(second), "%s", second);
    enum err err = parse(read_file("key"), "correct", &secret);
    ck_assert_msg(err == expected, "%s, not %s: %s", err_name(err), err_name(expected), first);
}

START_TEST(refuses_keys_of_another_kind)
{
#define P256 "ecparam -name prime256v1 -genkey -out "
    enter_directory();
    refuses_file(P256 "key", NULL, ERR_BAD_KEY);
    refuses_file(P256 "out", "pkcs8 -topk8 -nocrypt -in out -out key", ERR_BAD_KEY);
    refuses_file(P256 "out", "pkcs8 -topk8 -in out -out key" PASS_OUT, ERR_BAD_KEY);
    refuses_file(P256 "out", "ec -in out -aes256 -out key" PASS_OUT, ERR_BAD_KEY);
    refuses_file("ecparam -name secp384r1 -genkey -out key", NULL, ERR_BAD_KEY);
    refuses_file("genpkey -algorithm RSA -out key", NULL, ERR_BAD_KEY);
    refuses_file("genpkey -algorithm ED25519 -out key", NULL, ERR_BAD_KEY);
    refuses_file("genpkey -algorithm X25519 -out key", NULL, ERR_BAD_KEY);
    refuses_file("genrsa -traditional -out key", NULL, ERR_BAD_KEY_FILE);
#undef P256
    leave_directory();
}
END_TEST

START_TEST(refuses_files_without_a_private_key)
{
    enter_directory();
    refuses_file(GENERATE "out", "ec -in out -pubout -out key", ERR_WRONG_KEY_KIND);
    refuses_file("ecparam -name secp256k1 -out key", NULL, ERR_BAD_KEY_FILE);
    refuses_file(GENERATE "out", "ec -in out -outform DER -out key", ERR_BAD_KEY_FILE);
    refuses_file("req -x509 -newkey rsa:2048 -nodes -subj /CN=x -keyout out -out key", NULL,
                 ERR_BAD_KEY_FILE);
    /* A cipher that libcrypto has put aside. */
    refuses_file(GENERATE "out",
                 "ec -in out -out key -des -provider legacy -provider default" PASS_OUT,
                 ERR_BAD_KEY_FILE);
    refuses_file(GENERATE "out",
                 "pkcs8 -topk8 -in out -out key -v1 PBE-MD5-DES -provider legacy "
                 "-provider default" PASS_OUT,
                 ERR_BAD_KEY_FILE);
    leave_directory();
}
END_TEST

START_TEST(refuses_what_is_no_key_file)
{
    static char large[KEYFILE_SIZE_MAX + 1];
    struct secret_key secret;
    memset(large, '\n', sizeof large);
    refuses("", ERR_TRUNCATED);
    refuses("\n", ERR_BAD_KEY_FILE);
    refuses("garbage", ERR_BAD_KEY_FILE);
    refuses("-----BEGIN EC PRIVATE KEY-----\n", ERR_BAD_KEY_FILE);
    refuses("-----BEGIN EC PRIVATE KEY-----\n-----END EC PRIVATE KEY-----\n", ERR_BAD_KEY_FILE);
    refuses("-----BEGIN EC PRIVATE KEY-----\nMHQ=\n-----END EC PRIVATE KEY-----\n",
            ERR_BAD_KEY_FILE);
    refuses("-----BEGIN PRIVATE KEY-----\nMHQ=\n-----END PRIVATE KEY-----\n", ERR_BAD_KEY_FILE);
    refuses("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMHQ=\n-----END ENCRYPTED PRIVATE KEY-----\n",
            ERR_BAD_KEY_FILE);
    refuses("-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: ROT-13,00\n\n"
            "MHQ=\n-----END EC PRIVATE KEY-----\n",
            ERR_BAD_KEY_FILE);
    refuses("-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMHQ=\n"
            "-----END EC PRIVATE KEY-----\n",
            ERR_BAD_KEY_FILE);
    refuses("-----BEGIN PUBLIC KEY-----\nMHQ=\n-----END PUBLIC KEY-----\n", ERR_WRONG_KEY_KIND);
    ck_assert_int_eq(parse(bytes_of(large, KEYFILE_SIZE_MAX), NULL, &secret), ERR_BAD_KEY_FILE);
    ck_assert_int_eq(parse(bytes_of(large, sizeof large), NULL, &secret), ERR_TOO_LARGE);
}
END_TEST

/* Truncated anywhere and with any bit flipped, a file is refused or still the same key. Encrypted
 * ones are not among them: a wrong byte in them is a wrong passphrase, and the rest is chance. */
START_TEST(refuses_damage_or_reads_the_same_key)
{
    static const size_t plain[] = {0, 3};
    enter_directory();
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        uint8_t copy[FILE_SIZE];
        struct secret_key expected;
        struct secret_key found;
        struct bytes pem = make_file(plain[i]);
        ck_assert_int_eq(parse(pem, NULL, &expected), ERR_OK);
        memcpy(copy, pem.data, pem.size);
        for (size_t size = 0; size < pem.size; size++) {
            if (parse(bytes_of(copy, size), NULL, &found) == ERR_OK)
                ck_assert_mem_eq(found.bytes, expected.bytes, SECRET_KEY_SIZE);
        }
        for (size_t bit = 0; bit < 8 * pem.size; bit++) {
            copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
            if (parse(bytes_of(copy, pem.size), NULL, &found) == ERR_OK)
                ck_assert_mem_eq(found.bytes, expected.bytes, SECRET_KEY_SIZE);
            copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
    leave_directory();
}
END_TEST

/* ---- public keys ---- */

static enum err parse_public(struct bytes pem, struct public_key *out)
{
    memset(out, 9, sizeof *out);
    enum err err = keyfile_parse_public(pem, out);
    ck_assert_uint_eq(ERR_peek_error(), 0);
    if (err != ERR_OK)
        ck_assert_uint_eq(out->bytes[0], 0);
    return err;
}

START_TEST(reads_public_keys_that_openssl_writes)
{
    static const char *const forms[] = {"compressed", "uncompressed", "hybrid"};
    enter_directory();
    for (unsigned round = 0; round < 6; round++) { /* of even and odd keys */
        ck_assert(openssl(GENERATE "key"));
        struct public_key expected = stated_key("");
        for (size_t i = 0; i < 3; i++) {
            char command[128];
            struct public_key found;
            snprintf(command, sizeof command, "ec -in key -pubout -out out -conv_form %s",
                     forms[i]);
            ck_assert(openssl(command));
            ck_assert_int_eq(parse_public(read_file("out"), &found), ERR_OK);
            ck_assert_mem_eq(found.bytes, expected.bytes, PUBLIC_KEY_SIZE);
        }
    }
    leave_directory();
}
END_TEST

START_TEST(refuses_public_keys_of_another_kind)
{
    static const struct {
        const char *first, *second;
        enum err err;
    } files[] = {
        {GENERATE "key", NULL, ERR_WRONG_KEY_KIND},
        {GENERATE "out", "pkcs8 -topk8 -in out -out key" PASS_OUT, ERR_WRONG_KEY_KIND},
        {"ecparam -name secp384r1 -genkey -out out", "ec -in out -pubout -out key", ERR_BAD_KEY},
        {"genpkey -algorithm ED25519 -out out", "pkey -in out -pubout -out key", ERR_BAD_KEY},
        {"ecparam -name secp256k1 -out key", NULL, ERR_BAD_KEY_FILE},
    };
    struct public_key found;
    enter_directory();
    for (unsigned round = 0; round < 10; round++) { /* half of these are an x of secp256k1, too */
        ck_assert(openssl("ecparam -name prime256v1 -genkey -out out"));
        ck_assert(openssl("ec -in out -pubout -out key"));
        ck_assert_int_eq(parse_public(read_file("key"), &found), ERR_BAD_KEY);
    }
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        ck_assert(openssl(files[i].first));
        ck_assert(!files[i].second || openssl(files[i].second));
        ck_assert_int_eq(parse_public(read_file("key"), &found), files[i].err);
    }
    static const char bad[] = "-----BEGIN PUBLIC KEY-----\nMHQ=\n-----END PUBLIC KEY-----\n";
    ck_assert_int_eq(parse_public(bytes_of(bad, sizeof bad - 1), &found), ERR_BAD_KEY);
    ck_assert_int_eq(parse_public(bytes_of("", 0), &found), ERR_TRUNCATED);
    ck_assert_int_eq(parse_public(bytes_of("x", 1), &found), ERR_BAD_KEY_FILE);
    ck_assert_int_eq(parse_public(bytes_of(bad, KEYFILE_SIZE_MAX + 1), &found), ERR_TOO_LARGE);
    leave_directory();
}
END_TEST

/* ---- writing ---- */

START_TEST(writes_files_that_openssl_reads)
{
    static const struct {
        const char *passphrase;
        const char *words;
        const char *begin;
    } kinds[] = {
        {NULL, "", "-----BEGIN PRIVATE KEY-----\n"},
        {"correct", "-passin pass:correct", "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"},
    };
    enter_directory();
    for (size_t i = 0; i < 2; i++) {
        char pem[2048];
        size_t size;
        struct secret_key secret;
        struct secret_key again;
        struct public_key key;
        ck_assert_int_eq(keyfile_generate(&secret), ERR_OK);
        ck_assert_int_eq(public_key_of(&secret, &key), ERR_OK);
        ck_assert_int_eq(keyfile_format(&secret, kinds[i].passphrase, pem, sizeof pem, &size),
                         ERR_OK);
        ck_assert_uint_eq(ERR_peek_error(), 0);
        ck_assert_uint_eq(size, strlen(pem));
        ck_assert_mem_eq(pem, kinds[i].begin, strlen(kinds[i].begin));
        write_file("key", bytes_of(pem, size));
        struct public_key stated = stated_key(kinds[i].words);
        ck_assert_mem_eq(stated.bytes, key.bytes, PUBLIC_KEY_SIZE);
        ck_assert_int_eq(parse(bytes_of(pem, size), kinds[i].passphrase, &again), ERR_OK);
        ck_assert_mem_eq(again.bytes, secret.bytes, SECRET_KEY_SIZE);
        ck_assert_int_eq(parse(bytes_of(pem, size), "wrong", &again),
                         kinds[i].passphrase ? ERR_BAD_PASSPHRASE : ERR_OK);
    }
    leave_directory();
}
END_TEST

START_TEST(writes_the_same_file_as_openssl)
{
    enter_directory();
    ck_assert(openssl(GENERATE "out"));
    ck_assert(openssl("pkcs8 -topk8 -nocrypt -in out -out key"));
    char pem[1024];
    size_t size;
    struct secret_key secret;
    struct public_key key;
    ck_assert_int_eq(parse(read_file("key"), NULL, &secret), ERR_OK);
    ck_assert_int_eq(keyfile_format(&secret, NULL, pem, sizeof pem, &size), ERR_OK);
    assert_bytes(bytes_of(pem, size), read_file("key"));
    ck_assert(openssl("ec -in out -pubout -out pub"));
    ck_assert_int_eq(public_key_of(&secret, &key), ERR_OK);
    ck_assert_int_eq(keyfile_format_public(&key, pem, sizeof pem, &size), ERR_OK);
    assert_bytes(bytes_of(pem, size), read_file("pub"));
    leave_directory();
}
END_TEST

START_TEST(writes_nothing_past_the_capacity)
{
    char pem[1024];
    size_t size;
    size_t public_size;
    struct secret_key secret = {{1}};
    struct public_key key;
    ck_assert_int_eq(public_key_of(&secret, &key), ERR_OK);
    ck_assert_int_eq(keyfile_format(&secret, NULL, pem, sizeof pem, &size), ERR_OK);
    ck_assert_int_eq(keyfile_format_public(&key, pem, sizeof pem, &public_size), ERR_OK);
    for (size_t capacity = 0; capacity <= size + 2; capacity++) {
        size_t found;
        memset(pem, 0x7e, sizeof pem);
        ck_assert_int_eq(keyfile_format(&secret, NULL, pem, capacity, &found),
                         capacity > size ? ERR_OK : ERR_TOO_LARGE);
        ck_assert_int_eq(pem[capacity], 0x7e);
        memset(pem, 0x7e, sizeof pem);
        ck_assert_int_eq(keyfile_format_public(&key, pem, capacity, &found),
                         capacity > public_size ? ERR_OK : ERR_TOO_LARGE);
        ck_assert_int_eq(pem[capacity], 0x7e);
    }
}
END_TEST

START_TEST(writes_no_key_that_is_none)
{
    char pem[1024];
    size_t size;
    struct secret_key zero = {0};
    struct public_key none = {0};
    ck_assert_int_eq(keyfile_format(&zero, NULL, pem, sizeof pem, &size), ERR_BAD_KEY);
    ck_assert_int_eq(keyfile_format_public(&none, pem, sizeof pem, &size), ERR_BAD_KEY);
}
END_TEST

START_TEST(generates_another_key_each_time)
{
    enum { KEYS = 50 };
    struct secret_key secrets[KEYS];
    for (size_t i = 0; i < KEYS; i++) {
        struct public_key key;
        ck_assert_int_eq(keyfile_generate(&secrets[i]), ERR_OK);
        ck_assert_int_eq(public_key_of(&secrets[i], &key), ERR_OK);
        for (size_t j = 0; j < i; j++)
            ck_assert_mem_ne(secrets[i].bytes, secrets[j].bytes, SECRET_KEY_SIZE);
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &reads_what_openssl_writes,
        &asks_for_a_passphrase_when_it_needs_one,
        &calls_every_wrong_passphrase_wrong,
        &takes_no_more_passphrase_than_there_is_room,
        &is_not_misled_by_the_errors_of_others,
        &finds_the_key_among_other_text,
        &refuses_keys_of_another_kind,
        &refuses_files_without_a_private_key,
        &refuses_what_is_no_key_file,
        &refuses_damage_or_reads_the_same_key,
        &reads_public_keys_that_openssl_writes,
        &refuses_public_keys_of_another_kind,
        &writes_files_that_openssl_reads,
        &writes_the_same_file_as_openssl,
        &writes_nothing_past_the_capacity,
        &writes_no_key_that_is_none,
        &generates_another_key_each_time,
    };
    return suite_run("keyfile", cases, sizeof cases / sizeof cases[0]);
}
