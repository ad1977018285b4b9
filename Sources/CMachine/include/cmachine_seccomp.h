// SPDX-License-Identifier: Apache-2.0
// Seccomp filters (seccomp(2)); the program is built in Swift.
#pragma once
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum : uint32_t {
    CMACHINE_SECCOMP_KILL_PROCESS = SECCOMP_RET_KILL_PROCESS,
    CMACHINE_SECCOMP_ALLOW = SECCOMP_RET_ALLOW,
    CMACHINE_SECCOMP_ERRNO = SECCOMP_RET_ERRNO,
    CMACHINE_AUDIT_ARCH_X86_64 = AUDIT_ARCH_X86_64,
};
enum : uint16_t {
    CMACHINE_BPF_LOAD = BPF_LD | BPF_W | BPF_ABS,
    CMACHINE_BPF_JUMP_EQUAL = BPF_JMP | BPF_JEQ | BPF_K,
    CMACHINE_BPF_JUMP_GREATER_EQUAL = BPF_JMP | BPF_JGE | BPF_K,
    CMACHINE_BPF_JUMP_SET = BPF_JMP | BPF_JSET | BPF_K,
    CMACHINE_BPF_RETURN = BPF_RET | BPF_K,
};

// Applies to the calling thread and what it creates later.
static inline long cmachine_seccomp_install(struct sock_filter *filter, unsigned short count) {
    struct sock_fprog program = {count, filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return -(long)errno;
    long result = syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
    return result < 0 ? -(long)errno : result;
}
