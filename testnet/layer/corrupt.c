#include "testnet/layer/corrupt.h"

#include "testnet/layer/chance.h"
#include "testnet/layer/raw.h"

#include <errno.h>
#include <sys/stat.h>

/* Places are tried until one has content; then the next that has, from the last one on. */
#define TRIES_MAX 64

static bool read_span(int fd, uint64_t size, uint64_t offset, unsigned char out[CORRUPT_SPAN],
                      int *got)
{
    uint64_t span = size - offset < CORRUPT_SPAN ? size - offset : CORRUPT_SPAN;
    *got = (int)pread(fd, out, span, (off_t)offset);
    for (int i = 0; i < *got; i++) {
        if (out[i] != 0)
            return true;
    }
    return false;
}

static bool find_content(int fd, uint64_t size, uint64_t seed, unsigned char out[CORRUPT_SPAN],
                         uint64_t *offset, int *got)
{
    uint64_t spans = (size + CORRUPT_SPAN - 1) / CORRUPT_SPAN;
    uint64_t span = 0;
    for (uint64_t i = 0; i < TRIES_MAX + spans; i++) {
        span = i < TRIES_MAX ? chance_draw(seed, 0, i) % spans : (span + 1) % spans;
        *offset = span * CORRUPT_SPAN;
        if (read_span(fd, size, *offset, out, got))
            return true;
    }
    return false;
}

static int flip(unsigned char *bytes, int size, uint64_t seed)
{
    unsigned char before[CORRUPT_SPAN];
    int bits = 0;
    for (int i = 0; i < size; i++)
        before[i] = bytes[i];
    for (uint64_t i = 0; i < CORRUPT_BITS; i++) {
        uint64_t bit = chance_draw(seed, 1, i) % ((uint64_t)size * 8);
        bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
    for (int i = 0; i < size; i++)
        bits += __builtin_popcount((unsigned)(before[i] ^ bytes[i]));
    /* The same bits twice: one at least is to be another. */
    bytes[0] ^= (unsigned char)(bits == 0);
    return bits == 0 ? 1 : bits;
}

bool corrupt_file(const char *path, uint64_t seed, struct corrupt_place *out)
{
    struct stat status;
    unsigned char bytes[CORRUPT_SPAN];
    int size = 0;
    int fd = raw_openat(AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
    if (fd < 0)
        return false;
    bool done = fstat(fd, &status) == 0;
    if (done && (status.st_size == 0 ||
                 !find_content(fd, (uint64_t)status.st_size, seed, bytes, &out->offset, &size))) {
        errno = ENODATA;
        done = false;
    }
    if (done) {
        out->bits = flip(bytes, size, seed);
        done = raw_pwrite(fd, bytes, (size_t)size, (off_t)out->offset) == size;
    }
    int error = errno;
    close(fd);
    errno = error;
    return done;
}
