#include "cli/tool.h"

#include <locale.h>

int main(int argc, char **argv)
{
    /* So that columns are as wide as their characters; nothing else here depends on the locale. */
    setlocale(LC_CTYPE, "");
    return tool_run(argc, argv, stdout, stderr);
}
