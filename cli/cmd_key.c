#include "cli/command.h"
#include "cli/deliver.h"
#include "cli/file.h"
#include "cli/key.h"
#include "cli/show.h"
#include "proto/hex.h"
#include "json/answer.h"

#include <string.h>

enum { PUBLIC_PEM_SIZE_MAX = 512 };

static const struct field fields[] = {
    {"File", "file", SHOW_PLAIN},
    {"Key id", "id", SHOW_PLAIN},
    {"Public key", "public_key", SHOW_PLAIN},
};

/* The text form ends with the PEM block, so that the whole is a public key file: readers of PEM
 * pass over what stands before it. */
static enum exit_code show(struct tool *tool, const char *path, const struct public_key *key)
{
    char pem[PUBLIC_PEM_SIZE_MAX];
    size_t size;
    enum err err = keyfile_format_public(key, pem, sizeof pem, &size);
    if (err != ERR_OK)
        return tool_failed(tool, err, "%s", path);
    struct key_id id = key_id_of(key);
    json_t *value = json_pack("{s:o, s:o, s:o, s:s}", "file", answer_text(path), "id",
                              answer_hex(id.bytes, KEY_ID_SIZE), "public_key",
                              answer_hex(key->bytes, PUBLIC_KEY_SIZE), "pem", pem);
    enum exit_code code = EXIT_DONE;
    if (tool_has(tool, OPTION_JSON)) {
        code = show_json(tool, value);
    } else {
        show_record(tool, fields, sizeof fields / sizeof fields[0], value);
        fputs(pem, tool->out);
    }
    json_decref(value);
    return code;
}

static enum exit_code write_key(struct tool *tool, const char *path,
                                const struct secret_key *secret)
{
    char passphrase[KEYFILE_PASSPHRASE_MAX + 1];
    bool is_encrypted = tool_has(tool, OPTION_ENCRYPT);
    if (tool_has(tool, OPTION_PASSPHRASE_FILE) && !is_encrypted)
        return tool_misused(tool, "Give --encrypt too, or leave it out.",
                            "--passphrase-file is for an encrypted key");
    enum exit_code code = is_encrypted ? key_new_passphrase(tool, passphrase) : EXIT_DONE;
    if (code != EXIT_DONE)
        return code;
    char pem[KEYFILE_SIZE_MAX];
    size_t size;
    enum err err = keyfile_format(secret, is_encrypted ? passphrase : NULL, pem, sizeof pem, &size);
    explicit_bzero(passphrase, sizeof passphrase);
    code = err == ERR_OK ? file_make(tool, path, bytes_of(pem, size), 0600)
                         : tool_failed(tool, err, "%s", path);
    explicit_bzero(pem, sizeof pem);
    return code;
}

enum exit_code cmd_key_new(struct tool *tool)
{
    const char *path = tool->arguments.operands[0];
    struct secret_key secret;
    struct public_key key;
    enum err err = keyfile_generate(&secret);
    if (err == ERR_OK)
        err = public_key_of(&secret, &key);
    if (err != ERR_OK)
        return tool_failed(tool, err, "making a key");
    enum exit_code code = write_key(tool, path, &secret);
    secret_key_wipe(&secret);
    return code == EXIT_DONE ? show(tool, path, &key) : code;
}

enum exit_code cmd_key_show(struct tool *tool)
{
    const char *path = tool->arguments.operands[0];
    struct public_key key;
    enum exit_code code = key_open_public(tool, path, &key);
    return code == EXIT_DONE ? show(tool, path, &key) : code;
}

static enum exit_code deliver_key(struct tool *tool, const struct signer *signer,
                                  enum operation operation, const struct public_key *key)
{
    struct statement statement = signer_statement(signer, operation);
    struct key_id id = key_id_of(key);
    statement.has_key = true;
    statement.key = *key;
    return deliver_statement(tool, signer, &statement,
                             json_pack("{s:o}", "key_id", answer_hex(id.bytes, KEY_ID_SIZE)));
}

enum exit_code cmd_key_add(struct tool *tool)
{
    struct public_key key;
    struct signer signer;
    enum exit_code code = key_open_public(tool, tool->arguments.operands[0], &key);
    if (code == EXIT_DONE)
        code = signer_open(tool, &signer);
    if (code != EXIT_DONE)
        return code;
    code = deliver_key(tool, &signer, OP_KEY_ADD, &key);
    signer_close(&signer);
    return code;
}

enum exit_code cmd_key_revoke(struct tool *tool)
{
    const char *text = tool->arguments.operands[0];
    struct key_id id;
    if (hex_decode(text, strlen(text), id.bytes, KEY_ID_SIZE) != ERR_OK)
        return tool_misused(tool, "imei org list and imei key show print it: 32 digits.",
                            "'%s' is no key id", text);
    struct public_key key;
    struct signer signer;
    enum exit_code code = signer_find_key(tool, &id, &key);
    if (code == EXIT_DONE)
        code = signer_open(tool, &signer);
    if (code != EXIT_DONE)
        return code;
    code = deliver_key(tool, &signer, OP_KEY_REVOKE, &key);
    signer_close(&signer);
    return code;
}
