/*
 * list_folder.h: a directory of lists: its manifest, read and shown.
 */
#ifndef CLI_LIST_FOLDER_H
#define CLI_LIST_FOLDER_H

#include "cli/tool.h"
#include "lists/manifest.h"

#include <jansson.h>

/* The manifest as it is signed, and the same for people and programs, beside it. */
#define MANIFEST_NAME      "manifest.cose"
#define MANIFEST_JSON_NAME "manifest.json"

/* A manifest that was read. `envelope` is a view into `data`; free() that. */
struct list_folder {
    uint8_t *data;
    struct cose_sign1 envelope;
    struct manifest manifest;
};

/* Reads the manifest at `path`, or in the directory `path`. The signature is not verified. */
enum exit_code list_folder_read(struct tool *tool, const char *path,
                                struct list_folder *out) must_check;

json_t *manifest_value(const struct manifest *manifest);
/* What MANIFEST_JSON_NAME holds; free() it. */
char *manifest_text(const struct manifest *manifest);

/* Shows it with its files. */
enum exit_code manifest_show(struct tool *tool, const json_t *value) must_check;

#endif
