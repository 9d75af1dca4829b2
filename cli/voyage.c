#include "cli/voyage.h"

#include "cli/file.h"
#include "cli/signer.h"
#include "cli/state_file.h"
#include "proto/hex.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

enum { STATE_SIZE_MAX = 4096 };

/* A statement should not expire on the way, and clocks differ. */
#define MARGIN_MS (UINT64_C(3600) * 1000)
#define AHEAD_MS  (UINT64_C(60) * 1000)

/* --state, or a file of the identity's name. NULL without a home. */
static char *state_path(const struct tool *tool, const struct hash *identity)
{
    const char *given = tool_value(tool, OPTION_STATE);
    return given != NULL ? strdup(given) : state_file_path("import", identity);
}

/* The time in a state file; 0 when there is none that can be used. `is_other`: another import's. */
static uint64_t read_state(const char *path, const char *identity, bool *is_other)
{
    uint8_t *data;
    size_t size;
    *is_other = false;
    if (file_load(path, STATE_SIZE_MAX, &data, &size) != ERR_OK)
        return 0;
    json_t *state = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
    free(data);
    const char *of = json_string_value(json_object_get(state, "import"));
    json_int_t time = json_integer_value(json_object_get(state, "issued_at_ms"));
    *is_other = of == NULL || strcmp(of, identity) != 0;
    json_decref(state);
    return *is_other || time < 0 ? 0 : (uint64_t)time;
}

static enum err write_state(const char *path, const char *identity, uint64_t issued_at_ms)
{
    json_t *state =
        json_pack("{s:s, s:I}", "import", identity, "issued_at_ms", (json_int_t)issued_at_ms);
    char *text = json_dumps(state, JSON_COMPACT);
    enum err err = file_keep(path, bytes_of(text, strlen(text)));
    free(text);
    json_decref(state);
    return err;
}

static uint64_t lane_of(const struct hash *identity, uint64_t issued_at_ms)
{
    uint8_t time[sizeof issued_at_ms];
    struct writer writer = writer_over(time, sizeof time);
    writer_u64(&writer, issued_at_ms);
    struct hasher hasher;
    hasher_begin(&hasher);
    hasher_add(&hasher, identity->bytes, HASH_SIZE);
    hasher_add(&hasher, time, sizeof time);
    struct hash hash = hasher_end(&hasher);
    struct reader reader = reader_over(bytes_of(hash.bytes, HASH_SIZE));
    return reader_u64(&reader);
}

enum exit_code voyage_open(struct tool *tool, const struct hash *identity, struct voyage *out)
{
    *out = (struct voyage){.path = state_path(tool, identity)};
    if (out->path == NULL)
        return tool_misused(tool, "Set HOME, or name a file with --state.",
                            "there is no place to remember the import");
    char name[2 * HASH_SIZE + 1];
    hex_encode(identity->bytes, HASH_SIZE, name);
    uint64_t now = tool_now_ms();
    bool is_other;
    uint64_t kept = read_state(out->path, name, &is_other);
    if (is_other)
        return tool_misused(tool, "Name another file with --state, or remove this one.",
                            "%s is the state of another import", out->path);
    out->is_resumed = kept <= now + AHEAD_MS && kept + SIGNER_VALIDITY_MS > now + MARGIN_MS;
    out->issued_at_ms = out->is_resumed ? kept : now;
    out->lane = lane_of(identity, out->issued_at_ms);
    if (out->is_resumed)
        return EXIT_DONE;
    enum err err = write_state(out->path, name, now);
    return err == ERR_OK ? EXIT_DONE : tool_failed(tool, err, "%s", out->path);
}

void voyage_finish(struct voyage *voyage)
{
    (void)unlink(voyage->path);
}

void voyage_close(struct voyage *voyage)
{
    free(voyage->path);
    *voyage = (struct voyage){0};
}
