// SPDX-License-Identifier: Apache-2.0
// What Swift cannot import from Linux's headers by itself: request numbers, unions, flexible arrays,
// variadic calls, and acquire/release on memory that the guest or the kernel writes too.
// Every call returns a negative errno, so that errno never has to survive Swift code.
#pragma once
#define _GNU_SOURCE 1

// fd_set's member has another name under _GNU_SOURCE than in Swift's Glibc module, and a file that sees both
// definitions is refused: take the plain one.
#include <features.h>
#undef __USE_XOPEN
#include <sys/select.h>
#define __USE_XOPEN 1

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "cmachine_atomic.h"
#include "cmachine_block.h"
#include "cmachine_files.h"
#include "cmachine_kvm.h"
#include "cmachine_network.h"
#include "cmachine_process.h"
#include "cmachine_seccomp.h"
#include "cmachine_share.h"
#include "cmachine_socket.h"
#include "cmachine_vhost.h"
