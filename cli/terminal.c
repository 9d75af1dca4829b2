#include "cli/terminal.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* Ctrl-C and Ctrl-\\ as bytes: as signals they would leave the terminal without echo. */
enum { INTERRUPT = 0x03, QUIT = 0x1c };

/* One line; -1 when it is longer, or the terminal ends before it does. */
static int read_line(int fd, char *buffer, int capacity)
{
    int size = 0;
    bool fits = true;
    for (;;) {
        char c;
        if (read(fd, &c, 1) != 1 || c == INTERRUPT || c == QUIT)
            return -1;
        if (c == '\n' || c == '\r')
            return fits ? size : -1;
        if (size < capacity)
            buffer[size++] = c;
        else
            fits = false;
    }
}

int terminal_ask_secret(const char *prompt, char *buffer, int capacity)
{
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int size = -1;
    struct termios before;
    if (tcgetattr(fd, &before) != 0)
        goto out;
    struct termios silent = before;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
    silent.c_lflag |= ECHONL;
    silent.c_cc[VEOL] = INTERRUPT; /* ends the line too, so that nobody waits for the next one */
    silent.c_cc[VEOL2] = QUIT;
    /* TCSAFLUSH: what was typed ahead is not the passphrase. */
    if (tcsetattr(fd, TCSAFLUSH, &silent) != 0)
        goto out;
    if (write(fd, prompt, strlen(prompt)) == (ssize_t)strlen(prompt))
        size = read_line(fd, buffer, capacity);
    (void)tcsetattr(fd, TCSAFLUSH, &before);
out:
    close(fd);
    return size;
}
