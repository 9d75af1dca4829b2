#include "testnet/proxy/order.h"
#include "tests/unit/suite.h"

static struct order order;

static const char *parse(const char *line)
{
    memset(&order, 0xa5, sizeof order);
    return order_parse(bytes_of(line, strlen(line)), &order);
}

START_TEST(each_command_is_read)
{
    ck_assert_ptr_null(parse("profile /a/world.table"));
    ck_assert_int_eq(order.verb, ORDER_PROFILE);
    ck_assert_str_eq(order.file, "/a/world.table");
    ck_assert_ptr_null(parse("isolate ke-reg"));
    ck_assert_int_eq(order.verb, ORDER_ISOLATE);
    ck_assert_str_eq(order.a, "ke-reg");
    ck_assert_str_eq(order.b, "");
    ck_assert_ptr_null(parse("flap FR BR 4000 25"));
    ck_assert_int_eq(order.verb, ORDER_FLAP);
    ck_assert_uint_eq(order.flap.period_us, 4000000);
    ck_assert_uint_eq(order.flap.open_us, 1000000);
    ck_assert_ptr_null(parse("reload"));
    ck_assert_int_eq(order.verb, ORDER_RELOAD);
    ck_assert_ptr_null(parse(" state # all of it"));
    ck_assert_int_eq(order.verb, ORDER_STATE);
}
END_TEST

START_TEST(a_cut_is_both_ways_unless_it_says_so)
{
    ck_assert_ptr_null(parse("cut fr-op BR"));
    ck_assert_int_eq(order.verb, ORDER_CUT);
    ck_assert_str_eq(order.a, "fr-op");
    ck_assert_str_eq(order.b, "BR");
    ck_assert(!order.is_one_way);
    ck_assert_ptr_null(parse("cut fr-op BR one-way"));
    ck_assert(order.is_one_way);
}
END_TEST

START_TEST(healing_is_of_two_or_of_all)
{
    ck_assert_ptr_null(parse("heal"));
    ck_assert_int_eq(order.verb, ORDER_HEAL);
    ck_assert_str_eq(order.a, "");
    ck_assert_uint_eq(order.flap.period_us, 0);
    ck_assert_ptr_null(parse("heal FR BR"));
    ck_assert_str_eq(order.b, "BR");
}
END_TEST

START_TEST(everything_else_is_refused_with_a_word)
{
    static const char *const bad[] = {
        "",
        "#",
        "cuts A B",
        "cut",
        "cut A",
        "cut A B C",
        "cut A B one-way more",
        "profile",
        "profile a b",
        "isolate",
        "isolate a b",
        "heal a",
        "heal a b c",
        "flap a b",
        "flap a b 9 50",
        "flap a b 3600001 50",
        "flap a b 100 101",
        "flap a b 100",
        "flap a b 100 50 1",
        "reload now",
        "state all",
        "heal\r",
        "heal \x80",
        "1 2 3 4 5 6 7 8 9 10 11 12 13",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *wrong = parse(bad[i]);
        ck_assert_msg(wrong != NULL && wrong[0] != '\0', "taken: '%s'", bad[i]);
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &each_command_is_read,
        &a_cut_is_both_ways_unless_it_says_so,
        &healing_is_of_two_or_of_all,
        &everything_else_is_refused_with_a_word,
    };
    return suite_run("order", cases, sizeof cases / sizeof cases[0]);
}
