/*
 * The section s13: what it takes, what it refuses with its line, and what freeDiameter is given.
 */
#include "front/diameter_config.h"
#include "front/diameter_peers.h"

#include "tests/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NAMES "host: eir.example.net\nrealm: example.net\n"
#define PEERS "peers: {mme.example.net: 10.1.2.3, SGSN.example.net: any}\n"

static struct complaint complaint;

static enum err parse(const char *text, struct s13_options *out)
{
    *out = (struct s13_options){.is_on = false};
    complaint = (struct complaint){.line = 0};
    return settings_parse(&s13_settings, bytes_of(text, strlen(text)), "/etc/imeid", out,
                          &complaint);
}

static void refused(const char *text, const char *words)
{
    static struct s13_options options;
    ck_assert_int_eq(parse(text, &options), ERR_CONFIG);
    ck_assert_msg(strstr(complaint.text, words) != NULL, "'%s' without '%s'", complaint.text,
                  words);
}

START_TEST(knows_its_peers_by_name_in_any_case)
{
    static struct s13_options options;
    ck_assert_int_eq(parse(NAMES PEERS "tls: no\n", &options), ERR_OK);
    ck_assert_uint_eq(options.peers.count, 2);
    ck_assert_str_eq(diameter_peer(&options, "MME.EXAMPLE.NET")->address, "10.1.2.3");
    ck_assert_str_eq(diameter_peer(&options, "sgsn.example.net")->address, "");
    ck_assert_ptr_null(diameter_peer(&options, "mme.example.ne"));
    ck_assert_ptr_null(diameter_peer(&options, "mme.example.net."));
    ck_assert_ptr_null(diameter_peer(&options, ""));
}
END_TEST

START_TEST(has_tls_unless_told_that_there_is_none)
{
    static struct s13_options options;
    static const char files[] =
        NAMES PEERS "certificate: a.pem\ncertificate_key: a.key\nauthority: ca.pem\n";
    refused(NAMES PEERS "certificate: \"\"\n", "certificate");
    ck_assert_int_eq(parse(NAMES PEERS, &options), ERR_OK);
    ck_assert(options.is_tls);
    ck_assert_int_eq(parse(files, &options), ERR_OK);
    ck_assert(options.is_tls);
    ck_assert_str_eq(options.certificate, "/etc/imeid/a.pem");
    ck_assert_uint_eq(options.listen.port, 5868);
}
END_TEST

START_TEST(refuses_what_is_no_diameter_name)
{
    static const char *const names[] = {"eir",     "eir..net",    ".eir.net",    "eir.net.",
                                        "e_r.net", "\"e r.net\"", "\"eir.net;\""};
    char text[256];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(text, sizeof text, "host: %s\nrealm: example.net\ntls: no\n" PEERS, names[i]);
        refused(text, "domain name");
        snprintf(text, sizeof text, NAMES "tls: no\npeers: {%s: any}\n", names[i]);
        refused(text, "Diameter name");
    }
}
END_TEST

START_TEST(refuses_peers_without_an_address_or_any)
{
    refused(NAMES "tls: no\npeers: {mme.example.net: mme.example.net}\n", "IP address, or to any");
    refused(NAMES "tls: no\npeers: {mme.example.net: 10.1.2.300}\n", "IP address, or to any");
    refused(NAMES "tls: no\npeers: {mme.example.net: [any]}\n", "IP address, or to any");
    refused(NAMES "tls: no\npeers: [mme.example.net]\n", "is a map");
    refused(NAMES "tls: no\npeers: {}\n", "is a map");
    refused(NAMES "tls: no\n", "peers");
}
END_TEST

START_TEST(refuses_one_peer_too_many)
{
    static struct s13_options options;
    static char text[8192];
    for (int count = S13_PEERS_MAX; count <= S13_PEERS_MAX + 1; count++) {
        int size = snprintf(text, sizeof text, NAMES "tls: no\npeers:\n");
        for (int i = 0; i < count; i++)
            size +=
                snprintf(text + size, sizeof text - (size_t)size, "  m%d.example.net: any\n", i);
        ck_assert_int_eq(parse(text, &options), count > S13_PEERS_MAX ? ERR_CONFIG : ERR_OK);
    }
}
END_TEST

START_TEST(listens_on_numbers_only)
{
    static struct s13_options options;
    refused(NAMES PEERS "tls: no\nlisten: eir.example.net:3868\n", "IP address");
    ck_assert_int_eq(parse(NAMES PEERS "tls: no\nlisten: \"[::1]:3868\"\n", &options), ERR_OK);
    ck_assert_str_eq(options.listen.host, "::1");
}
END_TEST

START_TEST(listens_where_it_is_told_and_nowhere_else)
{
    static const struct {
        const char *host;
        int family;
        bool is_any;
        bool has_ipv6;
    } rows[] = {
        {"127.0.0.1", AF_INET, false, true}, {"10.1.2.3", AF_INET, false, true},
        {"0.0.0.0", AF_INET, true, false},   {"::1", AF_INET6, false, true},
        {"fd00::7", AF_INET6, false, true},  {"::", AF_INET6, true, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static struct s13_options options;
        static char text[DIAMETER_CONFIG_SIZE_MAX];
        struct sockaddr_storage address;
        bool is_any;
        ck_assert_int_eq(parse(NAMES PEERS "tls: no\nlisten: 10.0.0.1:3868\n", &options), ERR_OK);
        snprintf(options.listen.host, sizeof options.listen.host, "%s", rows[i].host);
        ck_assert_int_eq(diameter_endpoint(&options.listen, &address, &is_any), ERR_OK);
        ck_assert_int_eq(address.ss_family, rows[i].family);
        ck_assert_int_eq(is_any, rows[i].is_any);
        ck_assert_int_eq(diameter_config_text(&options, "/g", text), ERR_OK);
        ck_assert_ptr_null(strstr(text, "ListenOn"));
        ck_assert_int_eq(strstr(text, "No_IPv6;") == NULL, rows[i].has_ipv6);
    }
    struct host_port name = {.host = "eir.example.net"};
    struct sockaddr_storage address;
    bool is_any;
    ck_assert_int_eq(diameter_endpoint(&name, &address, &is_any), ERR_CONFIG);
}
END_TEST

START_TEST(opens_one_port_with_tls_or_without)
{
    static struct s13_options options;
    static char text[DIAMETER_CONFIG_SIZE_MAX];
    ck_assert_int_eq(parse(NAMES PEERS "tls: no\nlisten: 0.0.0.0:3868\n", &options), ERR_OK);
    ck_assert_int_eq(diameter_config_text(&options, "/g", text), ERR_OK);
    ck_assert_ptr_nonnull(strstr(text, "\nPort = 3868;\nSecPort = 0;\n"));
    ck_assert_ptr_null(strstr(text, "TLS_"));
    options.is_tls = true;
    snprintf(options.certificate, sizeof options.certificate, "/a.pem");
    snprintf(options.certificate_key, sizeof options.certificate_key, "/a.key");
    snprintf(options.authority, sizeof options.authority, "/ca.pem");
    ck_assert_int_eq(diameter_config_text(&options, "/g", text), ERR_OK);
    ck_assert_ptr_nonnull(strstr(text, "\nPort = 0;\nSecPort = 3868;\n"));
    ck_assert_ptr_nonnull(strstr(text, "TLS_Cred = \"/a.pem\", \"/a.key\";\n"));
    ck_assert_ptr_nonnull(strstr(text, "TLS_DH_File = \"/g\";\n"));
}
END_TEST

START_TEST(lets_no_value_end_its_quotation_marks)
{
    static struct s13_options options;
    static char text[DIAMETER_CONFIG_SIZE_MAX];
    ck_assert_int_eq(parse(NAMES PEERS "certificate: \"/a\\\";LoadExtension=\\\"/x\"\n"
                                       "certificate_key: /b\nauthority: /c\n",
                           &options),
                     ERR_OK);
    ck_assert_int_eq(diameter_config_text(&options, "/g", text), ERR_CONFIG);
    snprintf(options.certificate, sizeof options.certificate, "/a\nb");
    ck_assert_int_eq(diameter_config_text(&options, "/g", text), ERR_CONFIG);
}
END_TEST

START_TEST(gives_a_file_that_has_no_name)
{
    char path[DIAMETER_PATH_SIZE];
    char read[64] = "";
    ck_assert_int_eq(diameter_file("test", "some text", path), ERR_OK);
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fread(read, 1, sizeof read, file), strlen("some text"));
    ck_assert_str_eq(read, "some text");
    fclose(file);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &knows_its_peers_by_name_in_any_case,
        &has_tls_unless_told_that_there_is_none,
        &refuses_what_is_no_diameter_name,
        &refuses_peers_without_an_address_or_any,
        &refuses_one_peer_too_many,
        &listens_on_numbers_only,
        &listens_where_it_is_told_and_nowhere_else,
        &opens_one_port_with_tls_or_without,
        &lets_no_value_end_its_quotation_marks,
        &gives_a_file_that_has_no_name,
    };
    return suite_run("s13_settings", cases, sizeof cases / sizeof cases[0]);
}
