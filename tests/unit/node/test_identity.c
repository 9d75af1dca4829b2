#include "node/identity.h"
#include "tests/unit/node/fixture.h"

struct scene {
    struct world *world;
    struct config config;
};

static void begin(struct scene *scene)
{
    scene->world = world_open(3);
    world_config(scene->world, 1, &scene->config); /* n2, of organisation b */
}

static void end(struct scene *scene)
{
    world_close(scene->world);
}

static void refused(const struct scene *scene, const char *words)
{
    struct identity identity;
    struct complaint complaint = {.line = 0};
    assert_err(identity_load(&scene->config, &identity, &complaint), CONFIG);
    ck_assert_msg(strstr(complaint.text, words) != NULL, "'%s', expected '%s'", complaint.text,
                  words);
    /* The longest path and the longest sentence: nothing is cut. */
    ck_assert_uint_lt(strlen(complaint.text), sizeof complaint.text - 1);
}

static void use_certificate(const struct scene *scene, const char *stem)
{
    struct bytes text = fixture_file(stem, "pem");
    write_file(scene->config.certificate, text, 0644);
    free_bytes(text);
    text = fixture_file(stem, "key");
    write_file(scene->config.certificate_key, text, 0600);
    free_bytes(text);
}

START_TEST(a_nodes_own_files_are_taken)
{
    struct scene scene;
    struct identity identity;
    struct complaint complaint;
    begin(&scene);
    assert_ok(identity_load(&scene.config, &identity, &complaint));
    ck_assert_uint_eq(identity.node->id, 2);
    ck_assert(hash_equal(&identity.genesis->network, &scene.world->genesis->network));
    ck_assert_int_eq(memcmp(&identity.key, &scene.world->nodes[1].secret, sizeof identity.key), 0);
    uint64_t left_ms = identity.certificate_until_ms - clock_wall_ms();
    ck_assert_uint_gt(left_ms, UINT64_C(28) * 24 * 3600 * 1000);
    ck_assert_uint_le(left_ms, UINT64_C(30) * 24 * 3600 * 1000);
    identity_free(&identity);
    identity_free(&identity); /* allowed twice */
    end(&scene);
}
END_TEST

START_TEST(the_configuration_moves_a_peer)
{
    struct scene scene;
    struct identity identity;
    struct complaint complaint;
    begin(&scene);
    scene.config.peers.count = 1;
    snprintf(scene.config.peers.at[0].name, sizeof scene.config.peers.at[0].name, "n3");
    snprintf(scene.config.peers.at[0].address, sizeof scene.config.peers.at[0].address,
             "tls+tcp://x:1");
    assert_ok(identity_load(&scene.config, &identity, &complaint));
    const struct genesis_node *nodes = identity.genesis->nodes;
    ck_assert_str_eq(identity_address(&scene.config, &nodes[2].name, nodes[2].address),
                     "tls+tcp://x:1");
    ck_assert_str_eq(identity_address(&scene.config, &nodes[0].name, nodes[0].address),
                     nodes[0].address);
    identity_free(&identity);
    end(&scene);
}
END_TEST

/* n2's files with a key that the genesis does not have. */
static void make_newcomer(struct scene *scene)
{
    struct secret_key secret = {.bytes = {[SECRET_KEY_SIZE - 1] = 99}};
    char pem[KEYFILE_SIZE_MAX];
    size_t size;
    assert_ok(keyfile_format(&secret, NULL, pem, sizeof pem, &size));
    write_file(scene->config.key, bytes_of(pem, size), 0600);
    scene->config.join.count = 1;
}

static void not_become(struct scene *scene, struct identity *identity, const struct node_info *info,
                       const char *words)
{
    struct complaint complaint;
    assert_err(identity_become(&scene->config, info, identity, &complaint), CONFIG);
    ck_assert_msg(strstr(complaint.text, words) != NULL, "%s", complaint.text);
}

START_TEST(who_asks_to_join_is_who_the_ledger_says_and_what_its_files_allow)
{
    struct scene scene;
    struct identity identity;
    struct complaint complaint;
    struct node_info info = {.id = 9, .address = "tls+tcp://x:1"};
    begin(&scene);
    make_newcomer(&scene);
    assert_ok(identity_load(&scene.config, &identity, &complaint));
    ck_assert_ptr_null(identity.node);
    ck_assert_uint_eq(identity.organisation, 1); /* by its certificate */
    info.key = identity.public_key;
    info.name = world_name("n7");
    info.organisation = world_name("b");
    not_become(&scene, &identity, &info, "the ledger calls the node with this key 'n7'");
    info.name = world_name("n2");
    info.organisation = world_name("a");
    not_become(&scene, &identity, &info, "is not from the CA");
    info.organisation = world_name("z");
    not_become(&scene, &identity, &info, "no organisation 'z'");
    info.organisation = world_name("b");
    assert_ok(identity_become(&scene.config, &info, &identity, &complaint));
    ck_assert_uint_eq(identity.node->id, 9);
    ck_assert_str_eq(identity.node->name.text, "n2");
    ck_assert_str_eq(identity.node->address, "tls+tcp://x:1");
    ck_assert_uint_gt(identity.certificate_until_ms, 0);
    identity_free(&identity);
    end(&scene);
}
END_TEST

START_TEST(a_node_that_the_genesis_does_not_name_needs_join)
{
    struct scene scene;
    begin(&scene);
    make_newcomer(&scene);
    scene.config.join.count = 0;
    refused(&scene, "is not the key of node 'n2' in the genesis file");
    snprintf(scene.config.node, sizeof scene.config.node, "n7");
    refused(&scene, "a node that was added later has 'join'");
    end(&scene);
}
END_TEST

START_TEST(a_certificate_of_no_organisation_is_refused_before_anybody_is_asked)
{
    struct scene scene;
    begin(&scene);
    make_newcomer(&scene);
    use_certificate(&scene, "stranger");
    refused(&scene, "is not from the CA");
    end(&scene);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_named_with_its_key)
{
    struct scene scene;
    begin(&scene);
    const struct {
        char *path;
        const char *key;
    } files[] = {
        {scene.config.genesis, "'genesis'"},
        {scene.config.key, "'key'"},
        {scene.config.certificate, "'certificate'"},
        {scene.config.certificate_key, "'certificate_key'"},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        const char *away = scratch_path(&scene.world->scratch, "away");
        ck_assert_int_eq(rename(files[i].path, away), 0);
        refused(&scene, files[i].key);
        refused(&scene, "not found");
        ck_assert_int_eq(rename(away, files[i].path), 0);
    }
    end(&scene);
}
END_TEST

START_TEST(a_genesis_that_is_none_or_of_others_is_refused)
{
    struct scene scene;
    begin(&scene);
    for (size_t size = 0; size < scene.world->genesis_file.size; size += 97) {
        write_file(scene.config.genesis, bytes_of(scene.world->genesis_file.data, size), 0644);
        refused(&scene, "'genesis'");
    }
    write_file(scene.config.genesis, scene.world->genesis_file, 0644);
    snprintf(scene.config.node, CONFIG_TEXT_MAX, "n9");
    refused(&scene, "names no node 'n9'");
    end(&scene);
}
END_TEST

START_TEST(a_key_that_others_can_read_is_refused)
{
    struct scene scene;
    static const mode_t modes[] = {0640, 0604, 0644, 0660, 0610};
    begin(&scene);
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        ck_assert_int_eq(chmod(scene.config.key, modes[i]), 0);
        refused(&scene, "chmod 600");
        ck_assert_int_eq(chmod(scene.config.key, 0400), 0);
        ck_assert_int_eq(chmod(scene.config.certificate_key, modes[i]), 0);
        refused(&scene, "'certificate_key'");
        refused(&scene, "chmod 600");
        ck_assert_int_eq(chmod(scene.config.certificate_key, 0600), 0);
    }
    struct identity identity;
    struct complaint complaint;
    assert_ok(identity_load(&scene.config, &identity, &complaint));
    identity_free(&identity);
    end(&scene);
}
END_TEST

START_TEST(another_key_and_no_key_are_refused)
{
    struct scene scene;
    char pem[KEYFILE_SIZE_MAX];
    size_t size;
    begin(&scene);
    assert_ok(keyfile_format(&scene.world->nodes[0].secret, NULL, pem, sizeof pem, &size));
    write_file(scene.config.key, bytes_of(pem, size), 0600);
    refused(&scene, "is not the key of node 'n2'");
    assert_ok(keyfile_format(&scene.world->nodes[1].secret, "secret", pem, sizeof pem, &size));
    write_file(scene.config.key, bytes_of(pem, size), 0600);
    refused(&scene, "encrypted");
    write_file(scene.config.key, bytes_of("no key", 6), 0600);
    refused(&scene, "'key'");
    end(&scene);
}
END_TEST

START_TEST(a_certificate_that_the_others_would_refuse_is_refused_here)
{
    static const struct {
        const char *stem;
        const char *words;
    } rows[] = {
        {"expired", "has expired: have your CA make a new one"},
        {"stranger", "is not from the CA that the genesis file names"},
        {"n2-of-c", "is not from the CA that the genesis file names"},
        {"n4", "does not carry this node's name: have your CA make one for the DNS name 'n2'"},
    };
    struct scene scene;
    begin(&scene);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        use_certificate(&scene, rows[i].stem);
        refused(&scene, rows[i].words);
        refused(&scene, scene.config.certificate);
    }
    end(&scene);
}
END_TEST

START_TEST(a_certificate_of_another_key_is_refused)
{
    struct scene scene;
    begin(&scene);
    struct bytes key = fixture_file("n1", "key");
    write_file(scene.config.certificate_key, key, 0600);
    refused(&scene, "is not the certificate of the key in 'certificate_key'");
    free_bytes(key);
    end(&scene);
}
END_TEST

START_TEST(what_is_no_pem_is_refused)
{
    static const char text[] = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    struct scene scene;
    begin(&scene);
    write_file(scene.config.certificate, bytes_of("\0pem", 4), 0644);
    refused(&scene, "is not a PEM file");
    write_file(scene.config.certificate, bytes_of(text, strlen(text)), 0644);
    refused(&scene, "holds no certificate that can be read");
    use_certificate(&scene, "n2");
    write_file(scene.config.certificate_key, bytes_of(text, strlen(text)), 0600);
    refused(&scene, "holds no private key");
    end(&scene);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_nodes_own_files_are_taken,
        &the_configuration_moves_a_peer,
        &who_asks_to_join_is_who_the_ledger_says_and_what_its_files_allow,
        &a_node_that_the_genesis_does_not_name_needs_join,
        &a_certificate_of_no_organisation_is_refused_before_anybody_is_asked,
        &a_file_that_is_not_there_is_named_with_its_key,
        &a_genesis_that_is_none_or_of_others_is_refused,
        &a_key_that_others_can_read_is_refused,
        &another_key_and_no_key_are_refused,
        &a_certificate_that_the_others_would_refuse_is_refused_here,
        &a_certificate_of_another_key_is_refused,
        &what_is_no_pem_is_refused,
    };
    return fixture_run("identity", cases, sizeof cases / sizeof cases[0]);
}
