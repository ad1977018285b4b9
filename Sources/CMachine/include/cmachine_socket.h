// SPDX-License-Identifier: Apache-2.0
// Sockets of the Unix family, and locks that belong to an open file. Under _GNU_SOURCE an address is a transparent
// union, which Swift cannot pass.
#pragma once
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static inline long cmachine_accept(int fd) {
    long result = accept4(fd, (struct sockaddr *)0, (socklen_t *)0, SOCK_NONBLOCK | SOCK_CLOEXEC);
    return result < 0 ? -(long)errno : result;
}

// Fills in an address; false where the path is too long.
static inline int cmachine_unix_address(struct sockaddr_un *address, const char *path) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    if (strlen(path) >= sizeof address->sun_path) return 0;
    strcpy(address->sun_path, path);
    return 1;
}
static inline long cmachine_unix_bind(int fd, const char *path) {
    struct sockaddr_un address;
    if (!cmachine_unix_address(&address, path)) return -(long)ENAMETOOLONG;
    return bind(fd, (struct sockaddr *)&address, sizeof address) < 0 ? -(long)errno : 0;
}
static inline long cmachine_unix_connect(int fd, const char *path) {
    struct sockaddr_un address;
    if (!cmachine_unix_address(&address, path)) return -(long)ENAMETOOLONG;
    return connect(fd, (struct sockaddr *)&address, sizeof address) < 0 ? -(long)errno : 0;
}

// Takes a shared lock of one byte for the open file (fcntl(2), "Open file description locks").
static inline long cmachine_lock_byte(int fd, int64_t offset) {
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = offset, .l_len = 1};
    return fcntl(fd, F_OFD_SETLK, &lock) < 0 ? -(long)errno : 0;
}
// 1 where another open file holds any lock of the byte, else 0.
static inline long cmachine_is_byte_locked(int fd, int64_t offset) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = offset, .l_len = 1};
    if (fcntl(fd, F_OFD_GETLK, &lock) < 0) return -(long)errno;
    return lock.l_type != F_UNLCK;
}

// How long a call on a socket may wait, in milliseconds; 0 for ever.
static inline long cmachine_socket_timeouts(int fd, long receive, long send) {
    struct timeval in = {receive / 1000, receive % 1000 * 1000}, out = {send / 1000, send % 1000 * 1000};
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &in, sizeof in) < 0) return -(long)errno;
    return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &out, sizeof out) < 0 ? -(long)errno : 0;
}
// For a connection over TCP: no wait for more to send, and a look whether the other side is still there. Others have
// no such options.
static inline void cmachine_socket_tune(int fd) {
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}
static inline long cmachine_receive(int fd, void *buffer, size_t size) {
    for (;;) {
        ssize_t count = recv(fd, buffer, size, 0);
        if (count >= 0) return count;
        if (errno != EINTR) return -(long)errno;
    }
}
// Sends all; a peer that has gone is -EPIPE and no signal.
static inline long cmachine_send(int fd, const void *buffer, size_t size) {
    size_t sent = 0;
    while (sent < size) {
        ssize_t count = send(fd, (const char *)buffer + sent, size - sent, MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return -(long)errno;
        sent += (size_t)count;
    }
    return (long)sent;
}

// Addresses of a host and a service, one after the other, as listening or connected sockets. `index` counts them; the
// result is a socket, a negative errno, or -ENXIO after the last; where a name is not found, *lookup is getaddrinfo's
// code.
static inline long cmachine_internet_socket(const char *host, const char *service, int listens, int index, int *lookup) {
    struct addrinfo hints, *list = 0;
    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = listens ? AI_PASSIVE : AI_ADDRCONFIG;
    *lookup = getaddrinfo(host, service, &hints, &list);
    if (*lookup != 0) return -(long)EINVAL;
    struct addrinfo *entry = list;
    while (entry && index-- > 0) entry = entry->ai_next;
    long result = -(long)ENXIO;
    if (entry) {
        int fd = socket(entry->ai_family, entry->ai_socktype | SOCK_CLOEXEC, entry->ai_protocol), on = 1;
        if (fd >= 0 && listens) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (fd >= 0 && listens && entry->ai_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
        int failed = fd < 0 || (listens ? bind(fd, entry->ai_addr, entry->ai_addrlen) || listen(fd, 128)
                                        : connect(fd, entry->ai_addr, entry->ai_addrlen));
        result = failed ? -(long)errno : fd;
        if (failed && fd >= 0) close(fd);
    }
    freeaddrinfo(list);
    return result;
}
static inline const char *cmachine_lookup_reason(int lookup) { return gai_strerror(lookup); }
// The port of a bound internet socket; 0 where it has none.
static inline int cmachine_bound_port(int fd) {
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &size) < 0) return 0;
    if (address.ss_family == AF_INET) return ntohs(((struct sockaddr_in *)&address)->sin_port);
    if (address.ss_family == AF_INET6) return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
    return 0;
}
