/*
 * control.h: what a node's disk and clock are made to do. One file, `control` in the layer's
 * directory, mapped by the library in the node and by whoever sets it: a change is seen at the
 * node's next call, without a restart, and stays over one.
 *
 * Each field is read and written whole; no two of them must fit together. Any thread, any process.
 */
#ifndef TESTNET_LAYER_CONTROL_H
#define TESTNET_LAYER_CONTROL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define CONTROL_MAGIC   "IMEILAYR"
#define CONTROL_VERSION 1

/* Of the machine's own byte order: no other machine reads it. */
struct control {
    char magic[8];
    uint32_t version;
    uint32_t size; /* of this struct */

    /* Set from outside. */
    _Atomic int64_t clock_ms;    /* added to CLOCK_REALTIME */
    _Atomic uint64_t slow_ms;    /* what each sync takes longer */
    _Atomic uint64_t is_full;    /* 1: what makes a file longer fails with ENOSPC */
    _Atomic uint64_t is_lying;   /* 1: syncs say that they were made, and are not */
    _Atomic uint64_t fail_syncs; /* so many syncs fail with EIO next */

    /* Counted by the library, since the file was made. */
    _Atomic uint64_t writes;    /* to files below the data directory */
    _Atomic uint64_t syncs;     /* made, of files and directories; synchronous writes too */
    _Atomic uint64_t slowed;    /* of those, made to wait */
    _Atomic uint64_t swallowed; /* not made, and said to be */
    _Atomic uint64_t failed;    /* failed on purpose */
    _Atomic uint64_t refused;   /* for want of room, on purpose */
};

/* Maps the control file of the layer's directory, which is made with all its fields zero where it
 * is not there and `make` is set. NULL and errno on failure; EINVAL for a file that is none. The
 * map stays until the process ends. */
struct control *control_map(int directory, bool make);

#endif
