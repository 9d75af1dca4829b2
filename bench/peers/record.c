#include "bench/peers/record.h"

#include "proto/invariant.h"

#include <stdio.h>
#include <string.h>

struct record *record;

static void add(struct names *names, const char *name)
{
    invariant(names->count < RECORD_NAMES_MAX);
    snprintf(names->name[names->count++], GROUP_NAME_SIZE, "%s", name);
}

static bool has(const struct names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->name[i], name) == 0)
            return true;
    }
    return false;
}

void record_answer(const char *name)
{
    add(&record->answered, name);
}

bool record_is_answered(const char *name)
{
    return has(&record->answered, name);
}

void record_apply(uint32_t id, const char *name)
{
    size_t place = record->applied[id].count;
    add(&record->applied[id], name);
    if (place == record->first.count) {
        record->first_by[place] = id;
        add(&record->first, name);
    } else if (strcmp(record->first.name[place], name) != 0 && record->difference[0] == '\0') {
        snprintf(record->difference, sizeof record->difference,
                 "S%u applied %s where S%u applied %s", id, name, record->first_by[place],
                 record->first.name[place]);
    }
}

void record_restart(uint32_t id)
{
    record->applied[id].count = 0;
}

static void print_names(const char *key, const struct names *names, const struct names *without)
{
    const char *comma = "";
    printf("\"%s\": [", key);
    for (size_t i = 0; i < names->count; i++) {
        if (without != NULL && has(without, names->name[i]))
            continue;
        printf("%s\"%s\"", comma, names->name[i]);
        comma = ", ";
    }
    printf("], ");
}

static void print_text(const char *key, const char *text, const char *end)
{
    if (text[0] == '\0')
        printf("\"%s\": null%s", key, end);
    else
        printf("\"%s\": \"%s\"%s", key, text, end);
}

void record_print(const char *schedule, int signal)
{
    const struct names *judge = &record->applied[record->judge];
    printf("{\"schedule\": \"%s\", \"engine\": \"%s\", \"answered\": %zu, ", schedule, group_engine,
           record->answered.count);
    print_names("lost", &record->answered, judge);
    print_text("difference", record->difference, ", ");
    print_text("note", record->note, ", ");
    printf("\"finished\": %s, \"signal\": %d}\n", record->is_finished ? "true" : "false", signal);
}
