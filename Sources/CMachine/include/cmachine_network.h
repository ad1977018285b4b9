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
    CMACHINE_TAP_SET_QUEUE = TUNSETQUEUE,
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
// Attaches a queue of an interface that has several to it, or takes it off.
static inline long cmachine_tap_set_queue(int fd, int is_attached) {
    short flags = is_attached ? IFF_ATTACH_QUEUE : IFF_DETACH_QUEUE;
    struct { char name[16]; short flags; char padding[22]; } request = {{0}, flags, {0}};
    long result = ioctl(fd, TUNSETQUEUE, &request);
    return result < 0 ? -(long)errno : result;
}
// The largest packet of an interface, by any socket: returns it, or a negative errno.
static inline long cmachine_interface_mtu(int socket, const char *name) {
    struct { char name[16]; int value; char padding[20]; } request = {{0}, 0, {0}};
    __builtin_strncpy(request.name, name, 15);
    long result = ioctl(socket, SIOCGIFMTU, &request);
    return result < 0 ? -(long)errno : request.value;
}
static inline long cmachine_interface_set_mtu(int socket, const char *name, int mtu) {
    struct { char name[16]; int value; char padding[20]; } request = {{0}, mtu, {0}};
    __builtin_strncpy(request.name, name, 15);
    long result = ioctl(socket, SIOCSIFMTU, &request);
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
