/*
 * s13_files.h: the certificates of S13, looked at before freeDiameter is given them: it says
 * little, and only once its process has started.
 */
#ifndef FRONT_S13_FILES_H
#define FRONT_S13_FILES_H

#include "front/s13_settings.h"

/* With TLS: certificate, key and authority can be read, belong together, carry the name, and are
 * valid now, as freeDiameter wants them. ERR_CONFIG with `complaint`, which names the key;
 * ERR_MEMORY. */
enum err s13_files_check(const struct s13_options *options, struct complaint *complaint) must_check;

#endif
