#include "proto/raft_members.h"

#include "tests/unit/proto/fixture.h"

static enum err recode_members(struct bytes input, struct writer *again)
{
    struct raft_members members;
    enum err err = raft_members_parse(input, &members);
    if (err == ERR_OK)
        raft_members_write(again, &members);
    else
        ck_assert_uint_eq(members.count, 0);
    return err;
}

static struct bytes written(const struct raft_members *members, void *buffer, size_t capacity)
{
    struct writer writer = writer_over(buffer, capacity);
    raft_members_write(&writer, members);
    ck_assert(writer_ok(&writer));
    return writer_view(&writer);
}

/* Ids anywhere between 1 and the largest, in order. */
static struct raft_members members_by_chance(uint64_t *state)
{
    struct raft_members members = {.count = 1 + (uint32_t)dice_below(state, MEMBERS_MAX)};
    uint32_t step = UINT32_MAX / members.count;
    for (uint32_t i = 0; i < members.count; i++)
        members.member[i] = (struct raft_member){
            .id = i * step + 1 + (uint32_t)dice_below(state, step), .voter = dice(state) % 2 == 0};
    members.member[dice_below(state, members.count)].voter = true;
    return members;
}

START_TEST(has_its_layout)
{
    uint8_t buffer[64];
    uint8_t expected[64];
    struct raft_members members = {3, {{1, true}, {7, false}, {UINT32_MAX, true}}};
    assert_bytes(written(&members, buffer, sizeof buffer),
                 parts("00000001 01 00000007 00 ffffffff 01", expected, sizeof expected));
}
END_TEST

START_TEST(reads_what_it_writes)
{
    uint64_t state = 1;
    for (int round = 0; round < 2000; round++) {
        uint8_t buffer[RAFT_MEMBERS_SIZE_MAX];
        struct raft_members members = members_by_chance(&state);
        struct raft_members found;
        struct bytes entry = written(&members, buffer, sizeof buffer);
        ck_assert_uint_eq(entry.size, members.count * RAFT_MEMBER_SIZE);
        memset(&found, 9, sizeof found);
        ck_assert_int_eq(raft_members_parse(entry, &found), ERR_OK);
        ck_assert(raft_members_sound(&found) && raft_members_equal(&found, &members));
        for (uint32_t i = 0; i < members.count; i++) {
            ck_assert_uint_eq(raft_members_find(&found, members.member[i].id), i);
            ck_assert(raft_members_votes(&found, members.member[i].id) == members.member[i].voter);
        }
    }
}
END_TEST

/* A list that is cut between two members is a list: so truncations count in bytes within one. */
START_TEST(has_one_encoding)
{
    uint64_t state = 2;
    for (int round = 0; round < 50; round++) {
        uint8_t buffer[RAFT_MEMBERS_SIZE_MAX + RAFT_MEMBER_SIZE];
        struct raft_members members = members_by_chance(&state);
        struct bytes entry = written(&members, buffer, sizeof buffer);
        recode_takes(recode_members, entry);
        recode_refuses_trailing(recode_members, entry);
        (void)recode_flips(recode_members, entry);
        recode_damaged(recode_members, entry, 200);
        for (size_t size = 0; size < entry.size; size++) {
            if (size % RAFT_MEMBER_SIZE != 0)
                ck_assert_int_ne(recode_checked(recode_members, bytes_of(buffer, size)), ERR_OK);
        }
    }
}
END_TEST

START_TEST(refuses_what_no_leader_writes)
{
    static const struct {
        const char *hex;
        enum err err;
    } cases[] = {
        {"", ERR_OUT_OF_RANGE},
        {"00000001", ERR_TRUNCATED},
        {"00000000 01", ERR_OUT_OF_RANGE},
        {"00000001 02", ERR_OUT_OF_RANGE},
        {"00000001 00", ERR_OUT_OF_RANGE}, /* nobody votes */
        {"00000001 00 00000002 00", ERR_OUT_OF_RANGE},
        {"00000001 01 00000001 01", ERR_NOT_CANONICAL},
        {"00000002 01 00000001 01", ERR_NOT_CANONICAL},
        {"00000001 01 00000002 01 03", ERR_TRUNCATED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t buffer[64];
        recode_refuses(recode_members, parts(cases[i].hex, buffer, sizeof buffer), cases[i].err);
    }
}
END_TEST

START_TEST(takes_as_many_as_there_is_room_for)
{
    uint8_t buffer[RAFT_MEMBERS_SIZE_MAX + RAFT_MEMBER_SIZE];
    for (uint8_t i = 0; i <= MEMBERS_MAX; i++)
        memcpy(buffer + i * RAFT_MEMBER_SIZE, (uint8_t[]){0, 0, 0, i + 1, 1}, RAFT_MEMBER_SIZE);
    recode_takes(recode_members, bytes_of(buffer, RAFT_MEMBERS_SIZE_MAX));
    recode_refuses(recode_members, bytes_of(buffer, sizeof buffer), ERR_TOO_LARGE);
}
END_TEST

START_TEST(finds_nobody_who_is_not_there)
{
    struct raft_members members = {2, {{3, true}, {9, false}}};
    ck_assert_uint_eq(raft_members_find(&members, 4), MEMBERS_MAX);
    ck_assert(!raft_members_votes(&members, 4));
    ck_assert(!raft_members_votes(&members, 9));
    ck_assert(raft_members_votes(&members, 3));
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &has_its_layout,
        &reads_what_it_writes,
        &has_one_encoding,
        &refuses_what_no_leader_writes,
        &takes_as_many_as_there_is_room_for,
        &finds_nobody_who_is_not_there,
    };
    return suite_run("raft_members", cases, sizeof cases / sizeof cases[0]);
}
