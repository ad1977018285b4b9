// SPDX-License-Identifier: Apache-2.0
// Files below a directory, by descriptors alone. Each call is the system call of its name, so that a thread's filter
// knows what it lets through.
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

enum : uint64_t {
    CMACHINE_RESOLVE_BENEATH = RESOLVE_BENEATH,
    CMACHINE_RESOLVE_NO_LINKS = RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS,
    CMACHINE_RESOLVE_NO_MAGIC_LINKS = RESOLVE_NO_MAGICLINKS,
};
// Linux 6.6; the headers may be older.
enum : long { CMACHINE_NR_FCHMODAT2 = 452 };

static inline long cmachine_file_result(long result) { return result < 0 ? -(long)errno : result; }

static inline long cmachine_open_beneath(int folder, const char *path, uint64_t flags, uint64_t mode,
                                         uint64_t resolve) {
    struct open_how how = {.flags = flags | O_CLOEXEC, .mode = mode, .resolve = resolve};
    return cmachine_file_result(syscall(SYS_openat2, folder, path, &how, sizeof how));
}

struct cmachine_moment { int64_t seconds; uint32_t nanoseconds; };
struct cmachine_file {
    uint64_t device, inode, byte_count, block_count, special_device;
    uint32_t mode, links, user, group, block_size, has_birth;
    struct cmachine_moment access, modification, change, birth;
};

static inline struct cmachine_moment cmachine_moment_of(struct statx_timestamp stamp) {
    struct cmachine_moment moment = {stamp.tv_sec, stamp.tv_nsec};
    return moment;
}

// Of the open file itself.
static inline long cmachine_file_status(int fd, struct cmachine_file *file) {
    struct statx status;
    long result = syscall(SYS_statx, fd, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT, STATX_BASIC_STATS | STATX_BTIME, &status);
    if (result < 0) return -(long)errno;
    file->device = (uint64_t)status.stx_dev_major << 32 | status.stx_dev_minor;
    file->inode = status.stx_ino;
    file->byte_count = status.stx_size;
    file->block_count = status.stx_blocks;
    // As the kernel writes a device's number into 64 bits (huge_encode_dev).
    file->special_device = (uint64_t)(status.stx_rdev_minor & 0xff) | (uint64_t)(status.stx_rdev_major & 0xfff) << 8 |
                           (uint64_t)(status.stx_rdev_minor & ~0xffu) << 12;
    file->mode = status.stx_mode;
    file->links = status.stx_nlink;
    file->user = status.stx_uid;
    file->group = status.stx_gid;
    file->block_size = status.stx_blksize;
    file->has_birth = (status.stx_mask & STATX_BTIME) != 0;
    file->access = cmachine_moment_of(status.stx_atime);
    file->modification = cmachine_moment_of(status.stx_mtime);
    file->change = cmachine_moment_of(status.stx_ctime);
    file->birth = cmachine_moment_of(status.stx_btime);
    return 0;
}

struct cmachine_file_system {
    uint64_t blocks, free_blocks, available_blocks, files, free_files, identity;
    uint32_t type, block_size, name_limit;
};
static inline long cmachine_file_system_status(int fd, struct cmachine_file_system *system) {
    struct statfs status;
    if (syscall(SYS_fstatfs, fd, &status) < 0) return -(long)errno;
    system->blocks = status.f_blocks;
    system->free_blocks = status.f_bfree;
    system->available_blocks = status.f_bavail;
    system->files = status.f_files;
    system->free_files = status.f_ffree;
    system->identity = (uint64_t)(uint32_t)status.f_fsid.__val[0] | (uint64_t)(uint32_t)status.f_fsid.__val[1] << 32;
    system->type = (uint32_t)status.f_type;
    system->block_size = (uint32_t)status.f_bsize;
    system->name_limit = (uint32_t)status.f_namelen;
    return 0;
}

static inline long cmachine_make_folder(int folder, const char *name, uint32_t mode) {
    return cmachine_file_result(syscall(SYS_mkdirat, folder, name, mode));
}
static inline long cmachine_make_node(int folder, const char *name, uint32_t mode, uint64_t device) {
    return cmachine_file_result(syscall(SYS_mknodat, folder, name, mode, device));
}
static inline long cmachine_make_symbolic_link(const char *target, int folder, const char *name) {
    return cmachine_file_result(syscall(SYS_symlinkat, target, folder, name));
}
static inline long cmachine_make_link(int from, const char *name, int to, const char *new_name) {
    return cmachine_file_result(syscall(SYS_linkat, from, name, to, new_name, 0));
}
static inline long cmachine_rename(int from, const char *name, int to, const char *new_name) {
    return cmachine_file_result(syscall(SYS_renameat, from, name, to, new_name));
}
static inline long cmachine_unlink(int folder, const char *name, int flags) {
    return cmachine_file_result(syscall(SYS_unlinkat, folder, name, flags));
}
// Of the symbolic link that fd is.
static inline long cmachine_read_link(int fd, void *buffer, size_t size) {
    return cmachine_file_result(syscall(SYS_readlinkat, fd, "", buffer, size));
}
// ~0 leaves a number as it is.
static inline long cmachine_change_owner(int fd, uint32_t user, uint32_t group) {
    return cmachine_file_result(syscall(SYS_fchownat, fd, "", user, group, AT_EMPTY_PATH));
}
static inline long cmachine_change_mode(int fd, uint32_t mode) {
    return cmachine_file_result(syscall(SYS_fchmod, fd, mode));
}
// Also of a descriptor that is only a place (O_PATH). Before Linux 6.6 the way leads through /proc, as in the C
// library: the link there leads to the very file.
static inline long cmachine_change_mode_of_place(int fd, uint32_t mode) {
    long result = cmachine_file_result(syscall(CMACHINE_NR_FCHMODAT2, fd, "", mode, AT_EMPTY_PATH));
    if (result != -ENOSYS) return result;
    char path[32] = "/proc/self/fd/", digits[12];
    int count = 0, length = (int)strlen(path);
    do { digits[count++] = (char)('0' + fd % 10); } while ((fd /= 10) > 0);
    while (count > 0) path[length++] = digits[--count];
    return cmachine_file_result(syscall(SYS_fchmodat, AT_FDCWD, path, mode));
}
static inline long cmachine_change_times(int fd, struct timespec access, struct timespec modification) {
    struct timespec times[2] = {access, modification};
    return cmachine_file_result(syscall(SYS_utimensat, fd, "", times, AT_EMPTY_PATH));
}
static inline long cmachine_change_size(int fd, uint64_t size) {
    return cmachine_file_result(syscall(SYS_ftruncate, fd, size));
}
static inline long cmachine_sync(int fd, int data_only) {
    return cmachine_file_result(syscall(data_only ? SYS_fdatasync : SYS_fsync, fd));
}
static inline long cmachine_read_vectors(int fd, const struct iovec *vectors, int count, uint64_t offset) {
    return cmachine_file_result(syscall(SYS_preadv, fd, vectors, count, offset, 0));
}
static inline long cmachine_write_vectors(int fd, const struct iovec *vectors, int count, uint64_t offset) {
    return cmachine_file_result(syscall(SYS_pwritev, fd, vectors, count, offset, 0));
}
static inline long cmachine_read_folder(int fd, void *buffer, size_t size) {
    return cmachine_file_result(syscall(SYS_getdents64, fd, buffer, size));
}
static inline long cmachine_seek(int fd, uint64_t offset) {
    return cmachine_file_result(syscall(SYS_lseek, fd, offset, SEEK_SET));
}
static inline long cmachine_get_attribute(int fd, const char *name, void *value, size_t size) {
    return cmachine_file_result(syscall(SYS_fgetxattr, fd, name, value, size));
}
static inline long cmachine_set_attribute(int fd, const char *name, const void *value, size_t size, int flags) {
    return cmachine_file_result(syscall(SYS_fsetxattr, fd, name, value, size, flags));
}
static inline long cmachine_remove_attribute(int fd, const char *name) {
    return cmachine_file_result(syscall(SYS_fremovexattr, fd, name));
}
static inline long cmachine_list_attributes(int fd, void *list, size_t size) {
    return cmachine_file_result(syscall(SYS_flistxattr, fd, list, size));
}

// The kernel's flags, which have no values that Swift reads by itself.
enum : int { CMACHINE_O_TMPFILE = O_TMPFILE, CMACHINE_O_DIRECT = O_DIRECT };

static inline long cmachine_sync_file_system(int fd) { return cmachine_file_result(syscall(SYS_syncfs, fd)); }

// Gives a file without a name (O_TMPFILE) one. The way leads through /proc: by the descriptor itself it would need a
// right (CAP_DAC_READ_SEARCH).
static inline long cmachine_name_file(int fd, const char *path) {
    char own[32] = "/proc/self/fd/", digits[12];
    int count = 0, length = (int)strlen(own);
    do { digits[count++] = (char)('0' + fd % 10); } while ((fd /= 10) > 0);
    while (count > 0) own[length++] = digits[--count];
    own[length] = 0;
    return cmachine_file_result(syscall(SYS_linkat, AT_FDCWD, own, AT_FDCWD, path, AT_SYMLINK_FOLLOW));
}

// What direct requests (O_DIRECT) to an open file must be aligned to, in bytes: their memory, and their offset and
// length. Zeros where the kernel does not tell, as before Linux 6.1. The C library's structure may lack these fields.
static inline void cmachine_direct_alignment(int fd, uint32_t *memory, uint32_t *offset) {
    const uint32_t wanted = 0x2000; // STATX_DIOALIGN
    unsigned char status[256];
    uint32_t mask = 0;
    *memory = *offset = 0;
    if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT, wanted, status) < 0) return;
    memcpy(&mask, status, sizeof mask);
    if (!(mask & wanted)) return;
    memcpy(memory, status + 152, sizeof *memory);
    memcpy(offset, status + 156, sizeof *offset);
}
