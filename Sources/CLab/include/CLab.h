// SPDX-License-Identifier: Apache-2.0
// System calls of the lab's agent that have no wrapper in the C library.
#pragma once
#include <arpa/inet.h>
#include <errno.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <string.h>
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

// An IPv4 address as the kernel takes it; `address` is in the host's order.
static inline struct sockaddr clab_address(unsigned address) {
    struct sockaddr_in internet = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(address)};
    struct sockaddr result;
    memcpy(&result, &internet, sizeof result);
    return result;
}

// Gives an interface an address (SIOCSIFADDR) or a mask (SIOCSIFNETMASK). Returns 0 or -errno.
static inline long clab_set_interface_address(int socket, const char *name, unsigned long what, unsigned address) {
    struct ifreq request = {.ifr_addr = clab_address(address)};
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    return syscall(__NR_ioctl, socket, what, &request) < 0 ? -(long)errno : 0;
}

// Sets an interface up. Returns 0 or -errno.
static inline long clab_set_interface_up(int socket, const char *name) {
    struct ifreq request = {.ifr_flags = IFF_UP};
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    return syscall(__NR_ioctl, socket, SIOCSIFFLAGS, &request) < 0 ? -(long)errno : 0;
}

// Adds a default route by a gateway, or with the gateway 0 one that refuses. Returns 0 or -errno.
static inline long clab_add_default_route(int socket, unsigned gateway, short metric) {
    struct rtentry route = {
        .rt_dst = clab_address(0), .rt_genmask = clab_address(0), .rt_gateway = clab_address(gateway),
        .rt_flags = RTF_UP | (gateway ? RTF_GATEWAY : RTF_REJECT),
        // The kernel takes one off; 0 is its own choice.
        .rt_metric = (short)(metric + 1)};
    return syscall(__NR_ioctl, socket, SIOCADDRT, &route) < 0 ? -(long)errno : 0;
}
