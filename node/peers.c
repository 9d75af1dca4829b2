#include "node/peers.h"

#include "node/log.h"
#include "proto/invariant.h"

#include <stdlib.h>

enum { CHANNELS = 2 };

/* Where the incarnation of a peer stands. */
enum known { KNOWN_NOT, KNOWN_UNDER_WAY, KNOWN_DURABLE };

struct peer {
    struct node_info info;
    struct incarnation incarnation; /* KNOWN_DURABLE, when it was found on disk */
    enum known known;
    uint64_t write; /* KNOWN_UNDER_WAY: durable with this one */
    bool is_up[CHANNELS];
    bool says_removed;
};

struct peer_table {
    size_t count;
    struct peer peer[LINKS_PEERS_MAX];
};

struct peers {
    struct peers_options options;
    struct links *links;
    struct peer_table list;
    struct peer_table next; /* being made */
    struct node_info contacts[MEMBERS_MAX];
    size_t contact_count;
    struct raft_members members; /* those that `list` was made from */
    struct raft_members before;
    uint64_t applied;   /* height of the state that it was made from */
    bool is_due;        /* it is to be made again */
    bool is_incomplete; /* a member was not in the state yet */
    bool is_removed;
    bool is_wiped;
};

/* Its place; `count` when it is not there. */
static size_t place_of(const struct peer_table *list, uint32_t id)
{
    size_t place = 0;
    while (place < list->count && list->peer[place].info.id != id)
        place++;
    return place;
}

static struct peer *find(struct peer_table *list, uint32_t id)
{
    size_t place = place_of(list, id);
    return place < list->count ? &list->peer[place] : NULL;
}

static const struct peer *find_peer(const struct peers *peers, uint32_t id)
{
    size_t place = place_of(&peers->list, id);
    return place < peers->list.count ? &peers->list.peer[place] : NULL;
}

/* ---- what links say, on its threads ---- */

static void on_frame(void *context, struct links_frame frame)
{
    mail_post_frame(context, frame);
}

static void on_link(void *context, uint32_t peer, enum peer_channel channel, bool up)
{
    mail_post_link(context, peer, channel, up);
}

static void on_learned(void *context, uint32_t peer, const struct incarnation *incarnation)
{
    mail_post_word(context, WORD_LEARNED, peer, incarnation);
}

static void on_removed(void *context, uint32_t peer)
{
    mail_post_word(context, WORD_REMOVED, peer, NULL);
}

static void on_wiped(void *context, uint32_t peer)
{
    mail_post_word(context, WORD_WIPED, peer, NULL);
}

static void on_complaint(void *context, const char *text)
{
    (void)context;
    log_event(LOG_WARNING, "link", "text=\"%s\"", text);
}

/* ---- who they are ---- */

static const struct node_info *find_contact(const struct peers *peers, uint32_t id)
{
    for (size_t i = 0; i < peers->contact_count; i++) {
        if (peers->contacts[i].id == id)
            return &peers->contacts[i];
    }
    return NULL;
}

static enum err find_info(const struct peers *peers, struct view *view, uint32_t id,
                          struct node_info *out)
{
    enum err err = view_node(view, id, out);
    const struct node_info *contact = find_contact(peers, id);
    if (err != ERR_NOT_FOUND || contact == NULL)
        return err;
    *out = *contact;
    return ERR_OK;
}

/* What is remembered of a peer, by the list before or by the disk. */
static enum err recall(struct peers *peers, struct peer *peer)
{
    const struct peer *old = find(&peers->list, peer->info.id);
    if (old != NULL) {
        struct node_info info = peer->info;
        *peer = *old;
        peer->info = info;
        return ERR_OK;
    }
    enum err err = disk_peer(peers->options.disk, peer->info.id, &peer->incarnation);
    peer->known = err == ERR_OK ? KNOWN_DURABLE : KNOWN_NOT;
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err add(struct peers *peers, struct view *view, uint32_t id)
{
    struct peer_table *next = &peers->next;
    bool is_self = id == peers->options.identity->node->id;
    if (is_self || find(next, id) != NULL || next->count == LINKS_PEERS_MAX)
        return ERR_OK;
    struct peer *peer = &next->peer[next->count];
    *peer = (struct peer){.known = KNOWN_NOT};
    enum err err = find_info(peers, view, id, &peer->info);
    if (err == ERR_NOT_FOUND) {
        peers->is_incomplete = true; /* the statement that adds it is on its way here */
        return ERR_OK;
    }
    if (err == ERR_OK)
        err = recall(peers, peer);
    next->count += err == ERR_OK;
    return err;
}

static enum err add_members(struct peers *peers, struct view *view,
                            const struct raft_members *members)
{
    enum err err = ERR_OK;
    for (uint32_t i = 0; i < members->count && err == ERR_OK; i++)
        err = add(peers, view, members->member[i].id);
    return err;
}

static enum err add_contacts(struct peers *peers, struct view *view)
{
    enum err err = ERR_OK;
    for (size_t i = 0; i < peers->contact_count && err == ERR_OK; i++) {
        struct node_info known;
        err = view_node(view, peers->contacts[i].id, &known);
        bool is_gone = err == ERR_OK && known.wanted == WANTED_REMOVED;
        if (err == ERR_OK || err == ERR_NOT_FOUND)
            err = is_gone ? ERR_OK : add(peers, view, peers->contacts[i].id);
    }
    return err;
}

/* ---- telling links ---- */

static enum err connect(struct peers *peers, struct view *view)
{
    struct links_peer to[LINKS_PEERS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < peers->next.count; i++) {
        const struct peer *peer = &peers->next.peer[i];
        struct bytes ca = bytes_of(NULL, 0);
        enum err err = view_authority(view, &peer->info.organisation, &ca);
        if (err != ERR_OK && err != ERR_NOT_FOUND)
            return err;
        to[count++] = (struct links_peer){
            .id = peer->info.id,
            .name = peer->info.name.text,
            .address =
                identity_address(peers->options.config, &peer->info.name, peer->info.address),
            .key = peer->info.key,
            .ca = ca,
            .has_known = peer->known == KNOWN_DURABLE,
            .known = peer->incarnation,
        };
    }
    enum err err = links_set_peers(peers->links, to, count);
    if (err == ERR_CONFIG) { /* one is left out, and named by on_complaint() */
        log_event(LOG_WARNING, "peer_left_out", "do=\"%s\"",
                  "see the line before: remove that node, or mend its entry in 'peers'");
        return ERR_OK;
    }
    return err;
}

/* Those that were removed, the newest if there are too many. */
static enum err find_removed(struct peers *peers, struct view *view, struct links_removed *removed,
                             size_t *count)
{
    struct node_info info;
    enum err err = ERR_OK;
    uint32_t from = 1;
    *count = 0;
    while (from != 0 && (err = view_node_from(view, from, &info)) == ERR_OK) {
        from = info.id + 1;
        if (info.wanted != WANTED_REMOVED || find(&peers->next, info.id) != NULL)
            continue;
        if (*count == LINKS_REMOVED_MAX)
            memmove(removed, removed + 1, --*count * sizeof removed[0]);
        removed[(*count)++] = (struct links_removed){.id = info.id, .key = info.key};
    }
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err tell_removed(struct peers *peers, struct view *view)
{
    struct links_removed *removed = calloc(LINKS_REMOVED_MAX, sizeof *removed);
    size_t count;
    if (removed == NULL)
        return ERR_MEMORY;
    enum err err = find_removed(peers, view, removed, &count);
    if (err == ERR_OK)
        err = links_set_removed(peers->links, removed, count);
    free(removed);
    return err;
}

/* ---- following ---- */

static void be_removed(struct peers *peers, const char *why)
{
    if (!peers->is_removed)
        peers->options.removed(peers->options.context, why);
    peers->is_removed = true;
}

/* The block that removes this node is applied, or it was never a member and is not to be one. */
static enum err look_at_self(struct peers *peers, struct view *view)
{
    struct raft_members members;
    struct node_info self;
    uint32_t id = peers->options.identity->node->id;
    enum err err = view_node(view, id, &self);
    if (err == ERR_NOT_FOUND)
        return ERR_OK; /* the state is behind the statement that adds it */
    if (err == ERR_OK)
        err = view_members(view, &members);
    if (err == ERR_OK && self.wanted == WANTED_REMOVED &&
        raft_members_find(&members, id) == MEMBERS_MAX)
        be_removed(peers, "the ledger says so");
    return err;
}

static enum err follow(struct peers *peers, struct view *view)
{
    peers->next.count = 0;
    peers->is_incomplete = false;
    enum err err = add_members(peers, view, &peers->members);
    if (err == ERR_OK)
        err = add_members(peers, view, &peers->before);
    if (err == ERR_OK)
        err = add_contacts(peers, view);
    if (err == ERR_OK)
        err = tell_removed(peers, view);
    if (err == ERR_OK)
        err = connect(peers, view);
    if (err == ERR_OK)
        err = look_at_self(peers, view);
    peers->list = peers->next;
    return err;
}

/* Contacts are for a node whose log does not show yet who leads it. */
static void forget_contacts(struct peers *peers, const struct driver *driver)
{
    const struct raft_members *members = driver_members(driver);
    uint32_t leader = driver_status(driver).leader;
    /* While it takes a state, it learns from no block who a new member is. */
    if (peers->contact_count == 0 || leader == 0 || driver_takes_state(driver) ||
        raft_members_find(members, leader) == MEMBERS_MAX ||
        raft_members_find(members, peers->options.identity->node->id) == MEMBERS_MAX)
        return;
    peers->contact_count = 0;
    peers->is_due = true;
}

void peers_follow(struct peers *peers, const struct driver *driver)
{
    const struct raft_members *members = driver_members(driver);
    const struct raft_members *before = driver_members_before(driver);
    uint64_t applied = driver_status(driver).applied;
    forget_contacts(peers, driver);
    bool is_due = peers->is_due || (peers->is_incomplete && applied != peers->applied) ||
                  !raft_members_equal(members, &peers->members) ||
                  !raft_members_equal(before, &peers->before);
    if (!is_due)
        return;
    peers->is_due = false;
    peers->applied = applied;
    peers->members = *members;
    peers->before = *before;
    struct view *view;
    enum err err = view_open(peers->options.ledger, &view);
    if (err == ERR_OK) {
        err = follow(peers, view);
        view_close(view);
    }
    if (err != ERR_OK)
        peers->options.fail(peers->options.context, err, "who the other nodes are");
}

enum err peers_call_members(struct peers *peers)
{
    struct view *view;
    enum err err = view_open(peers->options.ledger, &view);
    if (err != ERR_OK)
        return err;
    err = view_members(view, &peers->members);
    peers->before = peers->members;
    if (err == ERR_OK)
        err = follow(peers, view);
    view_close(view);
    return err;
}

void peers_look_again(struct peers *peers)
{
    peers->is_due = true;
}

void peers_set_contacts(struct peers *peers, const struct node_info *contacts, size_t count)
{
    invariant(count <= MEMBERS_MAX);
    for (size_t i = 0; i < count; i++)
        peers->contacts[i] = contacts[i];
    peers->contact_count = count;
    peers->is_due = true;
}

/* ---- what they say ---- */

bool peers_hears(const struct peers *peers, const struct driver *driver, uint32_t from)
{
    const struct peer *peer = find_peer(peers, from);
    if (peer == NULL || peer->known == KNOWN_NOT)
        return false;
    return peer->known == KNOWN_DURABLE || driver_has_written(driver, peer->write);
}

void peers_take_link(struct peers *peers, const struct mail_link *mail)
{
    struct peer *peer = find(&peers->list, mail->peer);
    if (peer == NULL)
        return; /* it has gone meanwhile */
    peer->is_up[mail->channel == PEER_BULK] = mail->is_up;
    log_event(LOG_INFO, mail->is_up ? "link_up" : "link_down", "peer=%s channel=%s",
              peer->info.name.text, mail->channel == PEER_BULK ? "bulk" : "control");
}

static void take_learned(struct peer *peer, struct driver *driver, const struct mail_word *mail)
{
    if (peer->known != KNOWN_NOT)
        return;
    struct disk_peer learned = {.id = mail->peer, .incarnation = mail->incarnation};
    peer->incarnation = mail->incarnation;
    peer->write = driver_learn(driver, &learned);
    peer->known = KNOWN_UNDER_WAY;
}

/* One that lies cannot stop this node. */
static void take_removed(struct peers *peers, struct peer *peer)
{
    unsigned others = 0;
    unsigned saying = 0;
    peer->says_removed = true;
    for (uint32_t i = 0; i < peers->members.count; i++) {
        const struct raft_member *member = &peers->members.member[i];
        const struct peer *voter = member->voter ? find(&peers->list, member->id) : NULL;
        others += member->voter && member->id != peers->options.identity->node->id;
        saying += voter != NULL && voter->says_removed;
    }
    if (saying > others / 2)
        be_removed(peers, "most of the other members say so");
}

static void take_wiped(struct peers *peers, const struct peer *peer)
{
    if (!peers->is_wiped)
        log_event(LOG_ERROR, "wiped", "peer=%s text=\"%s\" do=\"%s\"", peer->info.name.text,
                  "this node has lost the data that it had when it first called: as a voter it "
                  "may have forgotten votes, so no node listens to it any more",
                  "put back its data directory; or have a regulator run 'imei node replace', with "
                  "a new key");
    peers->is_wiped = true;
}

void peers_take_word(struct peers *peers, struct driver *driver, const struct mail_word *mail)
{
    struct peer *peer = find(&peers->list, mail->peer);
    if (peer == NULL)
        return;
    switch (mail->word) {
    case WORD_LEARNED: take_learned(peer, driver, mail); return;
    case WORD_REMOVED: take_removed(peers, peer); return;
    case WORD_WIPED: take_wiped(peers, peer); return;
    }
}

void peers_status(const struct peers *peers, const struct driver *driver, struct status *status)
{
    const struct raft_members *members = driver_members(driver);
    for (uint32_t i = 0; i < members->count; i++) {
        const struct peer *peer = find_peer(peers, members->member[i].id);
        if (peer == NULL)
            continue; /* this node itself, or one whose name is not known yet */
        status->peers[status->peer_count++] = (struct peer_status){
            .id = peer->info.id,
            .name = peer->info.name,
            .connected = peer->is_up[0] && peer->is_up[1],
            .matched = driver_matched(driver, peer->info.id),
        };
    }
}

/* ---- life ---- */

static enum err open_links(struct peers *peers)
{
    const struct identity *identity = peers->options.identity;
    const struct genesis *genesis = identity->genesis;
    struct bytes authorities[GENESIS_ORGANISATIONS_MAX];
    for (size_t i = 0; i < genesis->organisation_count; i++)
        authorities[i] = genesis->organisations[i].ca;
    struct links_options options = {
        .network = genesis->network,
        .id = identity->node->id,
        .incarnation = disk_state(peers->options.disk).incarnation,
        .key = &identity->key,
        .listen = peers->options.config->listen,
        .certificate_pem = identity->certificate,
        .certificate_key_pem = identity->certificate_key,
        .authorities = authorities,
        .authority_count = genesis->organisation_count,
        .receive = on_frame,
        .state = on_link,
        .learned = on_learned,
        .removed = on_removed,
        .wiped = on_wiped,
        .complain = on_complaint,
        .context = peers->options.mail,
    };
    enum err err = links_open(&options, &peers->links);
    if (err == ERR_NETWORK)
        log_event(LOG_ERROR, "listen", "address=\"%s\" do=\"%s\"", options.listen,
                  "free the port, or set another 'listen' (and the address that others call)");
    return err;
}

static enum err find_named(struct view *view, const char *name, bool *out)
{
    struct node_info info;
    enum err err = ERR_OK;
    uint32_t from = 1;
    *out = false;
    while (!*out && from != 0 && (err = view_node_from(view, from, &info)) == ERR_OK) {
        *out = strcmp(info.name.text, name) == 0;
        from = info.id + 1;
    }
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* A name in the configuration that no node has may be a slip, or a node that is still to come. */
static enum err warn_of_names(const struct peers_options *options)
{
    const struct config *config = options->config;
    struct view *view;
    enum err err = view_open(options->ledger, &view);
    for (size_t i = 0; err == ERR_OK && i < config->peers.count; i++) {
        bool is_there;
        err = find_named(view, config->peers.at[i].name, &is_there);
        if (err == ERR_OK && !is_there)
            log_event(LOG_WARNING, "config", "text=\"'peers': no node has the name '%s' yet\"",
                      config->peers.at[i].name);
    }
    view_close(view);
    return err;
}

enum err peers_open(const struct peers_options *options, struct peers **out)
{
    *out = NULL;
    struct peers *peers = calloc(1, sizeof *peers);
    if (peers == NULL)
        return ERR_MEMORY;
    peers->options = *options;
    peers->is_due = true;
    enum err err = warn_of_names(options);
    if (err == ERR_OK)
        err = open_links(peers);
    if (err != ERR_OK) {
        peers_close(peers);
        return err;
    }
    *out = peers;
    return ERR_OK;
}

void peers_hang_up(struct peers *peers)
{
    if (peers == NULL)
        return;
    links_close(peers->links);
    peers->links = NULL;
}

void peers_close(struct peers *peers)
{
    peers_hang_up(peers);
    free(peers);
}

struct links *peers_links(const struct peers *peers)
{
    return peers->links;
}
