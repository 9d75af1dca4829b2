#include "json/print.h"

#include <stdlib.h>

enum { CAPACITY_FIRST = 1024 };

static bool reserve(struct print *print, size_t size)
{
    if (print->err != ERR_OK)
        return false;
    if (print->size_max - print->size < size) {
        print->err = ERR_TOO_LARGE;
        return false;
    }
    size_t capacity = print->capacity > 0 ? print->capacity : CAPACITY_FIRST;
    while (capacity - print->size < size)
        capacity *= 2;
    if (capacity == print->capacity)
        return true;
    char *data = realloc(print->data, capacity);
    if (data == NULL) {
        print->err = ERR_MEMORY;
        return false;
    }
    print->data = data;
    print->capacity = capacity;
    return true;
}

void print_bytes(struct print *print, struct bytes bytes)
{
    if (!reserve(print, bytes.size))
        return;
    memcpy(print->data + print->size, bytes.data, bytes.size);
    print->size += bytes.size;
}

void print_text(struct print *print, const char *text)
{
    print_bytes(print, bytes_of(text, strlen(text)));
}

static int append(const char *text, size_t size, void *context)
{
    struct print *print = context;
    print_bytes(print, bytes_of(text, size));
    return print->err == ERR_OK ? 0 : -1;
}

void print_value(struct print *print, json_t *value)
{
    int result = value == NULL
                     ? -1
                     : json_dump_callback(value, append, print, JSON_COMPACT | JSON_ENCODE_ANY);
    if (result != 0 && print->err == ERR_OK)
        print->err = ERR_MEMORY;
    json_decref(value);
}

void print_back(struct print *print, size_t size)
{
    print->size = size;
    if (print->err == ERR_TOO_LARGE)
        print->err = ERR_OK;
}

void print_free(struct print *print)
{
    free(print->data);
    print->data = NULL;
}
