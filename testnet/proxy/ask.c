#include "testnet/proxy/ask.h"

#include "testnet/proxy/order.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { DONE = 0, REFUSED = 1, NOT_A_LINE = 2, NO_PROXY = 3 };

static FILE *call(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return NULL;
    memcpy(address.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return NULL;
    FILE *stream = NULL;
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        stream = fdopen(fd, "r+");
    if (stream == NULL)
        close(fd);
    return stream;
}

static bool join_words(char *const *words, int count, char line[ORDER_SIZE_MAX])
{
    size_t size = 0;
    for (int i = 0; i < count; i++) {
        size_t word = strlen(words[i]);
        if (ORDER_SIZE_MAX - size < word + 2 || strchr(words[i], '\n') != NULL)
            return false;
        memcpy(line + size, words[i], word);
        size += word;
        line[size++] = i + 1 < count ? ' ' : '\n';
    }
    line[size] = '\0';
    return size > 0;
}

static int tell_answer(const char *answer)
{
    if (strncmp(answer, "error: ", 7) == 0) {
        fputs(answer + 7, stderr);
        return REFUSED;
    }
    if (strcmp(answer, "ok\n") != 0)
        fputs(answer, stdout);
    return DONE;
}

int ask(const char *socket_path, char *const *words, int count)
{
    char line[ORDER_SIZE_MAX];
    char *answer = NULL;
    size_t capacity = 0;
    int result = NO_PROXY;
    if (!join_words(words, count, line)) {
        fputs("imei-wan: a command is one line of at most 1023 characters\n", stderr);
        return NOT_A_LINE;
    }
    FILE *stream = call(socket_path);
    if (stream != NULL && fputs(line, stream) >= 0 && fflush(stream) == 0 &&
        getline(&answer, &capacity, stream) > 0)
        result = tell_answer(answer);
    else
        fprintf(stderr, "imei-wan: no proxy answers at %s\n", socket_path);
    free(answer);
    if (stream != NULL)
        fclose(stream);
    return result;
}
