/*
 * server_address.h: where clients connect to: tcp://HOST:PORT, or ipc:///PATH, a socket in the file
 * system. HOST is a name, an IPv4 address, an IPv6 address in brackets, or `*`.
 */
#ifndef NODE_SERVER_ADDRESS_H
#define NODE_SERVER_ADDRESS_H

#include "node/sp.h"

#include <stdbool.h>
#include <sys/un.h>

struct server_address {
    enum sp_transport transport;
    char path[sizeof((struct sockaddr_un *)0)->sun_path]; /* SP_IPC */
};

/* A listening socket that does not block. `why` is what to tell the person when it is -1. */
int server_listen(const char *text, struct server_address *out, const char **why);
/* Closes it, and takes the socket's name out of the file system. */
void server_hush(const struct server_address *address, int listener);

/* Whether who has connected is on this machine. */
bool server_is_local(const struct server_address *address, int fd);

#endif
