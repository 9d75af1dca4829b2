/*
 * diameter_config.h: freeDiameter's own configuration, made of ours.
 *
 * freeDiameter reads a file; it gets one that lies in memory and has no name, which nobody else
 * can read or write.
 */
#ifndef FRONT_DIAMETER_CONFIG_H
#define FRONT_DIAMETER_CONFIG_H

#include "front/s13_settings.h"
#include "proto/err.h"

#include <sys/socket.h>

#define DIAMETER_CONFIG_SIZE_MAX 8192
#define DIAMETER_PATH_SIZE       32

/* freeDiameter's grammar has no escapes: ERR_CONFIG for a value that would end its quotation marks.
 * `group` is the path of a file with Diffie-Hellman's parameters. */
enum err diameter_config_text(const struct s13_options *options, const char *group,
                              char text[DIAMETER_CONFIG_SIZE_MAX]) must_check;

/* Where to listen, without the port, for freeDiameter's list of endpoints. `is_any`: on all
 * addresses, which is what an empty list means. ERR_CONFIG: it is not numeric. */
enum err diameter_endpoint(const struct host_port *listen, struct sockaddr_storage *out,
                           bool *is_any) must_check;

/* A file of this process alone, for as long as it lives. Writes the path under which this process
 * opens it. ERR_IO. */
enum err diameter_file(const char *name, const char *text,
                       char path[DIAMETER_PATH_SIZE]) must_check;

/* A group of 2048 bits that is known to be sound (RFC 7919 A.1), PKCS #3 in PEM: freeDiameter would
 * make one of 1024 bits at each start. */
extern const char diameter_group[];

#endif
