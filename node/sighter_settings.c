#include "node/sighter_settings.h"

#include "eir/sightings.h"

#include <stddef.h>

#define AT(field) offsetof(struct sighter_settings, field)

static const struct setting rows[] = {
    {"threshold", SETTING_NUMBER, AT(threshold),
     "A device with so many subscribers within 30 days is suspected to be several.",
     .standard = "3", .min = 2, .max = SIGHTINGS_SUBSCRIBERS},
    {"memory_bytes", SETTING_NUMBER, AT(memory_bytes),
     "What is kept takes so much memory, 40 bytes a device, and as much again while it is "
     "written.\n"
     "When it is full, devices that were not seen for longest are forgotten.",
     .standard = "67108864", .min = 4096, .max = SIGHTER_MEMORY_MAX},
    {"flag_key", SETTING_PATH, AT(flag_key),
     "A key of your organisation, in PEM without a passphrase: with it the node itself says on "
     "the\n"
     "ledger that a suspected device is a duplicate, once for each device. This is the one case "
     "in\n"
     "which such a key lies on a node: whoever takes over the machine can sign with it. Give the\n"
     "node a key that is for nothing else. Empty: it tells you and nobody else.",
     .standard = SETTING_NONE},
    {"flags_a_day", SETTING_NUMBER, AT(flags_a_day),
     "The node signs no more than so many a day, whatever it sees.", .standard = "100", .min = 1,
     .max = 100000},
};

const struct settings sighter_settings = {
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .lists = "imeid --print-config",
};
