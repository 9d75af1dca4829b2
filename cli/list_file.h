/*
 * list_file.h: a list of IMEIs in a file, opened, read and closed.
 */
#ifndef CLI_LIST_FILE_H
#define CLI_LIST_FILE_H

#include "cli/list.h"
#include "cli/tool.h"

/* Reads the rows of the open list, and says what is wrong with one. */
typedef enum exit_code list_use(void *context, struct list *list);

/* Opens the file ("-": the standard input), hands the list to `use` and closes both; what `use`
 * returns. EXIT_USAGE, with a sentence, when the file cannot be opened, is no such list, or could
 * not be read to its end. */
enum exit_code list_file_read(struct tool *tool, const char *path, list_use *use,
                              void *context) must_check;

#endif
