#include "testnet/layer/control.h"

#include "testnet/layer/raw.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* Written aside and renamed: nobody finds half a file. */
static int make_file(int directory)
{
    static const char temporary[] = "control.new";
    struct control fresh = {
        .magic = CONTROL_MAGIC, .version = CONTROL_VERSION, .size = sizeof fresh};
    int fd = raw_openat(directory, temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    bool done = raw_pwrite(fd, &fresh, sizeof fresh, 0) == sizeof fresh &&
                raw_renameat(directory, temporary, directory, "control") == 0;
    if (done)
        return fd;
    close(fd);
    return -1;
}

struct control *control_map(int directory, bool make)
{
    int fd = raw_openat(directory, "control", O_RDWR | O_CLOEXEC, 0);
    if (fd < 0 && errno == ENOENT && make)
        fd = make_file(directory);
    if (fd < 0)
        return NULL;
    struct stat status;
    bool fits = fstat(fd, &status) == 0 && status.st_size == sizeof(struct control);
    struct control *control = MAP_FAILED;
    if (fits)
        control = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    int error = fits ? errno : EINVAL;
    close(fd);
    errno = error;
    if (control == MAP_FAILED)
        return NULL;
    if (memcmp(control->magic, CONTROL_MAGIC, sizeof control->magic) == 0 &&
        control->version == CONTROL_VERSION && control->size == sizeof *control)
        return control;
    munmap(control, sizeof *control);
    errno = EINVAL;
    return NULL;
}
