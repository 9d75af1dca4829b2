#include "front/api_document.h"

#include "proto/hash.h"
#include "proto/hex.h"

#include <stdio.h>
#include <stdlib.h>

/* docs/openapi.yaml: cmake/Embed.cmake. */
extern const unsigned char openapi_yaml[];
extern const size_t openapi_yaml_size;

enum { TAG_BYTES = 8, TAG_SIZE = 2 * TAG_BYTES + 3 };

/* Quoted, as RFC 9110 8.8.3 has it. */
static void write_tag(char tag[TAG_SIZE])
{
    struct hash hash = hash_of(bytes_of(openapi_yaml, openapi_yaml_size));
    char digits[2 * TAG_BYTES + 1];
    hex_encode(hash.bytes, TAG_BYTES, digits);
    snprintf(tag, TAG_SIZE, "\"%s\"", digits);
}

static enum err read_document(struct turn *turn)
{
    struct bytes known = turn->http->fields[HTTP_FIELD_IF_NONE_MATCH];
    enum err err = turn_params(turn, NULL, 0);
    turn->own = malloc(TAG_SIZE);
    if (turn->own == NULL)
        return ERR_MEMORY;
    write_tag(turn->own);
    /* A list of tags, weak or not (RFC 9110 13.1.2). */
    if (known.size > 0 && memmem(known.data, known.size, turn->own, TAG_SIZE - 1) != NULL)
        turn->status = 304;
    else
        print_bytes(&turn->text, bytes_of(openapi_yaml, openapi_yaml_size));
    return err;
}

static void add_tag(struct turn *turn, struct http_field *fields)
{
    if (turn->own != NULL)
        fields[0] = (struct http_field){"etag", turn->own};
}

const struct turn_plan api_document_plan = {
    .gives = "application/yaml", /* RFC 9512 */
    .caches = "public, max-age=3600",
    .read = read_document,
    .add_fields = add_tag,
};
