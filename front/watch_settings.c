#include "front/watch_settings.h"

#include <stddef.h>

static const struct setting rows[] = {
    {"listen", SETTING_ADDRESS, offsetof(struct watch_options, listen),
     "Where GET /metrics, /health/live and /health/ready are answered, by HTTP without TLS: an\n"
     "address that only those who watch can reach.",
     .standard = "127.0.0.1:9177"},
};

const struct settings watch_settings = {.rows = rows, .count = sizeof rows / sizeof rows[0]};
