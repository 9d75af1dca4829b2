#include "testnet/proxy/network.h"

#include "proto/invariant.h"

#include <inttypes.h>
#include <stdlib.h>

struct network {
    size_t count;
    struct table_node nodes[NETWORK_NODES_MAX];
    bool is_there[NETWORK_NODES_MAX];                        /* in the last table */
    struct path paths[NETWORK_NODES_MAX][NETWORK_NODES_MAX]; /* from, to */
    struct distances distances;
    char name[WORD_SIZE];
    uint64_t seed;
};

/* Its place; `count` when it is not there. */
static size_t find(const struct network *network, const char *name)
{
    size_t place = 0;
    while (place < network->count && strcmp(network->nodes[place].name, name) != 0)
        place++;
    return place;
}

enum err network_open(uint64_t seed, struct network **out)
{
    struct network *network = calloc(1, sizeof *network);
    *out = network;
    if (network == NULL)
        return ERR_MEMORY;
    network->seed = seed;
    return ERR_OK;
}

void network_close(struct network *network)
{
    free(network);
}

/* ---- who there is, and how far ---- */

static void set_distance(struct network *network, size_t from, size_t to, uint64_t now_us)
{
    struct distance distance = distances_between(&network->distances, network->nodes[from].country,
                                                 network->nodes[to].country);
    path_set_distance(&network->paths[from][to], &distance, now_us);
}

/* Parted far enough for splitmix64, which steps by its own constant. */
static void seed_path(struct network *network, size_t from, size_t to)
{
    uint64_t number = from * NETWORK_NODES_MAX + to + 1;
    network->paths[from][to].random = (network->seed + number) * UINT64_C(0xd1342543de82ef95);
}

static void add(struct network *network, const struct table_node *node, uint64_t now_us)
{
    size_t place = network->count++;
    network->nodes[place] = *node;
    for (size_t other = 0; other < place; other++) {
        seed_path(network, place, other);
        seed_path(network, other, place);
        set_distance(network, place, other, now_us);
        set_distance(network, other, place, now_us);
    }
}

enum err network_set_table(struct network *network, const struct table *table, uint64_t now_us)
{
    size_t new_count = 0;
    for (size_t i = 0; i < table->node_count; i++)
        new_count += find(network, table->nodes[i].name) == network->count;
    if (NETWORK_NODES_MAX - network->count < new_count)
        return ERR_TOO_MANY;
    for (size_t i = 0; i < network->count; i++)
        network->is_there[i] = false;
    for (size_t i = 0; i < table->node_count; i++) {
        size_t place = find(network, table->nodes[i].name);
        if (place == network->count)
            add(network, &table->nodes[i], now_us);
        network->is_there[place] = true;
    }
    return ERR_OK;
}

void network_set_distances(struct network *network, const struct distances *distances,
                           const char *name, uint64_t now_us)
{
    network->distances = *distances;
    snprintf(network->name, sizeof network->name, "%s", name);
    for (size_t from = 0; from < network->count; from++) {
        for (size_t to = 0; to < network->count; to++) {
            if (from != to)
                set_distance(network, from, to, now_us);
        }
    }
}

struct path *network_path(struct network *network, const char *from, const char *to)
{
    size_t a = find(network, from);
    size_t b = find(network, to);
    invariant(a < network->count && b < network->count && a != b);
    return &network->paths[a][b];
}

/* ---- commands ---- */

/* A name, a country, or with "" everyone. */
static bool is_meant(const struct network *network, size_t place, const char *word)
{
    const struct table_node *node = &network->nodes[place];
    return word[0] == '\0' || strcmp(node->name, word) == 0 || strcmp(node->country, word) == 0;
}

static bool means_anyone(const struct network *network, const char *word)
{
    for (size_t i = 0; i < network->count; i++) {
        if (network->is_there[i] && is_meant(network, i, word))
            return true;
    }
    return false;
}

static void change(struct path *path, const struct order *order, uint64_t now_us)
{
    bool is_flap = order->verb == ORDER_FLAP;
    if (!is_flap)
        path->is_cut = order->verb != ORDER_HEAL;
    if (is_flap || order->verb == ORDER_HEAL)
        path_set_flap(path, &order->flap, now_us);
}

const char *network_obey(struct network *network, const struct order *order, uint64_t now_us)
{
    bool is_changed = false;
    if (!means_anyone(network, order->a) || !means_anyone(network, order->b))
        return "no node and no country has that name";
    for (size_t from = 0; from < network->count; from++) {
        for (size_t to = 0; to < network->count; to++) {
            bool there = is_meant(network, from, order->a) && is_meant(network, to, order->b);
            bool back = is_meant(network, to, order->a) && is_meant(network, from, order->b);
            if (from == to || !(there || (back && !order->is_one_way)))
                continue;
            change(&network->paths[from][to], order, now_us);
            is_changed = true;
        }
    }
    return is_changed ? NULL : "there is no way between these";
}

/* ---- telling ---- */

static void print_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

static void print_path(const struct network *network, size_t from, size_t to, FILE *out,
                       uint64_t now_us)
{
    const struct path *path = &network->paths[from][to];
    const struct distance *distance = &path->distance;
    const struct flap *flap = path->flap.period_us > 0 ? &path->flap : &distance->flap;
    fprintf(out, "{\"from\":\"%s\",\"to\":\"%s\"", network->nodes[from].name,
            network->nodes[to].name);
    fprintf(out, ",\"delay_us\":%" PRIu64 ",\"jitter_us\":%" PRIu64, distance->delay_us,
            distance->jitter_us);
    fprintf(out, ",\"bytes_per_second\":%" PRIu64 ",\"loss\":%g", distance->rate,
            (double)distance->loss / DISTANCE_LOSS_WHOLE);
    fprintf(out, ",\"cut\":%s,\"open\":%s", path->is_cut ? "true" : "false",
            path_is_open(path, now_us) ? "true" : "false");
    fprintf(out, ",\"flap_us\":%" PRIu64 ",\"flap_open_us\":%" PRIu64, flap->period_us,
            flap->open_us);
    fprintf(out, ",\"connections\":%u,\"bytes\":%" PRIu64, path->connections, path->bytes);
    fprintf(out, ",\"waiting\":%" PRIu64 ",\"lost\":%" PRIu64 "}", path->waiting, path->lost);
}

void network_print(const struct network *network, FILE *out, uint64_t now_us)
{
    const char *part = "";
    fputs("{\"profile\":", out);
    print_text(out, network->name);
    fprintf(out, ",\"seed\":%" PRIu64 ",\"nodes\":[", network->seed);
    for (size_t i = 0; i < network->count; i++) {
        if (!network->is_there[i])
            continue;
        fprintf(out, "%s{\"name\":\"%s\",\"country\":\"%s\"}", part, network->nodes[i].name,
                network->nodes[i].country);
        part = ",";
    }
    part = "";
    fputs("],\"paths\":[", out);
    for (size_t from = 0; from < network->count; from++) {
        for (size_t to = 0; to < network->count; to++) {
            if (from == to || !network->is_there[from] || !network->is_there[to])
                continue;
            fputs(part, out);
            print_path(network, from, to, out, now_us);
            part = ",";
        }
    }
    fputs("]}", out);
}
