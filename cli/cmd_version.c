#include "cli/command.h"
#include "cli/show.h"

enum exit_code cmd_version(struct tool *tool)
{
    if (!tool_has(tool, OPTION_JSON)) {
        fputs("imei " IMEI_VERSION "\n", tool->out);
        return EXIT_DONE;
    }
    json_t *value = json_pack("{s:s}", "version", IMEI_VERSION);
    enum exit_code code = show_json(tool, value);
    json_decref(value);
    return code;
}
