#include "proto/address.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static const char scheme[] = "tls+tcp://";

static const char digits[] = "0123456789";
static const char hexadecimal[] = "0123456789abcdefABCDEF:.";
static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "0123456789.-_";

/* The bytes of the host before the colon of the port; 0: there is none. */
static size_t host_size(const char *text)
{
    if (text[0] != '[')
        return strspn(text, letters);
    size_t size = strspn(text + 1, hexadecimal);
    return size > 0 && text[1 + size] == ']' ? size + 2 : 0;
}

static bool is_port(const char *text)
{
    size_t size = strspn(text, digits);
    if (size == 0 || size > 5 || text[size] != '\0' || text[0] == '0')
        return false;
    unsigned port = 0;
    for (; *text != '\0'; text++)
        port = 10 * port + (unsigned)(*text - '0');
    return port <= 65535;
}

static enum err check(const char *address, bool is_listen)
{
    if (strlen(address) > ADDRESS_SIZE_MAX || strncmp(address, scheme, sizeof scheme - 1) != 0)
        return ERR_BAD_TEXT;
    const char *host = address + sizeof scheme - 1;
    size_t size = is_listen && host[0] == '*' ? 1 : host_size(host);
    return size > 0 && host[size] == ':' && is_port(host + size + 1) ? ERR_OK : ERR_BAD_TEXT;
}

enum err address_check(const char *address)
{
    return check(address, false);
}

enum err address_check_listen(const char *address)
{
    return check(address, true);
}
