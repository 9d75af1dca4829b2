/*
 * What a node says of itself: the answer to STATUS.
 */
#include "tests/unit/proto/bodies.h"

#include "proto/record.h"

RECODE(recode_status, status, status_read, status_write)

static struct status sample_status(void)
{
    return (struct status){
        .version = "0.1.0",
        .network_name = {"testnet"},
        .network = filled(0xaa),
        .id = 2,
        .name = {"nairobi"},
        .organisation = {"ca-kenya"},
        .country = {"KE"},
        .roles = ROLE_REGULATOR,
        .state = NODE_LEADER,
        .term = 3,
        .leader = 2,
        .height = 300,
        .committed = 301,
        .last = 302,
        .head = filled(0xbb),
        .transactions = 70000,
        .root = filled(0xcc),
        .checkpoint_height = 11,
        .state_root = filled(0xdd),
        .uptime_ms = 5000,
        .pending = 1,
        .peer_count = 2,
        .peers = {{1, {"abuja"}, true, 299, 0}, {3, {"accra"}, false, 0, 0}},
    };
}

START_TEST(status_has_its_layout)
{
    uint8_t buffer[512];
    struct status status = sample_status();
    is_laid_out_as(recode_status, WRITTEN(status_write, &status, buffer),
                   "94 65 302e312e30 67 746573746e6574 " AA32 "02 67 6e6169726f6269 " CA_KENYA KE
                   "01 03 03 02 19012c 19012d 19012e " BB32 "1a00011170 " CC32 "0b " DD32
                   "191388 01 "
                   "82 84 01 65 6162756a61 f5 19012b 84 03 65 6163637261 f4 00");
}
END_TEST

START_TEST(status_has_a_fifth_field_of_a_peer_that_differs_alone)
{
    uint8_t buffer[512];
    struct status status = sample_status();
    size_t size = WRITTEN(status_write, &status, buffer).size;
    size_t peer = size - 10; /* where the last peer begins */
    status.peers[1].differs_at = 7;
    struct bytes body = WRITTEN(status_write, &status, buffer);
    ck_assert_uint_eq(body.size, size + 1);
    ck_assert_mem_eq(buffer + peer, "\x85\3\x65", 3);
    ck_assert_mem_eq(buffer + size - 2, "\xf4\0\7", 3);
    recode_holds(recode_status, body);
    buffer[size] = 0; /* one that agrees has four fields */
    recode_refuses(recode_status, body, ERR_OUT_OF_RANGE);
    buffer[peer] = 0x83;
    recode_refuses(recode_status, body, ERR_OUT_OF_RANGE);
    buffer[peer] = 0x86;
    recode_refuses(recode_status, body, ERR_TOO_LARGE);
    status.peers[1].differs_at = COUNTER_MAX + 1;
    NOT_WRITTEN(status_write, &status, ERR_OUT_OF_RANGE);
}
END_TEST

START_TEST(status_refuses_values_out_of_range)
{
    struct status status = sample_status();
    status.state = (enum node_state)0;
    NOT_WRITTEN(status_write, &status, ERR_OUT_OF_RANGE);
    status.state = (enum node_state)5;
    NOT_WRITTEN(status_write, &status, ERR_OUT_OF_RANGE);
    status = sample_status();
    status.roles = ROLES_ALL + 1;
    NOT_WRITTEN(status_write, &status, ERR_OUT_OF_RANGE);
    status = sample_status();
    status.term = COUNTER_MAX + 1;
    NOT_WRITTEN(status_write, &status, ERR_OUT_OF_RANGE);
    status = sample_status();
    status.peer_count = MEMBERS_MAX + 1;
    NOT_WRITTEN(status_write, &status, ERR_TOO_LARGE);
    status = sample_status();
    status.peers[1].name = (struct name){""};
    NOT_WRITTEN(status_write, &status, ERR_BAD_TEXT);
}
END_TEST

START_TEST(status_takes_no_version_longer_than_its_room)
{
    uint8_t buffer[1024];
    struct status status = sample_status();
    memset(status.version, 'v', STATUS_VERSION_SIZE_MAX);
    struct bytes body = WRITTEN(status_write, &status, buffer);
    recode_takes(recode_status, body);
    ck_assert_mem_eq(buffer, "\x94\x77vvv", 5);
    buffer[1]++; /* the text is one longer, and takes the next head with it */
    recode_refuses(recode_status, body, ERR_TOO_LARGE);
}
END_TEST

START_TEST(status_takes_the_largest_values)
{
    static uint8_t buffer[4096];
    struct status status = sample_status();
    status.id = status.leader = status.pending = UINT32_MAX;
    status.term = status.height = status.committed = status.last = COUNTER_MAX;
    status.transactions = status.uptime_ms = COUNTER_MAX;
    status.peer_count = MEMBERS_MAX;
    for (size_t i = 0; i < MEMBERS_MAX; i++)
        status.peers[i] =
            (struct peer_status){UINT32_MAX, {"peer"}, true, COUNTER_MAX, COUNTER_MAX};
    recode_takes(recode_status, WRITTEN(status_write, &status, buffer));
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &status_has_its_layout,
        &status_has_a_fifth_field_of_a_peer_that_differs_alone,
        &status_refuses_values_out_of_range,
        &status_takes_no_version_longer_than_its_room,
        &status_takes_the_largest_values,
    };
    return suite_run("proto/client_status", cases, sizeof cases / sizeof cases[0]);
}
