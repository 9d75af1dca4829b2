#include "testnet/proxy/wan.h"

#include "store/directory.h"
#include "testnet/proxy/network.h"
#include "testnet/proxy/relay.h"

#include <stdlib.h>

struct wan {
    struct wan_options options;
    struct network *network;
    size_t relay_count;
    struct relay *relays[TABLE_LINKS_MAX];
    uint64_t held; /* bytes, by all relays */
};

/* ---- files ---- */

static enum err read_text(const char *path, size_t size_max, uint8_t **data, size_t *size,
                          struct complaint *complaint)
{
    enum err err = file_read(path, size_max, data, size);
    if (err == ERR_OK || err == ERR_MEMORY)
        return err;
    return complain(complaint, 0, "%s: %s", path, err_sentence(err));
}

/* A complaint about a file says which. */
static enum err name_file(struct complaint *complaint, const char *path)
{
    struct complaint inner = *complaint;
    return complain(complaint, inner.line, "%s:%u: %s", path, inner.line, inner.text);
}

static enum err read_distances(const char *path, struct distances *out, struct complaint *complaint)
{
    uint8_t *data = NULL;
    size_t size;
    enum err err = read_text(path, DISTANCE_TEXT_MAX, &data, &size, complaint);
    if (err == ERR_OK && (err = distances_parse(bytes_of(data, size), out, complaint)) != ERR_OK)
        err = name_file(complaint, path);
    free(data);
    return err;
}

static enum err read_table(const char *path, struct table *out, struct complaint *complaint)
{
    uint8_t *data = NULL;
    size_t size;
    enum err err = read_text(path, TABLE_TEXT_MAX, &data, &size, complaint);
    if (err == ERR_OK && (err = table_parse(bytes_of(data, size), out, complaint)) != ERR_OK)
        err = name_file(complaint, path);
    free(data);
    return err;
}

enum err wan_check(const char *profile, const char *table, struct complaint *complaint)
{
    struct distances *distances = malloc(sizeof *distances);
    struct table *links = malloc(sizeof *links);
    enum err err = ERR_MEMORY;
    *complaint = (struct complaint){.line = 0};
    if (distances != NULL && links != NULL)
        err = read_distances(profile, distances, complaint);
    if (err == ERR_OK && table != NULL)
        err = read_table(table, links, complaint);
    free(distances);
    free(links);
    return err;
}

/* "testnet/profiles/world.table" is "world". */
static void profile_name(const char *path, char name[WORD_SIZE])
{
    const char *slash = strrchr(path, '/');
    snprintf(name, WORD_SIZE, "%s", slash == NULL ? path : slash + 1);
    char *dot = strrchr(name, '.');
    if (dot != NULL)
        *dot = '\0';
}

static enum err load_profile(struct wan *wan, const char *path, struct complaint *complaint)
{
    char name[WORD_SIZE];
    struct distances *distances = malloc(sizeof *distances);
    if (distances == NULL)
        return ERR_MEMORY;
    enum err err = read_distances(path, distances, complaint);
    profile_name(path, name);
    if (err == ERR_OK)
        network_set_distances(wan->network, distances, name, relay_now_us());
    free(distances);
    return err;
}

/* ---- relays ---- */

static struct path *path_between(struct wan *wan, const struct table *table, size_t from, size_t to)
{
    return network_path(wan->network, table->nodes[from].name, table->nodes[to].name);
}

static bool is_in(struct wan *wan, const struct relay *relay, const struct table *table)
{
    for (size_t i = 0; i < table->link_count; i++) {
        const struct table_link *link = &table->links[i];
        if (relay_is_of(relay, link, path_between(wan, table, link->caller, link->called)))
            return true;
    }
    return false;
}

static void close_others(struct wan *wan, const struct table *table)
{
    size_t kept = 0;
    for (size_t i = 0; i < wan->relay_count; i++) {
        if (is_in(wan, wan->relays[i], table))
            wan->relays[kept++] = wan->relays[i];
        else
            relay_close(wan->relays[i]);
    }
    wan->relay_count = kept;
}

static enum err open_link(struct wan *wan, const struct table *table, const struct table_link *link,
                          struct complaint *complaint)
{
    struct path *path = path_between(wan, table, link->caller, link->called);
    struct path *back = path_between(wan, table, link->called, link->caller);
    for (size_t i = 0; i < wan->relay_count; i++) {
        if (relay_is_of(wan->relays[i], link, path))
            return ERR_OK;
    }
    if (wan->relay_count == TABLE_LINKS_MAX)
        return ERR_TOO_MANY;
    enum err err =
        relay_open(wan->options.loop, link, path, back, &wan->held, &wan->relays[wan->relay_count]);
    if (err == ERR_OK)
        wan->relay_count++;
    else
        (void)complain(complaint, 0, "cannot listen at %s:%u", link->listen.host,
                       link->listen.port);
    return err;
}

static enum err follow(struct wan *wan, const struct table *table, struct complaint *complaint)
{
    enum err err = network_set_table(wan->network, table, relay_now_us());
    if (err != ERR_OK)
        return complain(complaint, 0, "%s", err_sentence(err));
    close_others(wan, table);
    for (size_t i = 0; i < table->link_count && err == ERR_OK; i++)
        err = open_link(wan, table, &table->links[i], complaint);
    return err;
}

static enum err load_table(struct wan *wan, struct complaint *complaint)
{
    struct table *table = malloc(sizeof *table);
    if (table == NULL)
        return ERR_MEMORY;
    enum err err = read_table(wan->options.table, table, complaint);
    if (err == ERR_OK)
        err = follow(wan, table, complaint);
    free(table);
    return err;
}

enum err wan_open(const struct wan_options *options, struct wan **out, struct complaint *complaint)
{
    struct wan *wan = calloc(1, sizeof *wan);
    *out = wan;
    *complaint = (struct complaint){.line = 0};
    if (wan == NULL)
        return ERR_MEMORY;
    wan->options = *options;
    enum err err = network_open(options->seed, &wan->network);
    if (err == ERR_OK)
        err = load_profile(wan, options->profile, complaint);
    if (err == ERR_OK)
        err = load_table(wan, complaint);
    return err;
}

void wan_close(struct wan *wan)
{
    for (size_t i = 0; i < wan->relay_count; i++)
        relay_close(wan->relays[i]);
    wan->relay_count = 0;
}

void wan_free(struct wan *wan)
{
    if (wan == NULL)
        return;
    network_close(wan->network);
    free(wan);
}

/* ---- commands ---- */

void wan_obey(struct wan *wan, struct bytes line, FILE *answer)
{
    struct order order;
    struct complaint complaint = {.text = "out of memory"};
    const char *wrong = order_parse(line, &order);
    enum err err = ERR_OK;
    if (wrong != NULL) {
        fprintf(answer, "error: %s\n", wrong);
        return;
    }
    switch (order.verb) {
    case ORDER_STATE:
        network_print(wan->network, answer, relay_now_us());
        fputc('\n', answer);
        return;
    case ORDER_PROFILE: err = load_profile(wan, order.file, &complaint); break;
    case ORDER_RELOAD: err = load_table(wan, &complaint); break;
    case ORDER_CUT:
    case ORDER_FLAP:
    case ORDER_ISOLATE:
    case ORDER_HEAL: wrong = network_obey(wan->network, &order, relay_now_us()); break;
    }
    if (err != ERR_OK)
        wrong = complaint.text;
    if (wrong == NULL)
        fputs("ok\n", answer);
    else
        fprintf(answer, "error: %s\n", wrong);
}
