/*
 * reform.h: whether a transaction changed what an organisation is, and with it perhaps what each of
 * its claims counts for: its country, its roles.
 */
#ifndef LISTS_REFORM_H
#define LISTS_REFORM_H

#include "lists/source.h"
#include "proto/statement.h"

/* A proposal or a ballot above height `since`. True, and the organisation's name, when it took
 * effect on an organisation that was there at that height already. The errors of the store. */
enum err reform_find(struct source *source, const struct transaction *transaction, uint64_t since,
                     bool *is_reform, struct name *name) must_check;

#endif
