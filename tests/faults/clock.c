/*
 * clock.c: a wall clock that is set while a process runs, for `imeid`: a library to be loaded
 * before libc. The file that IMEI_CLOCK names holds by how many milliseconds the clock is wrong; it
 * is read at every look. The monotonic clock stays what it is.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *out);

static long long read_shift_ms(void)
{
    char text[32] = "";
    const char *path = getenv("IMEI_CLOCK");
    int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t size = read(fd, text, sizeof text - 1);
    close(fd);
    return size > 0 ? strtoll(text, NULL, 10) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *out)
{
    static int (*real)(clockid_t, struct timespec *);
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, out);
    if (result != 0 || clock != CLOCK_REALTIME)
        return result;
    long long now_ms = (long long)out->tv_sec * 1000 + out->tv_nsec / 1000000 + read_shift_ms();
    out->tv_sec = (time_t)(now_ms / 1000);
    out->tv_nsec = (long)(now_ms % 1000) * 1000000 + out->tv_nsec % 1000000;
    return 0;
}
