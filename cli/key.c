#include "cli/key.h"

#include "cli/file.h"
#include "cli/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct source {
    struct tool *tool;
    const char *path;
};

/* The first line of --passphrase-file. -1 when it cannot be read, or is longer than a passphrase.
 */
static int passphrase_from_file(const char *path, char *buffer, int capacity)
{
    uint8_t *data;
    size_t size;
    if (file_load(path, KEYFILE_PASSPHRASE_MAX + 2, &data, &size) != ERR_OK)
        return -1;
    size_t length = strcspn((const char *)data, "\r\n");
    bool fits = length <= (size_t)capacity;
    if (fits)
        memcpy(buffer, data, length);
    explicit_bzero(data, size);
    free(data);
    return fits ? (int)length : -1;
}

static int passphrase(void *context, char *buffer, int capacity)
{
    const struct source *source = context;
    const char *path = tool_value(source->tool, OPTION_PASSPHRASE_FILE);
    if (path != NULL)
        return passphrase_from_file(path, buffer, capacity);
    char prompt[512];
    snprintf(prompt, sizeof prompt, "Passphrase of %s: ", source->path);
    return terminal_ask_secret(prompt, buffer, capacity);
}

static enum exit_code key_refused(struct tool *tool, const char *path, enum err err)
{
    if (err == ERR_NO_PASSPHRASE && tool_has(tool, OPTION_PASSPHRASE_FILE))
        return tool_misused(tool, "Its first line is the passphrase.",
                            "the passphrase file %s cannot be used",
                            tool_value(tool, OPTION_PASSPHRASE_FILE));
    const char *remedy = err == ERR_NO_PASSPHRASE    ? "Name its file with --passphrase-file."
                         : err == ERR_WRONG_KEY_KIND ? "Name the private key's file."
                         : err == ERR_BAD_KEY        ? "Make a secp256k1 key with imei key new."
                         : err == ERR_BAD_PASSPHRASE
                             ? "Compare the passphrase."
                             : "Name a PEM file of imei key new or openssl.";
    return tool_misused(tool, remedy, "%s: %s", path, err_sentence(err));
}

static void warn_of_others(struct tool *tool, const char *path)
{
    struct stat status;
    if (stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
        (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        fprintf(tool->err, "imei: others may read the key %s\n      chmod 600 %s\n", path, path);
}

/* A key's file in memory: pem_take(), then pem_end() with what became of it. */
struct pem {
    struct source source; /* for passphrase() */
    uint8_t *data;
    size_t size;
};

static enum exit_code pem_take(struct tool *tool, const char *path, struct pem *out)
{
    *out = (struct pem){.source = {.tool = tool, .path = path}};
    return file_take(tool, "the key", path, KEYFILE_SIZE_MAX, &out->data, &out->size);
}

static enum exit_code pem_end(struct pem *pem, enum err err)
{
    explicit_bzero(pem->data, pem->size);
    free(pem->data);
    return err == ERR_OK ? EXIT_DONE : key_refused(pem->source.tool, pem->source.path, err);
}

enum exit_code key_open(struct tool *tool, const char *path, struct secret_key *out)
{
    struct pem pem;
    enum exit_code code = pem_take(tool, path, &pem);
    if (code != EXIT_DONE)
        return code;
    code = pem_end(&pem, keyfile_parse(bytes_of(pem.data, pem.size), passphrase, &pem.source, out));
    if (code == EXIT_DONE)
        warn_of_others(tool, path);
    return code;
}

static enum err public_half(struct bytes pem, keyfile_passphrase *ask, void *context,
                            struct public_key *out)
{
    enum err err = keyfile_parse_public(pem, out);
    if (err != ERR_WRONG_KEY_KIND)
        return err;
    struct secret_key secret;
    err = keyfile_parse(pem, ask, context, &secret);
    if (err == ERR_OK)
        err = public_key_of(&secret, out);
    secret_key_wipe(&secret);
    return err;
}

enum err key_public_of(struct bytes pem, struct public_key *out)
{
    return public_half(pem, NULL, NULL, out);
}

enum exit_code key_open_public(struct tool *tool, const char *path, struct public_key *out)
{
    struct pem pem;
    enum exit_code code = pem_take(tool, path, &pem);
    if (code != EXIT_DONE)
        return code;
    return pem_end(&pem, public_half(bytes_of(pem.data, pem.size), passphrase, &pem.source, out));
}

enum exit_code key_new_passphrase(struct tool *tool, char text[KEYFILE_PASSPHRASE_MAX + 1])
{
    const char *path = tool_value(tool, OPTION_PASSPHRASE_FILE);
    int size = path != NULL ? passphrase_from_file(path, text, KEYFILE_PASSPHRASE_MAX)
                            : terminal_ask_secret("Passphrase: ", text, KEYFILE_PASSPHRASE_MAX);
    if (size <= 0)
        return tool_misused(tool, "Write it in the first line of a file, --passphrase-file.",
                            "no passphrase was given");
    text[size] = '\0';
    if (path != NULL)
        return EXIT_DONE;
    char again[KEYFILE_PASSPHRASE_MAX + 1];
    int again_size = terminal_ask_secret("The same again: ", again, KEYFILE_PASSPHRASE_MAX);
    bool is_same = again_size == size && memcmp(text, again, (size_t)size) == 0;
    explicit_bzero(again, sizeof again);
    return is_same
               ? EXIT_DONE
               : tool_misused(tool, "Run the same command again.", "the two passphrases differ");
}
