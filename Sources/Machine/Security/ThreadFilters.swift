// SPDX-License-Identifier: Apache-2.0
package import Host
internal import CMachine

/// The system calls of each kind of thread; anything else kills the process.
package enum ThreadFilters {
    /// A block device: its ring or its AIO context, its events, its image.
    package static var block: SeccompFilter {
        SeccompFilter(
            common + events + [
                .allow(Int(__NR_io_uring_enter)), .allow(Int(__NR_io_uring_register)),
                .allow(Int(__NR_io_submit)), .allow(Int(__NR_io_getevents)), .allow(Int(__NR_io_destroy)),
                .allow(Int(__NR_fallocate)),
            ])
    }

    /// The thread of an image chain: the bytes, the size and the holes of files that are open.
    package static var imageChain: SeccompFilter {
        SeccompFilter(
            common + [
                .allow(Int(__NR_pread64)), .allow(Int(__NR_pwrite64)), .allow(Int(__NR_fdatasync)),
                .allow(Int(__NR_fallocate)), .allow(Int(__NR_ftruncate)), .allow(Int(__NR_lseek)),
                .allow(Int(__NR_ioctl), argument: 1, in: [CMACHINE_BLOCK_DISCARD]),
            ])
    }

    /// The process that reads an image's header: the bytes of a file that is open.
    package static var imageHeader: SeccompFilter { SeccompFilter(common + [.allow(Int(__NR_pread64))]) }

    /// An entropy source: its events; getrandom(2) is everyone's.
    package static var entropy: SeccompFilter { SeccompFilter(common + events) }

    /// A balloon: its events, its timer; madvise(2) is everyone's, because memory is freed by it.
    package static var balloon: SeccompFilter {
        SeccompFilter(common + events + [.allow(Int(__NR_timerfd_settime))])
    }

    /// A device that another process serves: talk with that process.
    package static var vhostUser: SeccompFilter {
        SeccompFilter(
            common + events + [
                .allow(Int(__NR_sendmsg)), .allow(Int(__NR_recvfrom)), .allow(Int(__NR_poll)),
            ])
    }

    /// A network card: frames to and from a TAP or a socket, and the TAP's offloads and queues as a driver wants them.
    package static var network: SeccompFilter {
        SeccompFilter(
            common + events + [
                .allow(Int(__NR_readv)), .allow(Int(__NR_writev)),
                .allow(Int(__NR_recvfrom)), .allow(Int(__NR_sendmsg)),
                .allow(Int(__NR_ioctl), argument: 1, in: tapRequests),
                // Itself alone.
                .allow(Int(__NR_sched_getscheduler), argument: 0, in: [0]),
                .allow(Int(__NR_sched_setscheduler), argument: 0, in: [0]),
            ])
    }

    /// A network card whose frames the kernel moves: its rings are handed over and taken back.
    package static var kernelNetwork: SeccompFilter {
        SeccompFilter(
            common + events + [
                .allow(
                    Int(__NR_ioctl), argument: 1,
                    in: tapRequests + [
                        CMACHINE_VHOST_SET_OWNER, CMACHINE_VHOST_SET_FEATURES, CMACHINE_VHOST_SET_MEM_TABLE,
                        CMACHINE_VHOST_SET_VRING_NUM, CMACHINE_VHOST_SET_VRING_BASE, CMACHINE_VHOST_GET_VRING_BASE,
                        CMACHINE_VHOST_SET_VRING_ADDR, CMACHINE_VHOST_SET_VRING_KICK, CMACHINE_VHOST_SET_VRING_CALL,
                        CMACHINE_VHOST_SET_VRING_ERR, CMACHINE_VHOST_NET_SET_BACKEND,
                    ])
            ])
    }

    private static var tapRequests: [UInt32] { [CMACHINE_TAP_SET_OFFLOAD, CMACHINE_TAP_SET_QUEUE] }

    /// A console: bytes to and from its ports' streams, and clients of its listening sockets.
    package static var console: SeccompFilter {
        SeccompFilter(
            common + events + [
                .allow(Int(__NR_readv)), .allow(Int(__NR_writev)), .allow(Int(__NR_sendmsg)),
                .allow(Int(__NR_accept4)),
            ])
    }

    /// A shared directory: files opened below it (openat2(2) alone, whose argument no filter can see), and what is done
    /// with them; without what changes any where the share is only to be read.
    package static func share(isReadOnly: Bool) -> SeccompFilter {
        let reading = [
            Int(__NR_openat2), Int(__NR_statx), Int(__NR_fstatfs), Int(__NR_readlinkat), Int(__NR_preadv),
            Int(__NR_getdents64), Int(__NR_lseek), Int(__NR_fgetxattr), Int(__NR_flistxattr), Int(__NR_fsync),
            Int(__NR_fdatasync),
        ]
        let writing = [
            Int(__NR_pwritev), Int(__NR_ftruncate), Int(__NR_mkdirat), Int(__NR_mknodat), Int(__NR_symlinkat),
            Int(__NR_linkat), Int(__NR_renameat), Int(__NR_unlinkat), Int(__NR_fchownat), Int(__NR_fchmod),
            Int(__NR_fchmodat), Int(CMACHINE_NR_FCHMODAT2), Int(__NR_utimensat), Int(__NR_fsetxattr),
            Int(__NR_fremovexattr),
        ]
        return SeccompFilter(common + events + (isReadOnly ? reading : reading + writing).map { .allow($0) })
    }

    private static var events: [SeccompFilter.Rule] {
        [
            .allow(Int(__NR_epoll_ctl), argument: 1, in: [UInt32(EPOLL_CTL_ADD), UInt32(EPOLL_CTL_MOD)]),
            .allow(Int(__NR_epoll_wait)), .allow(Int(__NR_epoll_pwait)),
        ]
    }

    /// A vCPU: runs the guest, drives interrupts, looks at pending signals of masked vectors.
    package static var processor: SeccompFilter {
        SeccompFilter(
            common + [
                .allow(
                    Int(__NR_ioctl), argument: 1,
                    in: [
                        CMACHINE_KVM_RUN, CMACHINE_KVM_IRQ_LINE, CMACHINE_KVM_SET_GSI_ROUTING, CMACHINE_KVM_IRQFD,
                        CMACHINE_KVM_IOEVENTFD, CMACHINE_KVM_SET_USER_MEMORY_REGION,
                    ].map { UInt32(truncatingIfNeeded: $0.rawValue) }),
                .allow(Int(__NR_poll)),
            ])
    }

    /// The control thread: the monitor, the console, signals, resets and reports.
    package static var control: SeccompFilter {
        SeccompFilter(
            common + [
                .allow(
                    Int(__NR_ioctl), argument: 1,
                    in: [
                        CMACHINE_KVM_RUN, CMACHINE_KVM_IRQ_LINE, CMACHINE_KVM_SET_GSI_ROUTING, CMACHINE_KVM_IRQFD,
                        CMACHINE_KVM_IOEVENTFD, CMACHINE_KVM_GET_REGS, CMACHINE_KVM_SET_REGS, CMACHINE_KVM_GET_SREGS,
                        CMACHINE_KVM_SET_SREGS, CMACHINE_KVM_SET_MSRS, CMACHINE_KVM_SET_FPU, CMACHINE_KVM_GET_LAPIC,
                        CMACHINE_KVM_SET_LAPIC, CMACHINE_KVM_SET_MP_STATE, CMACHINE_KVM_SET_VCPU_EVENTS,
                        CMACHINE_KVM_SET_DEBUGREGS, CMACHINE_KVM_SET_IRQCHIP, CMACHINE_KVM_SET_PIT2,
                        CMACHINE_KVM_TRANSLATE, CMACHINE_KVM_SET_USER_MEMORY_REGION,
                    ].map { UInt32(truncatingIfNeeded: $0.rawValue) }),
                .allow(Int(__NR_poll)), .allow(Int(__NR_epoll_ctl)), .allow(Int(__NR_epoll_wait)),
                .allow(Int(__NR_epoll_pwait)), .allow(Int(__NR_accept4)), .allow(Int(__NR_sendto)),
                .allow(Int(__NR_pread64)), .allow(Int(__NR_newfstatat)), .allow(Int(__NR_fstat)),
                .allow(Int(__NR_tgkill), argument: 0, in: [UInt32(getpid())]), .allow(Int(__NR_getpid)),
                // The last owner of a disk is the machine, and the machine ends here.
                .allow(Int(__NR_io_destroy)),
                .allow(Int(__NR_timerfd_settime)),
            ])
    }

    /// What every thread needs: events, memory without execution, locks, its own end.
    static var common: [SeccompFilter.Rule] {
        [
            .allow(Int(__NR_read)), .allow(Int(__NR_write)),
            .allow(Int(__NR_futex)), .allow(Int(__NR_rt_sigreturn)), .allow(Int(__NR_rt_sigprocmask)),
            .allow(Int(__NR_restart_syscall)),
            .allow(Int(__NR_mmap), argument: 2, without: UInt32(PROT_EXEC)),
            .allow(Int(__NR_mprotect), argument: 2, without: UInt32(PROT_EXEC)),
            .allow(Int(__NR_munmap)), .allow(Int(__NR_mremap)), .allow(Int(__NR_brk)),
            .allow(Int(__NR_madvise)), .allow(Int(__NR_close)),
            .allow(Int(__NR_getrandom)), .allow(Int(__NR_clock_gettime)), .allow(Int(__NR_gettid)),
            .allow(Int(__NR_exit)), .allow(Int(__NR_exit_group)),
        ]
    }
}
