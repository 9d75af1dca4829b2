#include "cli/list_memory.h"

#include "cli/file.h"
#include "cli/state_file.h"
#include "proto/hex.h"

#include <jansson.h>
#include <stdlib.h>

enum { MEMORY_SIZE_MAX = 4096 };

static void read_memory(struct list_memory *memory)
{
    uint8_t *data;
    size_t size;
    if (file_load(memory->path, MEMORY_SIZE_MAX, &data, &size) != ERR_OK)
        return;
    json_t *value = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
    free(data);
    json_int_t rows = json_integer_value(json_object_get(value, "rows"));
    const char *list = json_string_value(json_object_get(value, "under_way"));
    memory->whole_rows = rows > 0 ? (uint64_t)rows : 0;
    memory->is_under_way =
        list != NULL && strlen(list) == 2 * (size_t)HASH_SIZE &&
        hex_decode(list, strlen(list), memory->under_way.bytes, HASH_SIZE) == ERR_OK;
    json_decref(value);
}

enum exit_code list_memory_open(struct tool *tool, const struct hash *identity,
                                struct list_memory *out)
{
    *out = (struct list_memory){.path = state_file_path("list", identity)};
    if (out->path == NULL)
        return tool_misused(tool, "Set HOME.", "there is no place to remember the list");
    read_memory(out);
    return EXIT_DONE;
}

void list_memory_close(struct list_memory *memory)
{
    free(memory->path);
    memory->path = NULL;
}

static enum exit_code write_memory(struct tool *tool, const struct list_memory *memory)
{
    char list[2 * HASH_SIZE + 1];
    hex_encode(memory->under_way.bytes, HASH_SIZE, list);
    json_t *value = json_pack("{s:I, s:o}", "rows", (json_int_t)memory->whole_rows, "under_way",
                              memory->is_under_way ? json_string(list) : json_null());
    char *text = json_dumps(value, JSON_COMPACT);
    enum err err = file_keep(memory->path, bytes_of(text, strlen(text)));
    free(text);
    json_decref(value);
    return err == ERR_OK ? EXIT_DONE : tool_failed(tool, err, "%s", memory->path);
}

enum exit_code list_memory_begin(struct tool *tool, struct list_memory *memory,
                                 const struct hash *list)
{
    memory->is_under_way = true;
    memory->under_way = *list;
    return write_memory(tool, memory);
}

enum exit_code list_memory_finish(struct tool *tool, struct list_memory *memory,
                                  uint64_t whole_rows)
{
    memory->is_under_way = false;
    if (whole_rows > 0)
        memory->whole_rows = whole_rows;
    return write_memory(tool, memory);
}
