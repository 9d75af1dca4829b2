#include "proto/address.h"
#include "tests/unit/suite.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char good[] = "tls+tcp://Node-1.example_x.org:7700";

static void takes(const char *address)
{
    ck_assert_msg(address_check(address) == ERR_OK, "%s", address);
    ck_assert_msg(address_check_listen(address) == ERR_OK, "%s", address);
}

static void refuses(const char *address)
{
    ck_assert_msg(address_check(address) == ERR_BAD_TEXT, "%s", address);
}

START_TEST(takes_names_and_numbers_of_both_kinds)
{
    takes(good);
    takes("tls+tcp://n:1");
    takes("tls+tcp://10.1.2.3:65535");
    takes("tls+tcp://[::1]:7700");
    takes("tls+tcp://[2001:db8::10.1.2.3]:7700");
}
END_TEST

START_TEST(only_who_listens_may_mean_every_address)
{
    refuses("tls+tcp://*:7700");
    ck_assert_int_eq(address_check_listen("tls+tcp://*:7700"), ERR_OK);
    ck_assert_int_eq(address_check_listen("tls+tcp://*x:7700"), ERR_BAD_TEXT);
    ck_assert_int_eq(address_check_listen("tls+tcp://:7700"), ERR_BAD_TEXT);
}
END_TEST

START_TEST(refuses_every_truncation)
{
    char cut[sizeof good];
    for (size_t size = 0; size < strlen(good) - 3; size++) {
        memcpy(cut, good, size);
        cut[size] = '\0';
        refuses(cut);
    }
}
END_TEST

/* Every character in every place: a letter of the scheme cannot be another, a blank cannot stand
 * anywhere, and what stands between host and port is a colon. */
START_TEST(refuses_every_character_out_of_its_place)
{
    for (size_t place = 0; place < strlen(good); place++) {
        for (unsigned sign = 1; sign < 256; sign++) {
            char changed[sizeof good];
            memcpy(changed, good, sizeof good);
            changed[place] = (char)sign;
            bool is_digit = sign >= '0' && sign <= '9';
            bool is_letter = (sign >= 'a' && sign <= 'z') || (sign >= 'A' && sign <= 'Z');
            bool is_name = is_digit || is_letter || sign == '.' || sign == '-' || sign == '_';
            bool in_scheme = place < strlen("tls+tcp://");
            bool in_port = place > strlen(good) - 5;
            bool is_first = place == strlen(good) - 4;
            bool fits = in_scheme || place == strlen(good) - 5 ? changed[place] == good[place]
                        : in_port ? is_digit && !(is_first && sign == '0')
                                  : is_name;
            ck_assert_int_eq(address_check(changed), fits ? ERR_OK : ERR_BAD_TEXT);
        }
    }
}
END_TEST

START_TEST(refuses_what_cannot_be_called)
{
    static const char *const addresses[] = {
        "",
        "tcp://n:7700",
        "tls+tcp://:7700",
        "tls+tcp://n:0",
        "tls+tcp://n:07700",
        "tls+tcp://n:65536",
        "tls+tcp://n:100000",
        "tls+tcp://n:4294967297",
        "tls+tcp://n:7700/",
        "tls+tcp://n:7700:7701",
        "tls+tcp://a@n:7700",
        "tls+tcp://::1:7700",
        "tls+tcp://[]:7700",
        "tls+tcp://[::1:7700",
        "tls+tcp://[::1]7700",
        "tls+tcp://[node]:7700",
    };
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        refuses(addresses[i]);
        ck_assert_int_eq(address_check_listen(addresses[i]), ERR_BAD_TEXT);
    }
}
END_TEST

START_TEST(takes_as_much_as_fits)
{
    char longest[ADDRESS_SIZE_MAX + 2];
    for (size_t size = ADDRESS_SIZE_MAX; size <= ADDRESS_SIZE_MAX + 1; size++) {
        snprintf(longest, size + 1, "tls+tcp://%0*d:7700", (int)(size - strlen("tls+tcp://:7700")),
                 1);
        ck_assert_uint_eq(strlen(longest), size);
        ck_assert_int_eq(address_check(longest), size == ADDRESS_SIZE_MAX ? ERR_OK : ERR_BAD_TEXT);
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &takes_names_and_numbers_of_both_kinds,
        &only_who_listens_may_mean_every_address,
        &refuses_every_truncation,
        &refuses_every_character_out_of_its_place,
        &refuses_what_cannot_be_called,
        &takes_as_much_as_fits,
    };
    return suite_run("address", cases, sizeof cases / sizeof cases[0]);
}
