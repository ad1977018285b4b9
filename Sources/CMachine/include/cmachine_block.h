// SPDX-License-Identifier: Apache-2.0
// io_uring, Linux AIO, block devices.
#pragma once
#include <errno.h>
#include <linux/aio_abi.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <linux/io_uring.h>
#include <linux/magic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

enum : uint32_t { CMACHINE_BLOCK_DISCARD = BLKDISCARD };

static inline long cmachine_result(long result) { return result < 0 ? -(long)errno : result; }

static inline long cmachine_io_uring_setup(unsigned entries, struct io_uring_params *parameters) {
    return cmachine_result(syscall(__NR_io_uring_setup, entries, parameters));
}
static inline long cmachine_io_uring_enter(int fd, unsigned submit, unsigned wait, unsigned flags) {
    return cmachine_result(syscall(__NR_io_uring_enter, fd, submit, wait, flags, (void *)0, (size_t)0));
}
// The same for a limited time (IORING_ENTER_EXT_ARG, Linux 5.11).
static inline long cmachine_io_uring_enter_for(int fd, unsigned submit, unsigned wait, unsigned flags,
                                               uint64_t nanoseconds) {
    struct __kernel_timespec limit = {(long long)(nanoseconds / 1000000000), (long long)(nanoseconds % 1000000000)};
    struct io_uring_getevents_arg argument = {.ts = (uint64_t)(uintptr_t)&limit};
    return cmachine_result(
        syscall(__NR_io_uring_enter, fd, submit, wait, flags | IORING_ENTER_EXT_ARG, &argument, sizeof argument));
}
static inline long cmachine_io_uring_register(int fd, unsigned operation, const void *argument, unsigned count) {
    return cmachine_result(syscall(__NR_io_uring_register, fd, operation, argument, count));
}

// A submission entry with the fields that Apus uses; the kernel's has unions, which Swift must not touch.
struct cmachine_submission {
    uint8_t operation, flags;
    uint16_t priority;
    int32_t descriptor;
    uint64_t offset, address;
    uint32_t length, operation_flags;
    uint64_t user_data;
    uint64_t reserved[3];
};
_Static_assert(sizeof(struct cmachine_submission) == sizeof(struct io_uring_sqe), "submission entry size");
_Static_assert(offsetof(struct cmachine_submission, offset) == offsetof(struct io_uring_sqe, off), "off");
_Static_assert(offsetof(struct cmachine_submission, address) == offsetof(struct io_uring_sqe, addr), "addr");
_Static_assert(offsetof(struct cmachine_submission, operation_flags) == offsetof(struct io_uring_sqe, rw_flags), "flags");
_Static_assert(offsetof(struct cmachine_submission, user_data) == offsetof(struct io_uring_sqe, user_data), "user_data");

struct cmachine_restriction {
    uint16_t operation;
    uint8_t argument, reserved;
    uint32_t reserved2[3];
};
_Static_assert(sizeof(struct cmachine_restriction) == sizeof(struct io_uring_restriction), "restriction size");

static inline long cmachine_io_setup(unsigned entries, aio_context_t *context) {
    return cmachine_result(syscall(__NR_io_setup, entries, context));
}
static inline long cmachine_io_submit(aio_context_t context, long count, struct iocb **blocks) {
    return cmachine_result(syscall(__NR_io_submit, context, count, blocks));
}
static inline long cmachine_io_getevents(aio_context_t context, long minimum, long count, struct io_event *events) {
    return cmachine_result(syscall(__NR_io_getevents, context, minimum, count, events, (void *)0));
}
static inline long cmachine_io_destroy(aio_context_t context) {
    return cmachine_result(syscall(__NR_io_destroy, context));
}

static inline long cmachine_fallocate(int fd, int mode, int64_t offset, int64_t length) {
    return cmachine_result(fallocate(fd, mode, offset, length));
}

// Block devices: byte size, logical and physical block size.
static inline long cmachine_block_device_size(int fd, uint64_t *size) {
    return cmachine_result(ioctl(fd, BLKGETSIZE64, size));
}
static inline long cmachine_block_logical_size(int fd, int *size) { return cmachine_result(ioctl(fd, BLKSSZGET, size)); }
static inline long cmachine_block_physical_size(int fd, unsigned *size) {
    return cmachine_result(ioctl(fd, BLKPBSZGET, size));
}

// Gives back the room of a device's range; what it reads afterwards is the device's affair.
static inline long cmachine_block_discard(int fd, uint64_t offset, uint64_t length) {
    uint64_t range[2] = {offset, length};
    return cmachine_result(ioctl(fd, BLKDISCARD, range));
}

// All of a range, whatever signals or the kernel cut it into: the count is less only where the file ends.
static inline long cmachine_read_range(int fd, void *buffer, size_t size, uint64_t offset) {
    size_t filled = 0;
    while (filled < size) {
        ssize_t count = pread(fd, (char *)buffer + filled, size - filled, (off_t)(offset + filled));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return -(long)errno;
        if (count == 0) break;
        filled += (size_t)count;
    }
    return (long)filled;
}
// The same for direct requests to a file in blocks of `unit` bytes: a count that ends within a block ends the file.
static inline long cmachine_read_blocks(int fd, void *buffer, size_t size, uint64_t offset, size_t unit) {
    size_t filled = 0;
    while (filled < size && filled % unit == 0) {
        ssize_t count = pread(fd, (char *)buffer + filled, size - filled, (off_t)(offset + filled));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return -(long)errno;
        if (count == 0) break;
        filled += (size_t)count;
    }
    return (long)filled;
}
static inline long cmachine_write_range(int fd, const void *buffer, size_t size, uint64_t offset) {
    size_t written = 0;
    while (written < size) {
        ssize_t count = pwrite(fd, (const char *)buffer + written, size - written, (off_t)(offset + written));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return -(long)errno;
        if (count == 0) return -(long)EIO;
        written += (size_t)count;
    }
    return (long)written;
}

// The next byte at or after offset that is data, or lies in a hole.
static inline long cmachine_seek_data(int fd, uint64_t offset) {
    return cmachine_result(lseek(fd, (off_t)offset, SEEK_DATA));
}
static inline long cmachine_seek_hole(int fd, uint64_t offset) {
    return cmachine_result(lseek(fd, (off_t)offset, SEEK_HOLE));
}

// Has the kernel copy bytes from one file to another; less than `size` where it stops early, 0 at the end of `from`.
static inline long cmachine_copy_range(int from, uint64_t from_offset, int to, uint64_t to_offset, size_t size) {
    loff_t source = (loff_t)from_offset, target = (loff_t)to_offset;
    return cmachine_result(copy_file_range(from, &source, to, &target, size, 0));
}

// All of a range where the page cache has it, without a wait for storage; the count is less where it has not.
static inline long cmachine_read_resident(int fd, void *buffer, size_t size, uint64_t offset) {
    struct iovec vector = {buffer, size};
    return cmachine_result(preadv2(fd, &vector, 1, (off_t)offset, RWF_NOWAIT));
}
// Whether the file lies in memory anyway (tmpfs, ramfs).
static inline int cmachine_is_memory_file(int fd) {
    struct statfs status;
    return fstatfs(fd, &status) == 0 && (status.f_type == TMPFS_MAGIC || status.f_type == RAMFS_MAGIC);
}
