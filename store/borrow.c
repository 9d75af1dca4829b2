#include "store/borrow.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum err borrow_data(const char *source, const char *target)
{
    char data[PATH_MAX];
    char absolute[PATH_MAX];
    char link[PATH_MAX];
    int size = snprintf(data, sizeof data, "%s/data.mdb", source);
    if (size >= (int)sizeof data || realpath(data, absolute) == NULL)
        return ERR_NOT_FOUND;
    size = snprintf(link, sizeof link, "%s/data.mdb", target);
    if (size >= (int)sizeof link || mkdir(target, 0700) != 0 || symlink(absolute, link) != 0)
        return ERR_READ_ONLY;
    return ERR_OK;
}
