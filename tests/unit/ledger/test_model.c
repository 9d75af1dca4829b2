/*
 * Random statements of several organisations over a small space of devices and ranges, held against
 * the model at every step: outcomes, admission, claims, history, verdicts; then the same blocks
 * again in other batches, with restarts and aborts in between, and the chunks of the last
 * checkpoint, row by row.
 */
#include "eir/decide.h"
#include "eir/look.h"
#include "ledger/compare.h"
#include "tests/unit/ledger/loading.h"
#include "tests/unit/ledger/play.h"

/* ---- bytes ---- */

static struct statement statement_of(struct play *play, const struct plan *plan)
{
    struct chain *chain = &play->scene.chain;
    struct statement statement = {.network = chain->genesis->network,
                                  .lane = plan->lane,
                                  .number = plan->number,
                                  .issued_at_ms = plan->issued_at_ms,
                                  .valid_until_ms = plan->valid_until_ms,
                                  .operation = plan->operation,
                                  .country = country_of(plan->country),
                                  .reason = reason_for(plan->operation)};
    statement.network.bytes[0] ^= plan->other_network;
    const enum operation_form form = operation_row(plan->operation)->form;
    if (form == FORM_RAISE || form == FORM_LIFT)
        chain_items(chain, &statement, plan->items, plan->count);
    if (form == FORM_TACS) {
        struct tac_item items[MODEL_ITEMS] = {0};
        for (size_t i = 0; i < plan->count; i++) {
            items[i].tac = imei_tac(plan->items[i].from);
            memcpy(items[i].brand, plan->brands[i], sizeof(plan->brands[i]));
        }
        chain_tacs(chain, &statement, items, plan->count);
    }
    statement.has_claimant = plan->claimant[0] != '\0';
    if (statement.has_claimant)
        statement.claimant = name_of(plan->claimant);
    statement.has_key = plan->other_key != 0;
    if (statement.has_key)
        statement.key = public_of(plan->other_key);
    if (form == FORM_ORGANISATION) {
        statement.organisation = name_of(plan->party);
        statement.organisation_country = country_of(plan->party_country);
        statement.roles = plan->party_roles;
    }
    memcpy(statement.proposal.bytes, plan->proposal, 32);
    statement.node = plan->node;
    if (form == FORM_NODE) {
        statement.organisation = name_of(plan->party);
        statement.node_name = name_of(plan->node_name);
        snprintf(statement.node_address, sizeof(statement.node_address), "tls+tcp://%s:1",
                 plan->node_name);
    }
    return statement;
}

/* A new statement, or the same bytes as before. */
static struct past make(struct play *play)
{
    if (play->past_count > 0 && now_and_then(play, 5))
        return play->past[chance_below(&play->seed, play->past_count)];
    struct past past = {.plan = pick_plan(play)};
    struct statement statement = statement_of(play, &past.plan);
    struct secret_key secret = secret_of(past.plan.key);
    struct bytes encoded = chain_sign_with(&play->scene.chain, &secret, &statement);
    ck_assert_uint_le(encoded.size, sizeof(past.data));
    memcpy(past.data, encoded.data, encoded.size);
    past.size = encoded.size;
    past.data[past.size - 1] ^= past.plan.bad_signature;
    struct hash id = id_of(bytes_of(past.data, past.size));
    memcpy(past.plan.id, id.bytes, 32);
    play->past[play->past_count < PAST ? play->past_count++ : chance_below(&play->seed, PAST)] =
        past;
    if (past.plan.operation == OP_ORGANISATION) {
        size_t at =
            play->proposal_count < PAST ? play->proposal_count++ : chance_below(&play->seed, PAST);
        memcpy(play->proposals[at], id.bytes, 32);
    }
    return past;
}

/* An entry that is no transaction. */
static struct past junk(struct play *play)
{
    struct past past = {.size = 1 + chance_below(&play->seed, 300)};
    for (size_t i = 0; i < past.size; i++)
        past.data[i] = (uint8_t)chance(&play->seed);
    return past;
}

/* ---- one block ---- */

struct expected {
    size_t count;
    size_t seen;
    uint64_t first_index;
    struct past past[BLOCK_TXS];
    struct play *play;
};

static void check_outcome(void *context, const struct outcome *outcome)
{
    struct expected *expected = context;
    struct model *model = expected->play->model;
    const struct past *past = &expected->past[expected->seen];
    ck_assert_uint_eq(outcome->position, expected->seen);
    ck_assert_uint_eq(outcome->index, model->transactions);
    ck_assert_uint_eq(outcome->height, expected->play->scene.chain.height);
    ck_assert_uint_eq(outcome->time_ms, expected->play->scene.chain.time_ms);
    expected->seen++;
    if (past->plan.operation == OP_NONE) { /* junk */
        static const struct hash none;
        ck_assert_int_eq(err_kind(outcome->err), ERR_KIND_INPUT);
        ck_assert(hash_equal(&outcome->id, &none));
        ck_assert(!outcome->is_authentic);
        model->transactions++;
        return;
    }
    uint32_t changed;
    size_t sent_before = model->sent_count;
    enum err err = model_apply(model, &past->plan, outcome->time_ms, &changed);
    ck_assert_str_eq(err_name(outcome->err), err_name(err));
    ck_assert_int_eq(outcome->is_authentic, model->sent_count > sent_before);
    ck_assert_uint_eq(outcome->changed, changed);
    expected->play->met[err]++;
    ck_assert_mem_eq(outcome->id.bytes, past->plan.id, 32);
}

static void check_admission(struct play *play, const struct past *past)
{
    bool authentic;
    enum err asked = scene_ask(&play->scene, bytes_of(past->data, past->size));
    enum err expected =
        model_judge(play->model, &past->plan, play->scene.chain.time_ms, false, &authentic);
    ck_assert_str_eq(err_name(asked), err_name(expected));
}

static void keep_block(struct play *play, const struct block *block)
{
    struct kept_block *kept = &play->blocks[block->header.height];
    kept->size = block->encoded.size;
    kept->data = malloc(kept->size);
    ck_assert_ptr_nonnull(kept->data);
    memcpy(kept->data, block->encoded.data, kept->size);
}

/* A list like that of now, with one or two members in another place; whether it is taken. */
static bool play_members(struct play *play)
{
    struct model *model = play->model;
    struct raft_members members = {0};
    int is[MODEL_NODES];
    for (size_t i = 0; i < model->node_count; i++)
        is[i] = model->nodes[i].is_member;
    for (uint64_t left = 1 + chance_below(&play->seed, 2); left > 0; left--)
        is[chance_below(&play->seed, model->node_count)] = (int)chance_below(&play->seed, 3);
    for (size_t i = 0; i < model->node_count; i++) {
        if (is[i] != 0 && members.count < MEMBERS_MAX)
            members.member[members.count++] =
                (struct raft_member){.id = model->nodes[i].id, .voter = is[i] == 2};
        else
            is[i] = 0;
    }
    if (!raft_members_sound(&members))
        return false;
    uint8_t entry[RAFT_MEMBERS_SIZE_MAX];
    struct writer writer = writer_over(entry, sizeof(entry));
    raft_members_write(&writer, &members);
    struct ledger_position before = ledger_position(play->scene.ledger);
    block_begin(&play->scene.chain);
    block_add(&play->scene.chain, writer_view(&writer));
    struct block block = block_end(&play->scene.chain, BLOCK_CONFIGURATION);
    enum err err = model_members(model, is);
    play->met[err]++;
    assert_ok(ledger_begin(play->scene.ledger));
    ck_assert_int_eq(ledger_apply(play->scene.ledger, &block, NULL, NULL), err);
    ck_assert_int_eq(ledger_commit(play->scene.ledger), err);
    if (err == ERR_OK) {
        keep_block(play, &block);
        assert_ok(view_refresh(play->scene.view));
        return true;
    }
    play->scene.chain.height = before.height;
    play->scene.chain.head = before.head;
    return false;
}

static void play_checkpoint(struct play *play)
{
    struct checkpoint before = ledger_checkpoint(play->scene.ledger);
    struct block block = block_of_checkpoint(&play->scene.chain, &before);
    keep_block(play, &block);
    apply_block(play->scene.ledger, &block, NULL, NULL);
    assert_ok(view_refresh(play->scene.view));
}

static void play_block(struct play *play)
{
    if (play->scene.chain.height % 9 == 8) {
        play_checkpoint(play);
        return;
    }
    if (now_and_then(play, 20) && play_members(play))
        return;
    play->model->height = play->scene.chain.height + 1;
    struct chain *chain = &play->scene.chain;
    struct expected expected = {.play = play};
    bool is_empty = now_and_then(play, 3);
    chain->time_ms += chance_below(&play->seed, 60000);
    block_begin(chain);
    size_t count = is_empty ? 0 : 1 + chance_below(&play->seed, BLOCK_TXS);
    for (; expected.count < count; expected.count++) {
        struct past *past = &expected.past[expected.count];
        if (now_and_then(play, 2))
            *past = junk(play);
        else
            *past = make(play);
        if (expected.count == 0 && past->plan.operation != OP_NONE)
            check_admission(play, past);
        block_add(chain, bytes_of(past->data, past->size));
    }
    struct block block = block_end(chain, is_empty ? BLOCK_NOOP : BLOCK_TRANSACTIONS);
    keep_block(play, &block);
    apply_block(play->scene.ledger, &block, check_outcome, &expected);
    ck_assert_uint_eq(expected.seen, count);
    assert_ok(view_refresh(play->scene.view));
}

/* ---- what the ledger tells, against the model ---- */

static int order_claims(const void *a, const void *b)
{
    const struct model_claim *x = a;
    const struct model_claim *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static size_t standing_claims(const struct model *model, struct imei imei, struct model_claim *out)
{
    size_t count = 0;
    for (size_t i = 0; i < model->claim_count; i++)
        if (model->claims[i].from <= imei.value && imei.value <= model->claims[i].to)
            out[count++] = model->claims[i];
    qsort(out, count, sizeof(*out), order_claims);
    return count;
}

static enum verdict model_verdict(const struct model *model, struct imei imei)
{
    bool kinds[5] = {false};
    for (size_t i = 0; i < model->claim_count; i++)
        if (model->claims[i].from <= imei.value && imei.value <= model->claims[i].to)
            kinds[model->claims[i].kind] = true;
    if (kinds[1])
        return VERDICT_BLACK;
    if (kinds[2] || kinds[3])
        return VERDICT_GREY;
    return model_tac_at(model, imei_tac(imei)) < model->tac_count ? VERDICT_WHITE : VERDICT_UNKNOWN;
}

/* What a network is answered by a node without a policy. */
static enum verdict verdict_of(struct play *play, struct imei imei)
{
    static struct look *look;
    static struct policy *policy;
    struct circumstances circumstances = {0};
    struct decision decision;
    if (look == NULL) {
        assert_ok(look_open(&look));
        assert_ok(policy_default(&policy));
    }
    assert_ok(look_at(look, play->scene.view, imei, &circumstances.found));
    decide(policy, &(struct question){.imei = imei, .svn = IMEI_SVN_NONE}, &circumstances,
           &decision, NULL);
    return decision.verdict;
}

static void check_device(struct play *play, struct imei imei)
{
    static struct check_answer answer;
    static struct model_claim claims[MODEL_CLAIMS];
    const struct model *model = play->model;
    size_t count = standing_claims(model, imei, claims);
    assert_ok(view_device(play->scene.view, imei, &answer));
    ck_assert_uint_eq(answer.claim_count, count < CHECK_CLAIMS_MAX ? count : CHECK_CLAIMS_MAX);
    ck_assert_int_eq(answer.more, count > CHECK_CLAIMS_MAX);
    for (size_t i = 0; i < answer.claim_count; i++) {
        const struct claim *told = &answer.claims[i];
        ck_assert_uint_eq(told->kind, claims[i].kind);
        ck_assert_str_eq(told->organisation.text, model->parties[claims[i].party].name);
        ck_assert_str_eq(told->country.code, model->parties[claims[i].party].country);
        ck_assert_uint_eq(told->item.from.value, claims[i].from);
        ck_assert_uint_eq(told->item.to.value, claims[i].to);
    }
    ck_assert_int_eq(verdict_of(play, imei), model_verdict(model, imei));
}

static size_t changes_of(const struct model *model, struct imei imei, uint64_t first,
                         const struct model_change *out[])
{
    size_t count = 0;
    for (size_t i = 0; i < model->change_count; i++) {
        const struct model_change *change = &model->changes[i];
        if (change->index >= first && change->from <= imei.value && imei.value <= change->to)
            out[count++] = change;
    }
    return count;
}

/* A device's history from any place on, page by page to the end. */
static void check_history(struct play *play, struct imei imei, bool from_start, uint64_t after)
{
    static const struct model_change *changes[MODEL_CHANGES];
    static struct history_answer page;
    const struct model *model = play->model;
    size_t count = changes_of(model, imei, from_start ? 0 : after + 1, changes);
    size_t at = 0;
    do {
        assert_ok(view_history(play->scene.view, imei, from_start, after, &page));
        ck_assert(page.more ? page.count == HISTORY_ROWS_MAX : at + page.count == count);
        for (size_t i = 0; i < page.count; i++, at++) {
            const struct history_row *row = &page.rows[i];
            ck_assert_uint_eq(row->index, changes[at]->index);
            ck_assert_int_eq(row->operation, changes[at]->operation);
            ck_assert_str_eq(row->organisation.text, model->parties[changes[at]->party].name);
            ck_assert_str_eq(row->claimant.text, model->parties[changes[at]->claimant].name);
            ck_assert_uint_eq(row->item.from.value, changes[at]->from);
            ck_assert_uint_eq(row->item.to.value, changes[at]->to);
        }
        from_start = false;
        after = page.count > 0 ? page.rows[page.count - 1].index : after;
    } while (page.more);
}

static void check_parties(struct play *play)
{
    const struct model *model = play->model;
    struct organisation_info info;
    for (unsigned i = 1; i <= model->party_count; i++) {
        assert_ok(view_organisation(play->scene.view, (uint16_t)i, &info));
        ck_assert_str_eq(info.name.text, model->parties[i].name);
        ck_assert_str_eq(info.country.code, model->parties[i].country);
        ck_assert_uint_eq(info.roles, model->parties[i].roles);
        size_t keys = 0;
        for (unsigned key = 0; key < MODEL_KEYS; key++)
            keys += model->key_party[key] == i;
        ck_assert_uint_eq(info.key_count, keys > 16 ? 16 : keys);
    }
    assert_err(view_organisation(play->scene.view, (uint16_t)(model->party_count + 1), &info),
               NOT_FOUND);
    for (unsigned number = 1; number <= KEYS_TRIED; number++) {
        struct public_key key = public_of(number);
        struct key_id id = key_id_of(&key);
        struct key_info told = {.organisation = 0};
        enum err err = view_key(play->scene.view, &id, &told);
        ck_assert_int_eq(err, model->key_party[number] == 0 ? ERR_UNKNOWN_KEY : ERR_OK);
        ck_assert_uint_eq(told.organisation, model->key_party[number]);
        ck_assert(err != ERR_OK || (told.revoked_height != 0) == model->key_revoked[number]);
    }
}

static void check_nodes(struct play *play)
{
    const struct model *model = play->model;
    struct raft_members wanted;
    struct raft_members members;
    struct node_info info;
    size_t wanted_count = 0;
    size_t member_count = 0;
    assert_ok(view_wanted(play->scene.view, &wanted));
    assert_ok(view_members(play->scene.view, &members));
    for (size_t i = 0; i < model->node_count; i++) {
        const struct model_node *node = &model->nodes[i];
        assert_ok(view_node(play->scene.view, node->id, &info));
        ck_assert_str_eq(info.name.text, node->name);
        ck_assert_str_eq(info.organisation.text, model->parties[node->party].name);
        ck_assert_uint_eq(info.since_height, node->since);
        ck_assert_int_eq(info.wanted, !node->is_wanted ? WANTED_REMOVED
                                      : node->votes    ? WANTED_VOTER
                                                       : WANTED_LEARNER);
        ck_assert_int_eq(raft_members_votes(&members, node->id), node->is_member == 2);
        wanted_count += node->is_wanted;
        member_count += node->is_member != 0;
    }
    ck_assert_uint_eq(wanted.count, wanted_count);
    ck_assert_uint_eq(members.count, member_count);
    assert_err(view_node_from(play->scene.view, model->nodes[model->node_count - 1].id + 1, &info),
               NOT_FOUND);
}

static void check_sent(struct play *play)
{
    const struct model *model = play->model;
    for (size_t i = 0; i < model->sent_count; i++) {
        struct hash id;
        struct tx_answer answer;
        memcpy(id.bytes, model->sent[i].id, 32);
        assert_ok(view_transaction(play->scene.view, &id, &answer));
        ck_assert_int_eq(answer.state, model->sent[i].err == ERR_OK ? TX_COMMITTED : TX_REFUSED);
        ck_assert_int_eq(answer.err, model->sent[i].err);
    }
}

static void check_all(struct play *play)
{
    static const uint32_t serials[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, IMEI_SERIALS - 1};
    struct ledger_position position = view_position(play->scene.view);
    ck_assert_uint_eq(position.transactions, play->model->transactions);
    for (uint32_t tac = FIRST_TAC; tac < FIRST_TAC + 3; tac++) {
        for (size_t i = 0; i < sizeof(serials) / sizeof(serials[0]); i++) {
            struct imei imei = imei_of(tac, serials[i]);
            check_device(play, imei);
            check_history(play, imei, true, 0);
            check_history(play, imei, false,
                          chance_below(&play->seed, play->model->transactions + 1));
        }
    }
    check_parties(play);
    check_nodes(play);
    check_sent(play);
}

/* ---- runs ---- */

static struct model *model_new(const struct chain *chain, uint32_t ballots)
{
    struct model *model = calloc(1, sizeof(*model));
    ck_assert_ptr_nonnull(model);
    model->ballots = ballots;
    model->party_count = MEMBERS;
    for (unsigned i = 0; i < MEMBERS; i++) {
        struct model_party *party = &model->parties[i + 1];
        snprintf(party->name, sizeof(party->name), "%s", chain->members[i].name.text);
        memcpy(party->country, chain->members[i].country.code, 3);
        party->roles = chain->members[i].roles;
        model->key_party[i + 1] = i + 1;
        model->party_has_ca[i + 1] = chain->genesis->organisations[i].ca.size > 0;
    }
    for (size_t i = 0; i < chain->genesis->node_count; i++) {
        struct model_node *node = &model->nodes[model->node_count++];
        *node = (struct model_node){chain->genesis->nodes[i].id, "", 1, 0, true, true, 0, 2};
        snprintf(node->name, sizeof(node->name), "%s", chain->genesis->nodes[i].name.text);
    }
    return model;
}

static void restart(struct scene *scene)
{
    view_close(scene->view);
    ledger_close(scene->ledger);
    scene->ledger = ledger_at(scene->directory, scene->chain.genesis);
    assert_ok(view_open(scene->ledger, &scene->view));
}

/* A run that never met a rule says nothing about it. */
static void check_reach(const struct play *play)
{
    static const enum err always[] = {
        ERR_OK,           ERR_DUPLICATE,    ERR_OTHER_NETWORK,  ERR_UNKNOWN_KEY,
        ERR_REVOKED_KEY,  ERR_NOT_YET,      ERR_BAD_SIGNATURE,  ERR_NUMBER_TAKEN,
        ERR_EXPIRED,      ERR_ROLE,         ERR_OTHER_COUNTRY,  ERR_CLAIM_STANDS,
        ERR_CLAIM_ABSENT, ERR_KEY_STANDS,   ERR_CLAIM_OF_OTHER, ERR_UNKNOWN_ORGANISATION,
        ERR_NODE_ID,      ERR_UNKNOWN_NODE, ERR_NODE_VOTES,     ERR_MEMBERS};
    for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
        ck_assert_msg(play->met[always[i]] > 0, "never met %s", err_name(always[i]));
}

static void apply_kept(struct ledger *ledger, const struct play *play, uint64_t height)
{
    struct block block;
    assert_ok(block_parse(bytes_of(play->blocks[height].data, play->blocks[height].size), &block));
    assert_ok(ledger_apply(ledger, &block, NULL, NULL));
}

/* The same blocks in batches of other sizes; some begun and given up first; a restart now and then.
 */
static void replay_and_compare(struct play *play)
{
    char directory[64];
    directory_new(directory);
    struct ledger *ledger = ledger_at(directory, play->scene.chain.genesis);
    uint64_t height = 1;
    while (height <= play->scene.chain.height) {
        uint64_t end = height + 1 + chance_below(&play->seed, 40);
        bool gives_up = now_and_then(play, 30);
        if (end > play->scene.chain.height + 1)
            end = play->scene.chain.height + 1;
        assert_ok(ledger_begin(ledger));
        for (uint64_t at = height; at < end; at++)
            apply_kept(ledger, play, at);
        if (gives_up) {
            ledger_abort(ledger);
        } else {
            assert_ok(ledger_commit(ledger));
            height = end;
        }
        if (now_and_then(play, 20)) {
            ledger_close(ledger);
            ledger = ledger_at(directory, play->scene.chain.genesis);
        }
        ck_assert_uint_eq(ledger_position(ledger).height, height - 1);
    }
    struct ledger_difference difference;
    assert_ok(ledger_compare(play->scene.ledger, ledger, &difference));
    ck_assert_mem_eq(ledger_position(ledger).root.bytes,
                     ledger_position(play->scene.ledger).root.bytes, HASH_SIZE);
    ledger_close(ledger);
    directory_remove(directory);
}

/* The state from the chunks of a last checkpoint. */
static void load_and_compare(struct play *play)
{
    char directory[64];
    struct ledger_difference difference;
    directory_new(directory);
    scene_checkpoint(&play->scene);
    struct ledger *ledger = load_ledger(play->scene.ledger, play->scene.chain.genesis, directory);
    assert_ok(ledger_compare(play->scene.ledger, ledger, &difference));
    ledger_close(ledger);
    directory_remove(directory);
}

START_TEST(ledger_and_model_agree_at_every_height)
{
    struct play *play = calloc(1, sizeof(*play));
    ck_assert_ptr_nonnull(play);
    uint32_t ballots = 1 + (uint32_t)_i % 2;
    play->seed = 1000 + (uint64_t)_i;
    scene_open(&play->scene, ballots);
    play->model = model_new(&play->scene.chain, ballots);
    for (int i = 0; i < BLOCKS; i++) {
        play_block(play);
        if (i % 40 == 0)
            check_all(play);
        if (now_and_then(play, 2))
            restart(&play->scene);
    }
    check_all(play);
    check_reach(play);
    replay_and_compare(play);
    load_and_compare(play);

    for (size_t i = 1; i <= BLOCKS; i++)
        free(play->blocks[i].data);
    free(play->model);
    scene_close(&play->scene);
    free(play);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ledger/model");
    TCase *all = tcase_create("model");
    tcase_set_timeout(all, 100);
    tcase_add_loop_test(all, ledger_and_model_agree_at_every_height, 0, RUNS);
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
