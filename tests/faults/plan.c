#include "tests/faults/plan.h"

#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define STACK_DEPTH_MAX 48

static const char *const names[CALL_COUNT] = {"alloc", "crypto", "write", "sync", "send", "power"};

static struct {
    struct plan_report *report; /* NULL: no plan */
    enum call call;
    uint64_t at;
    int error;
    bool goes_on;
    uintptr_t crypto_from;
    uintptr_t crypto_to;
    int stack_fd;
    atomic_flag has_stack;
} plan;

static uint64_t number_of(const char *variable)
{
    const char *text = getenv(variable);
    return text == NULL ? 0 : strtoull(text, NULL, 10);
}

static bool is_word(const char *variable, const char *word)
{
    const char *text = getenv(variable);
    return text != NULL && strcmp(text, word) == 0;
}

static enum call call_named(const char *variable)
{
    for (int call = 0; call < CALL_COUNT; call++) {
        if (is_word(variable, names[call]))
            return (enum call)call;
    }
    return CALL_COUNT;
}

static struct plan_report *map_report(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, sizeof(struct plan_report)) != 0)
        return NULL;
    void *map = mmap(NULL, sizeof(struct plan_report), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return map == MAP_FAILED ? NULL : map;
}

static int open_stack(const char *report)
{
    char path[4096];
    snprintf(path, sizeof path, "%s.stack", report);
    return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

static int find_crypto(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size;
    (void)context;
    if (strstr(info->dlpi_name, "/libcrypto.so") == NULL)
        return 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type == PT_LOAD && (part->p_flags & PF_X) != 0) {
            plan.crypto_from = info->dlpi_addr + part->p_vaddr;
            plan.crypto_to = plan.crypto_from + part->p_memsz;
        }
    }
    return 1;
}

/* Until this has run nothing is counted: what the loader allocates is not the program's. */
__attribute__((constructor)) static void load_plan(void)
{
    const char *path = getenv("FAULT_REPORT");
    if (path == NULL)
        return;
    void *frame;
    (void)backtrace(&frame, 1); /* loads what it needs now, and not within malloc() */
    plan.call = call_named("FAULT_CALL");
    plan.at = number_of("FAULT_AT");
    plan.error = (int)number_of("FAULT_ERRNO");
    plan.goes_on = is_word("FAULT_MODE", "on");
    (void)dl_iterate_phdr(find_crypto, NULL);
    plan.stack_fd = open_stack(path);
    struct plan_report *report = map_report(path);
    if (report == NULL || plan.stack_fd < 0 || plan.call == CALL_COUNT) {
        static const char words[] = "faults: FAULT_CALL or FAULT_REPORT cannot be used\n";
        (void)!write(STDERR_FILENO, words, sizeof words - 1);
        _exit(99);
    }
    plan.report = report;
    (void)unsetenv("FAULT_REPORT"); /* a child of the program's would begin to count anew */
}

static void note_stack(void)
{
    void *frames[STACK_DEPTH_MAX];
    if (atomic_flag_test_and_set(&plan.has_stack))
        return;
    int depth = backtrace(frames, STACK_DEPTH_MAX);
    backtrace_symbols_fd(frames, depth, plan.stack_fd);
}

bool plan_fails(enum call call)
{
    if (plan.report == NULL)
        return false;
    uint64_t number = atomic_fetch_add(&plan.report->counts[call], 1) + 1;
    bool is_due = number == plan.at || (plan.goes_on && number > plan.at);
    if (call != plan.call || plan.at == 0 || !is_due)
        return false;
    atomic_fetch_add(&plan.report->failed, 1);
    note_stack();
    errno = plan.error;
    return true;
}

enum call plan_alloc_by(const void *caller)
{
    uintptr_t address = (uintptr_t)caller;
    return address >= plan.crypto_from && address < plan.crypto_to ? CALL_CRYPTO : CALL_ALLOC;
}
