/*
 * watch_settings.h: the section `metrics` of the configuration.
 */
#ifndef FRONT_WATCH_SETTINGS_H
#define FRONT_WATCH_SETTINGS_H

#include "conf/settings.h"

struct watch_options {
    bool is_on;
    struct host_port listen;
};

extern const struct settings watch_settings;

#endif
