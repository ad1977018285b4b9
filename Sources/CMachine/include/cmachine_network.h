// SPDX-License-Identifier: Apache-2.0
// TAP devices. struct ifreq is a union, so its one use is here.
#pragma once
#include <errno.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <stdint.h>
#include <sys/ioctl.h>

enum : uint32_t {
    CMACHINE_TAP_SET_OFFLOAD = TUNSETOFFLOAD,
    CMACHINE_TAP_OFFLOAD_CHECKSUM = TUN_F_CSUM,
    CMACHINE_TAP_OFFLOAD_TSO4 = TUN_F_TSO4,
    CMACHINE_TAP_OFFLOAD_TSO6 = TUN_F_TSO6,
    CMACHINE_TAP_OFFLOAD_ECN = TUN_F_TSO_ECN,
};

static inline long cmachine_tap_attach(int fd, const char *name, short flags) {
    struct { char name[16]; short flags; char padding[22]; } request = {{0}, flags, {0}};
    __builtin_strncpy(request.name, name, 15);
    long result = ioctl(fd, TUNSETIFF, &request);
    return result < 0 ? -(long)errno : result;
}
static inline long cmachine_tap_set_offload(int fd, unsigned long flags) {
    long result = ioctl(fd, TUNSETOFFLOAD, flags);
    return result < 0 ? -(long)errno : result;
}
static inline long cmachine_tap_set_header_size(int fd, int size) {
    long result = ioctl(fd, TUNSETVNETHDRSZ, &size);
    return result < 0 ? -(long)errno : result;
}
