/*
 * sighter_settings.h: the section `sightings` of the configuration.
 */
#ifndef NODE_SIGHTER_SETTINGS_H
#define NODE_SIGHTER_SETTINGS_H

#include "conf/settings.h"

struct sighter_settings {
    bool is_on;
    uint64_t threshold;
    uint64_t memory_bytes;
    char flag_key[SETTING_TEXT_SIZE];
    uint64_t flags_a_day;
};

#define SIGHTER_MEMORY_MAX (UINT64_C(4) << 30)

extern const struct settings sighter_settings;

#endif
