// SPDX-License-Identifier: Apache-2.0
// Processes and descriptors.
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

// Keeps this process and all its threads on the processor that it runs on, one of those that it is allowed. Returns 0, or
// -1 with errno.
static inline int cmachine_stay_on_this_processor(void) {
    unsigned processor = 0;
    uint8_t mask[1024] = {0};
    if (syscall(__NR_getcpu, &processor, NULL, NULL) < 0) return -1;
    if (processor / 8 >= sizeof mask) { errno = ERANGE; return -1; }
    mask[processor / 8] = (uint8_t)(1 << processor % 8);
    return syscall(__NR_sched_setaffinity, 0, sizeof mask, mask) < 0 ? -1 : 0;
}

// Starts a program that dies with the thread that started it, however that ends (PR_SET_PDEATHSIG).
// keep[i] becomes descriptor i of the child for i < count; all others are closed. Between fork and exec
// only async-signal-safe calls are made, which is why this is C. Returns the pid or -errno.
static inline long cmachine_spawn(const char *path, char *const *arguments, char *const *environment,
                                  const int *keep, int count, int new_session, int one_processor) {
    pid_t parent = getpid();
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int report[2];
    if (pipe2(report, O_CLOEXEC) < 0) { int e = errno; pthread_sigmask(SIG_SETMASK, &old, NULL); return -(long)e; }
    pid_t child = fork();
    if (child == 0) {
        int high[256], status = fcntl(report[1], F_DUPFD_CLOEXEC, 1024);
        if (status < 0) { int e = EMFILE; (void)!write(report[1], &e, sizeof e); _exit(127); }
        struct sigaction action;
        memset(&action, 0, sizeof action);
        action.sa_handler = SIG_DFL;
        for (int s = 1; s < NSIG; s++) sigaction(s, &action, NULL);
        sigemptyset(&all);
        int ok = prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent && count <= 256;
        for (int i = 0; ok && i < count; i++) ok = (high[i] = fcntl(keep[i], F_DUPFD, 600)) >= 0;
        for (int i = 0; ok && i < count; i++) ok = dup2(high[i], i) >= 0;
        if (ok) {
            syscall(__NR_close_range, (unsigned)count, (unsigned)status - 1, 0);
            syscall(__NR_close_range, (unsigned)status + 1, ~0u, 0);
            if (new_session) setsid();
            sigprocmask(SIG_SETMASK, &all, NULL);
            if (!one_processor || cmachine_stay_on_this_processor() == 0) execve(path, arguments, environment);
        }
        int code = errno ? errno : ESRCH;
        (void)!write(status, &code, sizeof code);
        _exit(127);
    }
    int e = errno;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    close(report[1]);
    if (child < 0) { close(report[0]); return -(long)e; }
    int code = 0;
    ssize_t got;
    do { got = read(report[0], &code, sizeof code); } while (got < 0 && errno == EINTR);
    close(report[0]);
    if (got == sizeof code) { waitpid(child, NULL, 0); return -(long)code; }
    return child;
}

static inline long cmachine_terminal_size(int fd, uint16_t *rows, uint16_t *columns) {
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) < 0) return -(long)errno;
    *rows = size.ws_row;
    *columns = size.ws_col;
    return 0;
}

// A descriptor that becomes readable when the process ends.
static inline long cmachine_process_descriptor(pid_t process) {
    long result = syscall(__NR_pidfd_open, process, 0);
    return result < 0 ? -(long)errno : result;
}

static inline long cmachine_thread_id(void) { return syscall(__NR_gettid); }

// Lets a thread run on the processors whose bits are set, and no other; a negative errno where that is refused.
static inline long cmachine_set_affinity(pid_t thread, const unsigned long *mask, size_t size) {
    return syscall(__NR_sched_setaffinity, thread, size, mask) < 0 ? -(long)errno : 0;
}

// fork(2), for a process without threads.
static inline pid_t cmachine_fork(void) { return fork(); }
