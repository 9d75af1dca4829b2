#include "testnet/proxy/table.h"
#include "tests/unit/suite.h"

#include <stdio.h>

static struct table table;
static struct complaint complaint;

#define NODES "node fr-op FR\nnode ke-reg KE\n"
#define LINK  "link fr-op ke-reg 127.64.82.8:21002 ke-reg.example:7700\n"

static enum err parse(const char *text)
{
    return table_parse(bytes_of(text, strlen(text)), &table, &complaint);
}

START_TEST(nodes_and_links_are_read)
{
    ck_assert_int_eq(parse("# a network\n" NODES "\n" LINK), ERR_OK);
    ck_assert_uint_eq(table.node_count, 2);
    ck_assert_str_eq(table.nodes[1].name, "ke-reg");
    ck_assert_str_eq(table.nodes[1].country, "KE");
    ck_assert_uint_eq(table.link_count, 1);
    ck_assert_uint_eq(table.links[0].caller, 0);
    ck_assert_uint_eq(table.links[0].called, 1);
    ck_assert_str_eq(table.links[0].listen.host, "127.64.82.8");
    ck_assert_uint_eq(table.links[0].listen.port, 21002);
    ck_assert_str_eq(table.links[0].target.host, "ke-reg.example");
    ck_assert_uint_eq(table_find(&table, "ke-reg"), 1);
    ck_assert_uint_eq(table_find(&table, "ke-re"), 2);
}
END_TEST

START_TEST(what_is_wrong_is_refused_with_its_line)
{
    static const char *const rows[] = {
        "node",
        "node fr-op FR",
        "node br-op",
        "node br-op BR x",
        "node Br-op BR",
        "node br\"op BR",
        "node br-op br",
        "nodes br-op BR",
        "link fr-op ke-reg 127.0.0.1:1",
        "link fr-op ke-reg 127.0.0.1:1 127.0.0.1:0",
        "link fr-op ke-reg 127.0.0.1 127.0.0.1:1",
        "link fr-op br-op 127.0.0.1:1 127.0.0.1:1",
        "link br-op fr-op 127.0.0.1:1 127.0.0.1:1",
        "link fr-op fr-op 127.0.0.1:1 127.0.0.1:1",
        "link fr-op ke-reg 127.0.0.1:1 127.0.0.1:2",
        "\x01",
    };
    char text[512];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(text, sizeof text, NODES LINK "%s\n", rows[i]);
        ck_assert_int_eq(parse(text), ERR_CONFIG);
        ck_assert_msg(complaint.line == 4, "%s: line %u", rows[i], complaint.line);
        ck_assert_str_ne(complaint.text, "");
    }
}
END_TEST

START_TEST(names_and_numbers_are_bounded)
{
    static char text[TABLE_TEXT_MAX + 2];
    char name[NAME_SIZE_MAX + 2];
    size_t size = 0;
    memset(name, 'n', sizeof name);
    name[NAME_SIZE_MAX + 1] = '\0';
    snprintf(text, sizeof text, "node %s FR\n", name);
    ck_assert_int_eq(parse(text), ERR_CONFIG);
    name[NAME_SIZE_MAX] = '\0';
    snprintf(text, sizeof text, "node %s FR\n", name);
    ck_assert_int_eq(parse(text), ERR_OK);
    for (unsigned i = 0; i < TABLE_NODES_MAX; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "node n%u FR\n", i);
    ck_assert_int_eq(parse(text), ERR_OK);
    for (unsigned i = 0; i < TABLE_NODES_MAX; i++) {
        for (unsigned j = 0; j < TABLE_NODES_MAX; j++) {
            if (i != j)
                size += (size_t)snprintf(text + size, sizeof text - size,
                                         "link n%u n%u 127.0.0.1:1 127.0.0.1:1\n", i, j);
        }
    }
    ck_assert_int_eq(parse(text), ERR_OK);
    ck_assert_uint_eq(table.link_count, TABLE_LINKS_MAX);
    snprintf(text + size, sizeof text - size, "node one-more FR\n");
    ck_assert_int_eq(parse(text), ERR_CONFIG);
    memset(text, ' ', sizeof text - 1);
    ck_assert_int_eq(parse(text), ERR_CONFIG);
    ck_assert_uint_eq(complaint.line, 0);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &nodes_and_links_are_read,
        &what_is_wrong_is_refused_with_its_line,
        &names_and_numbers_are_bounded,
    };
    return suite_run("table", cases, sizeof cases / sizeof cases[0]);
}
