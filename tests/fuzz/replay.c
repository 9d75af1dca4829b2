/*
 * Runs a fuzz target over every file of a corpus directory, and over every truncation of the small
 * ones. Fails when the directory holds no file: a replay of nothing shows nothing.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILE_SIZE_MAX = 4 * 1024 * 1024, TRUNCATE_SIZE_MAX = 2048 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* From a copy of the exact size, so that a sanitizer sees a read past the end. */
static void run(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);
    if (copy == NULL)
        abort();
    for (size_t i = 0; i < size; i++)
        copy[i] = data[i];
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static int replay_file(const char *path)
{
    static uint8_t data[FILE_SIZE_MAX];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return -1;
    }
    size_t size = fread(data, 1, sizeof data, file);
    fclose(file);
    run(data, size);
    for (size_t cut = 0; size <= TRUNCATE_SIZE_MAX && cut < size; cut++)
        run(data, cut);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s CORPUS-DIRECTORY\n", argv[0]);
        return 2;
    }
    DIR *directory = opendir(argv[1]);
    if (directory == NULL) {
        perror(argv[1]);
        return 1;
    }
    size_t count = 0;
    int status = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        char path[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        status |= replay_file(path);
        count++;
    }
    closedir(directory);
    printf("%zu files\n", count);
    return status == 0 && count > 0 ? 0 : 1;
}
