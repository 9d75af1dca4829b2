#include "cli/state_file.h"

#include "proto/hex.h"

#include <stdio.h>
#include <stdlib.h>

enum { NAME_DIGITS = 16 };

char *state_file_path(const char *kind, const struct hash *identity)
{
    char name[2 * HASH_SIZE + 1];
    char *path = NULL;
    int size;
    hex_encode(identity->bytes, HASH_SIZE, name);
    name[NAME_DIGITS] = '\0';
    const char *state_home = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    if (state_home != NULL && *state_home == '/')
        size = asprintf(&path, "%s/imei/%s-%s.json", state_home, kind, name);
    else if (home != NULL && *home != '\0')
        size = asprintf(&path, "%s/.local/state/imei/%s-%s.json", home, kind, name);
    else
        return NULL;
    return size < 0 ? NULL : path;
}
