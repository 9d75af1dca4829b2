#include "node/contacts.h"

#include "node/clock.h"

void contacts_init(struct contacts *contacts, const struct join_question *question)
{
    *contacts = (struct contacts){.question = *question};
}

void contacts_close(struct contacts *contacts)
{
    asking_drop(contacts->asking);
    contacts->asking = NULL;
}

static void take(const struct join_answer *answer, struct peers *peers)
{
    log_event(LOG_INFO, "contacts", "members=%zu why=%s", answer->count, err_name(answer->err));
    if (answer->has_self && answer->self.wanted == WANTED_REMOVED)
        /* One node's word: not enough to stop for. */
        log_event(LOG_WARNING, "contacts", "text=\"%s\" do=\"%s\"",
                  "the node under 'join' says that this node was removed from the network",
                  "ask a regulator; if it is so, stop this node's service");
    if (answer->err == ERR_OK)
        peers_set_contacts(peers, answer->members, answer->count);
}

void contacts_tend(struct contacts *contacts, const struct driver *driver, struct peers *peers)
{
    if (contacts->asking != NULL && asking_is_done(contacts->asking)) {
        take(asking_answer(contacts->asking), peers);
        contacts_close(contacts);
    }
    uint64_t now_ms = clock_monotonic_ms();
    bool is_due = contacts->question.address_count > 0 && contacts->asking == NULL &&
                  driver_status(driver).leader == 0 && now_ms >= contacts->due_ms;
    if (!is_due)
        return;
    contacts->due_ms = now_ms + CONTACTS_EVERY_MS;
    if (asking_start(&contacts->question, &contacts->asking) != ERR_OK)
        contacts->asking = NULL; /* no memory now: the next time */
}
