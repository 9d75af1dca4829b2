/*
 * power.h: what the cases of the layer share: a node's directory with a layer, on a disk that is
 * fast, and the loss of its power.
 */
#ifndef TESTS_UNIT_LAYER_POWER_H
#define TESTS_UNIT_LAYER_POWER_H

#include "testnet/layer/control.h"
#include "testnet/layer/files.h"
#include "testnet/layer/journal.h"
#include "testnet/layer/power.h"
#include "tests/unit/store/scratch.h"

struct node {
    struct scratch scratch;
    struct control *control;
};

static inline int node_open_directory(const struct node *node, const char *name)
{
    int fd = open(scratch_path(&node->scratch, name), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    must(fd >= 0);
    return fd;
}

/* A node's directory, empty, with the layer on. */
static inline struct node node_begin(void)
{
    if (access("/dev/shm", W_OK) == 0)
        must(setenv("TMPDIR", "/dev/shm", 0) == 0);
    struct node node = {.scratch = scratch_begin()};
    must(mkdir(scratch_path(&node.scratch, "data"), 0700) == 0);
    must(mkdir(scratch_path(&node.scratch, "layer"), 0700) == 0);
    int layer = node_open_directory(&node, "layer");
    must(control_map(layer, true) != NULL);
    close(layer);
    files_start(scratch_path(&node.scratch, "layer"));
    node.control = files_control();
    return node;
}

/* The process ends and the power goes. What was open is closed by the caller. */
static inline struct power_loss node_lose_power(struct node *node, uint64_t seed, bool loses_all)
{
    struct journal journal;
    struct power_loss loss;
    files_stop();
    int layer = node_open_directory(node, "layer");
    int data = node_open_directory(node, "data");
    must(journal_open(&journal, layer));
    power_lose(&journal, data, seed, loses_all, &loss);
    journal_close(&journal);
    close(data);
    close(layer);
    return loss;
}

/* The next process begins. */
static inline void node_restart(struct node *node)
{
    files_start(scratch_path(&node->scratch, "layer"));
    node->control = files_control();
}

/* Without the layer: the node's last process has ended. */
static inline void node_end(struct node *node)
{
    scratch_end(&node->scratch);
}

static inline const char *node_path(const struct node *node, const char *name)
{
    char below[256];
    snprintf(below, sizeof below, "data/%s", name);
    return scratch_path(&node->scratch, below);
}

static inline int node_open(const struct node *node, const char *name, int flags)
{
    int fd = files_openat(AT_FDCWD, node_path(node, name), flags | O_CLOEXEC, 0600);
    must(fd >= 0);
    return fd;
}

static inline ssize_t node_write(int fd, const void *bytes, size_t size, off_t offset)
{
    struct iovec part = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = size};
    return files_write(fd, &part, 1, offset);
}

static inline void node_sync_directory(const struct node *node, const char *name)
{
    int fd = open(node_path(node, name), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    must(fd >= 0 && files_fsync(fd) == 0);
    close(fd);
}

#endif
