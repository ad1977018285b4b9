// SPDX-License-Identifier: Apache-2.0
// Sockets of the Unix family, and locks that belong to an open file. Under _GNU_SOURCE an address is a transparent
// union, which Swift cannot pass.
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

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
