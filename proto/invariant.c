#include "proto/invariant.h"

#include <stdio.h>
#include <stdlib.h>

void invariant_broken(const char *file, int line, const char *condition)
{
    fprintf(stderr, "level=fatal event=invariant file=%s line=%d condition=\"%s\"\n", file, line,
            condition);
    abort();
}
