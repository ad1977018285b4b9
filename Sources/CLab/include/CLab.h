// SPDX-License-Identifier: Apache-2.0
// System calls of the lab's agent that have no wrapper in the C library.
#pragma once
#include <errno.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

// Loads the kernel module in an open file. Returns 0 or -errno.
static inline long clab_load_module(int fd) {
    return syscall(__NR_finit_module, fd, "", 0) < 0 ? -(long)errno : 0;
}

// Restarts the machine at once; under QEMU's -no-reboot, QEMU ends.
static inline void clab_restart(void) {
    reboot(RB_AUTOBOOT);
}
