#include "front/s13_files.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>

/* A certificate with those between it and the authority; the authorities of a file. */
enum { CHAIN_MAX = 16, AUTHORITIES_MAX = 256, KEY_ID_SIZE_MAX = 64 };

struct files {
    const struct s13_options *options;
    struct complaint *complaint;
    unsigned count;
    gnutls_x509_crt_t chain[CHAIN_MAX];
    unsigned authority_count;
    gnutls_x509_crt_t authorities[AUTHORITIES_MAX];
    gnutls_x509_privkey_t key;
};

static enum err refuse(const struct files *files, const char *key, const char *path, int code)
{
    if (code == GNUTLS_E_MEMORY_ERROR)
        return ERR_MEMORY;
    return complain_of_file(files->complaint, key, "'%s': %s: %s", key, path,
                            gnutls_strerror(code));
}

static enum err read_list(const struct files *files, const char *key, const char *path,
                          gnutls_x509_crt_t *list, unsigned capacity, unsigned *count)
{
    gnutls_datum_t pem;
    unsigned size = capacity;
    int code = gnutls_load_file(path, &pem);
    if (code != 0)
        return refuse(files, key, path, code);
    code = gnutls_x509_crt_list_import(list, &size, &pem, GNUTLS_X509_FMT_PEM,
                                       GNUTLS_X509_CRT_LIST_IMPORT_FAIL_IF_EXCEED);
    gnutls_free(pem.data);
    if (code < 0)
        return refuse(files, key, path, code);
    *count = (unsigned)code;
    return ERR_OK;
}

static enum err read_key(struct files *files)
{
    const char *path = files->options->certificate_key;
    gnutls_datum_t pem;
    int code = gnutls_load_file(path, &pem);
    if (code != 0)
        return refuse(files, "certificate_key", path, code);
    code = gnutls_x509_privkey_init(&files->key);
    if (code == 0)
        code = gnutls_x509_privkey_import(files->key, &pem, GNUTLS_X509_FMT_PEM);
    gnutls_memset(pem.data, 0, pem.size);
    gnutls_free(pem.data);
    return code == 0 ? ERR_OK : refuse(files, "certificate_key", path, code);
}

static bool belong_together(const struct files *files)
{
    uint8_t shown[KEY_ID_SIZE_MAX];
    uint8_t held[KEY_ID_SIZE_MAX];
    size_t shown_size = sizeof shown;
    size_t held_size = sizeof held;
    return gnutls_x509_crt_get_key_id(files->chain[0], 0, shown, &shown_size) == 0 &&
           gnutls_x509_privkey_get_key_id(files->key, 0, held, &held_size) == 0 &&
           shown_size == held_size && memcmp(shown, held, shown_size) == 0;
}

static enum err check_chain(const struct files *files)
{
    const char *path = files->options->certificate;
    unsigned status;
    gnutls_datum_t words;
    int code = gnutls_x509_crt_list_verify(files->chain, files->count, files->authorities,
                                           files->authority_count, NULL, 0, 0, &status);
    if (code == 0 && status != 0)
        code = gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &words, 0);
    if (code != 0)
        return refuse(files, "certificate", path, code);
    if (status == 0)
        return ERR_OK;
    (void)complain_of_file(files->complaint, "certificate", "'certificate': %s: %.*s", path,
                           (int)words.size, (const char *)words.data);
    gnutls_free(words.data);
    return ERR_CONFIG;
}

static enum err check(struct files *files)
{
    const struct s13_options *options = files->options;
    enum err err = read_list(files, "certificate", options->certificate, files->chain, CHAIN_MAX,
                             &files->count);
    if (err == ERR_OK)
        err = read_key(files);
    if (err == ERR_OK)
        err = read_list(files, "authority", options->authority, files->authorities, AUTHORITIES_MAX,
                        &files->authority_count);
    if (err != ERR_OK)
        return err;
    if (!belong_together(files))
        return complain_of_file(files->complaint, "certificate_key",
                                "'certificate_key': %s: not the key of %s",
                                options->certificate_key, options->certificate);
    if (gnutls_x509_crt_check_hostname(files->chain[0], options->host) == 0)
        return complain_of_file(files->complaint, "certificate",
                                "'certificate': %s: it does not carry the name %s",
                                options->certificate, options->host);
    return check_chain(files);
}

enum err s13_files_check(const struct s13_options *options, struct complaint *complaint)
{
    struct files files = {.options = options, .complaint = complaint};
    if (!options->is_tls)
        return ERR_OK;
    enum err err = check(&files);
    for (unsigned i = 0; i < files.count; i++)
        gnutls_x509_crt_deinit(files.chain[i]);
    for (unsigned i = 0; i < files.authority_count; i++)
        gnutls_x509_crt_deinit(files.authorities[i]);
    gnutls_x509_privkey_deinit(files.key);
    return err;
}
