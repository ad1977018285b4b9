// SPDX-License-Identifier: Apache-2.0
// vhost-net: virtqueues of a network card served by the kernel (linux/vhost.h).
#pragma once
#include <errno.h>
#include <linux/vhost.h>
#include <stdint.h>
#include <sys/ioctl.h>

enum : uint32_t {
    CMACHINE_VHOST_GET_FEATURES = VHOST_GET_FEATURES,
    CMACHINE_VHOST_SET_FEATURES = VHOST_SET_FEATURES,
    CMACHINE_VHOST_SET_OWNER = VHOST_SET_OWNER,
    CMACHINE_VHOST_SET_MEM_TABLE = VHOST_SET_MEM_TABLE,
    CMACHINE_VHOST_SET_VRING_NUM = VHOST_SET_VRING_NUM,
    CMACHINE_VHOST_SET_VRING_BASE = VHOST_SET_VRING_BASE,
    CMACHINE_VHOST_GET_VRING_BASE = VHOST_GET_VRING_BASE,
    CMACHINE_VHOST_SET_VRING_ADDR = VHOST_SET_VRING_ADDR,
    CMACHINE_VHOST_SET_VRING_KICK = VHOST_SET_VRING_KICK,
    CMACHINE_VHOST_SET_VRING_CALL = VHOST_SET_VRING_CALL,
    CMACHINE_VHOST_SET_VRING_ERR = VHOST_SET_VRING_ERR,
    CMACHINE_VHOST_NET_SET_BACKEND = VHOST_NET_SET_BACKEND,
};

// struct vhost_memory with the two ranges that a machine has at most.
struct cmachine_vhost_memory {
    uint32_t count, padding;
    struct vhost_memory_region regions[2];
};
_Static_assert(
    sizeof(struct cmachine_vhost_memory) == sizeof(struct vhost_memory) + 2 * sizeof(struct vhost_memory_region),
    "memory table");

static inline long cmachine_vhost_call(int fd, uint32_t request, void *argument) {
    long result = ioctl(fd, (unsigned long)request, argument);
    return result < 0 ? -(long)errno : result;
}
static inline long cmachine_vhost_set_memory(
    int fd, uint64_t base, uint64_t low_size, uint64_t high_start, uint64_t high_size) {
    struct cmachine_vhost_memory table = {
        high_size ? 2 : 1, 0, {{0, low_size, base, 0}, {high_start, high_size, base + low_size, 0}}};
    return cmachine_vhost_call(fd, CMACHINE_VHOST_SET_MEM_TABLE, &table);
}
