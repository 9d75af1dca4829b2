#include "testnet/proxy/network.h"
#include "tests/unit/suite.h"

#include <jansson.h>
#include <stdlib.h>

static struct network *network;
static struct table table;
static struct complaint complaint;
static const char *const names[] = {"fr-op", "ke-reg", "br-op", "fr-reg"};

static void read_table(const char *text)
{
    ck_assert_int_eq(table_parse(bytes_of(text, strlen(text)), &table, &complaint), ERR_OK);
    ck_assert_int_eq(network_set_table(network, &table, 0), ERR_OK);
}

static void make(void)
{
    static struct distances distances;
    const char *profile = "inside 1 0 - 0\nelse 100 0 - 0\nFR > KE 70 0 - 0\n";
    ck_assert_int_eq(distances_parse(bytes_of(profile, strlen(profile)), &distances, &complaint),
                     ERR_OK);
    ck_assert_int_eq(network_open(1, &network), ERR_OK);
    network_set_distances(network, &distances, "a\"b", 0);
    read_table("node fr-op FR\nnode ke-reg KE\nnode br-op BR\nnode fr-reg FR\n");
}

static const char *obey(const char *line)
{
    struct order order;
    ck_assert_ptr_null(order_parse(bytes_of(line, strlen(line)), &order));
    return network_obey(network, &order, 0);
}

/* Each direction between two nodes as a bit: which are cut. */
static unsigned cuts(void)
{
    unsigned bits = 0;
    for (unsigned from = 0; from < 4; from++) {
        for (unsigned to = 0; to < 4; to++) {
            if (from != to && !path_is_open(network_path(network, names[from], names[to]), 0))
                bits |= 1U << (from * 4 + to);
        }
    }
    return bits;
}

#define WAY(from, to) (1U << ((from)*4 + (to)))
#define BOTH(a, b)    (WAY(a, b) | WAY(b, a))

START_TEST(paths_are_as_long_as_between_their_countries)
{
    make();
    ck_assert_uint_eq(network_path(network, "fr-op", "ke-reg")->distance.delay_us, 70000);
    ck_assert_uint_eq(network_path(network, "ke-reg", "fr-op")->distance.delay_us, 100000);
    ck_assert_uint_eq(network_path(network, "fr-op", "fr-reg")->distance.delay_us, 1000);
}
END_TEST

START_TEST(a_cut_is_where_it_was_said_and_nowhere_else)
{
    make();
    ck_assert_uint_eq(cuts(), 0);
    ck_assert_ptr_null(obey("cut fr-op ke-reg"));
    ck_assert_uint_eq(cuts(), BOTH(0, 1));
    ck_assert_ptr_null(obey("cut br-op ke-reg one-way"));
    ck_assert_uint_eq(cuts(), BOTH(0, 1) | WAY(2, 1));
    ck_assert_ptr_null(obey("heal ke-reg fr-op"));
    ck_assert_uint_eq(cuts(), WAY(2, 1));
    ck_assert_ptr_null(obey("heal"));
    ck_assert_uint_eq(cuts(), 0);
}
END_TEST

START_TEST(a_country_is_all_its_nodes)
{
    make();
    ck_assert_ptr_null(obey("cut FR KE one-way"));
    ck_assert_uint_eq(cuts(), WAY(0, 1) | WAY(3, 1));
    ck_assert_ptr_null(obey("cut FR FR"));
    ck_assert_uint_eq(cuts(), WAY(0, 1) | WAY(3, 1) | BOTH(0, 3));
}
END_TEST

START_TEST(an_isolated_node_reaches_nobody_and_the_others_each_other)
{
    make();
    ck_assert_ptr_null(obey("isolate br-op"));
    ck_assert_uint_eq(cuts(), BOTH(2, 0) | BOTH(2, 1) | BOTH(2, 3));
}
END_TEST

START_TEST(flapping_ends_with_healing)
{
    make();
    ck_assert_ptr_null(obey("flap fr-op br-op 100 0"));
    ck_assert_uint_eq(cuts(), BOTH(0, 2));
    ck_assert_ptr_null(obey("heal fr-op br-op"));
    ck_assert_uint_eq(cuts(), 0);
}
END_TEST

START_TEST(whom_nobody_knows_is_refused_and_nothing_changes)
{
    make();
    ck_assert_ptr_nonnull(obey("cut fr-op nobody"));
    ck_assert_ptr_nonnull(obey("cut JP fr-op"));
    ck_assert_ptr_nonnull(obey("isolate JP"));
    ck_assert_ptr_nonnull(obey("heal fr-op fr-op"));
    ck_assert_uint_eq(cuts(), 0);
    read_table("node fr-op FR\nnode ke-reg KE\n");
    ck_assert_ptr_nonnull(obey("cut fr-op br-op")); /* it was there */
}
END_TEST

START_TEST(a_new_table_keeps_paths_and_their_cuts)
{
    make();
    struct path *path = network_path(network, "fr-op", "ke-reg");
    ck_assert_ptr_null(obey("cut fr-op ke-reg"));
    read_table("node new-one KE\nnode ke-reg KE\nnode fr-op FR\n");
    ck_assert_ptr_eq(network_path(network, "fr-op", "ke-reg"), path);
    ck_assert(path->is_cut);
    ck_assert_uint_eq(network_path(network, "fr-op", "new-one")->distance.delay_us, 70000);
}
END_TEST

START_TEST(nodes_that_ever_were_are_bounded)
{
    char text[64];
    make();
    for (unsigned i = 4; i < NETWORK_NODES_MAX; i++) {
        snprintf(text, sizeof text, "node n%u FR\n", i);
        read_table(text);
    }
    ck_assert_int_eq(table_parse(bytes_of("node x FR\n", 10), &table, &complaint), ERR_OK);
    ck_assert_int_eq(network_set_table(network, &table, 0), ERR_TOO_MANY);
    read_table("node fr-op FR\n");
}
END_TEST

START_TEST(no_two_paths_draw_the_same)
{
    make();
    uint64_t seen[12];
    size_t count = 0;
    for (unsigned from = 0; from < 4; from++) {
        for (unsigned to = 0; to < 4; to++) {
            if (from != to)
                seen[count++] = network_path(network, names[from], names[to])->random;
        }
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++)
            ck_assert_uint_ne(seen[i], seen[j]);
    }
}
END_TEST

START_TEST(the_state_is_json_with_every_path_once)
{
    char *text = NULL;
    size_t size;
    make();
    ck_assert_ptr_null(obey("cut fr-op ke-reg one-way"));
    read_table("node fr-op FR\nnode ke-reg KE\nnode br-op BR\n");
    FILE *out = open_memstream(&text, &size);
    network_print(network, out, 0);
    fclose(out);
    ck_assert_ptr_null(strchr(text, '\n'));
    json_t *state = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_ptr_nonnull(state);
    ck_assert_str_eq(json_string_value(json_object_get(state, "profile")), "a\"b");
    ck_assert_uint_eq(json_array_size(json_object_get(state, "nodes")), 3);
    json_t *paths = json_object_get(state, "paths");
    ck_assert_uint_eq(json_array_size(paths), 6);
    for (size_t i = 0; i < 6; i++) {
        json_t *path = json_array_get(paths, i);
        const char *from = json_string_value(json_object_get(path, "from"));
        const char *to = json_string_value(json_object_get(path, "to"));
        bool is_cut = strcmp(from, "fr-op") == 0 && strcmp(to, "ke-reg") == 0;
        ck_assert(json_is_true(json_object_get(path, "cut")) == is_cut);
        ck_assert(json_is_true(json_object_get(path, "open")) == !is_cut);
    }
    json_decref(state);
    free(text);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &paths_are_as_long_as_between_their_countries,
        &a_cut_is_where_it_was_said_and_nowhere_else,
        &a_country_is_all_its_nodes,
        &an_isolated_node_reaches_nobody_and_the_others_each_other,
        &flapping_ends_with_healing,
        &whom_nobody_knows_is_refused_and_nothing_changes,
        &a_new_table_keeps_paths_and_their_cuts,
        &nodes_that_ever_were_are_bounded,
        &no_two_paths_draw_the_same,
        &the_state_is_json_with_every_path_once,
    };
    return suite_run("network", cases, sizeof cases / sizeof cases[0]);
}
