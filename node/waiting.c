#include "node/waiting.h"

#include "proto/invariant.h"

#include <stdlib.h>

/* A client that waits for a transaction. */
struct waiter {
    struct waiter *next;
    struct call *call;
    uint64_t deadline_ms;
};

enum err waiting_open(struct waiting_list *list, size_t bytes_max)
{
    *list = (struct waiting_list){.bytes_max = bytes_max, .last = &list->first};
    return id_map_open(&list->map);
}

void waiting_close(struct waiting_list *list)
{
    while (list->first != NULL)
        waiting_remove(list, list->first);
    id_map_close(&list->map);
}

struct waiting *waiting_find(const struct waiting_list *list, const struct hash *id)
{
    return (struct waiting *)id_map_find(&list->map, id);
}

/* The same transaction again. */
static void replace(struct waiting *waiting, struct tx_ref *tx, bool is_verified)
{
    if (waiting->is_verified || !is_verified)
        return;
    tx_ref_drop(waiting->tx);
    waiting->tx = tx_ref_hold(tx);
    waiting->is_verified = true;
    waiting->sent_ms = 0;
}

struct waiting *waiting_add(struct waiting_list *list, struct tx_ref *tx, bool is_verified,
                            uint64_t until_ms)
{
    size_t size = tx->tx.encoded.size;
    struct waiting *waiting = waiting_find(list, &tx->tx.id);
    if (waiting != NULL) {
        replace(waiting, tx, is_verified);
        return waiting;
    }
    if (list->map.count >= WAITING_MAX || list->bytes_max - list->bytes < size)
        return NULL;
    waiting = calloc(1, sizeof *waiting);
    if (waiting == NULL)
        return NULL;
    waiting->entry.id = tx->tx.id;
    waiting->tx = tx_ref_hold(tx);
    waiting->is_verified = is_verified;
    waiting->until_ms = until_ms;
    waiting->previous = list->last;
    *list->last = waiting;
    list->last = &waiting->next;
    list->bytes += size;
    id_map_add(&list->map, &waiting->entry);
    return waiting;
}

void waiting_remove(struct waiting_list *list, struct waiting *waiting)
{
    invariant(waiting->waiters == NULL);
    *waiting->previous = waiting->next;
    if (waiting->next != NULL)
        waiting->next->previous = waiting->previous;
    else
        list->last = waiting->previous;
    list->bytes -= waiting->tx->tx.encoded.size;
    id_map_remove(&list->map, &waiting->entry);
    tx_ref_drop(waiting->tx);
    free(waiting);
}

enum err waiting_attach(struct waiting *waiting, struct call *call, uint64_t deadline_ms)
{
    struct waiter *waiter = malloc(sizeof *waiter);
    if (waiter == NULL)
        return ERR_BUSY;
    *waiter = (struct waiter){
        .next = waiting->waiters,
        .call = call,
        .deadline_ms = deadline_ms,
    };
    waiting->waiters = waiter;
    return ERR_OK;
}

void waiting_answer(struct waiting *waiting, enum err err, const struct tx_answer *answer)
{
    while (waiting->waiters != NULL) {
        struct waiter *waiter = waiting->waiters;
        waiting->waiters = waiter->next;
        clerk_answer_tx(waiter->call, err, answer);
        free(waiter);
    }
}

void waiting_expire(struct waiting *waiting, uint64_t now_ms)
{
    struct tx_answer answer = {.id = waiting->entry.id, .state = TX_PENDING};
    struct waiter **at = &waiting->waiters;
    while (*at != NULL) {
        struct waiter *waiter = *at;
        if (waiter->deadline_ms > now_ms) {
            at = &waiter->next;
            continue;
        }
        *at = waiter->next;
        clerk_answer_tx(waiter->call, ERR_OK, &answer);
        free(waiter);
    }
}
