#include "cli/list_file.h"

#include "cli/input.h"

enum exit_code list_file_read(struct tool *tool, const char *path, list_use *use, void *context)
{
    struct input *input;
    struct list *list = NULL;
    struct complaint complaint;
    enum err err = input_open(path, &input);
    if (err == ERR_OK)
        err = list_open(input_fill, input, &list, &complaint);
    enum exit_code code;
    if (err == ERR_OK) {
        code = use(context, list);
        err = list_err(list);
        if (code == EXIT_DONE && err != ERR_OK)
            code = input_refused(tool, path, err, NULL, NULL);
    } else {
        code = input_refused(tool, path, err, &complaint,
                             "Begin the file with a line that names the columns, as imei,reason, "
                             "or give one IMEI a line.");
    }
    list_close(list);
    input_close(input);
    return code;
}
