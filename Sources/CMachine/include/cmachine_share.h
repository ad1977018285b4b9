// SPDX-License-Identifier: Apache-2.0
// Memory and descriptors that another process gets to see.
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

// An unnamed file in memory whose size can never change, so that no one who holds it can take pages from the others.
static inline long cmachine_shared_memory(const char *name, int64_t size, int huge_pages) {
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | (huge_pages ? MFD_HUGETLB | (21 << 26) : 0));
    if (fd < 0) return -(long)errno;
    if (ftruncate(fd, size) < 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) {
        long code = -(long)errno;
        close(fd);
        return code;
    }
    return fd;
}

#define CMACHINE_MAXIMUM_DESCRIPTORS 8

// Sends bytes with descriptors, of which there are at most CMACHINE_MAXIMUM_DESCRIPTORS, without waiting.
static inline long cmachine_send_descriptors(
    int fd, const void *bytes, size_t count, const int *descriptors, int descriptor_count) {
    struct iovec vector = {.iov_base = (void *)bytes, .iov_len = count};
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int) * CMACHINE_MAXIMUM_DESCRIPTORS)];
    } control;
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
    if (descriptor_count < 0 || descriptor_count > CMACHINE_MAXIMUM_DESCRIPTORS) return -(long)EINVAL;
    if (descriptor_count > 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * descriptor_count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * descriptor_count);
        memcpy(CMSG_DATA(header), descriptors, sizeof(int) * descriptor_count);
    }
    ssize_t result = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    return result < 0 ? -(long)errno : result;
}
