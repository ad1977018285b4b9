// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import LabWire

/// Builds L1's view of files: the host's root below, memory above.
enum FileSystems {
    private static let shared = "trans=virtio,version=9p2000.L,msize=524288"

    /// What the agent itself needs before the host's root is there.
    static func mountInitial() throws(AgentError) {
        try attach("proc", "proc", "/proc")
        try attach("sysfs", "sysfs", "/sys")
        try attach("devtmpfs", "devtmpfs", "/dev")
    }

    /// Makes the host's root, under a layer of memory, the root of this process and of those it starts.
    static func enterHostRoot() throws(AgentError) {
        try attach("root", "9p", "/lower", "\(shared),cache=loose", UInt(MS_RDONLY))
        try attach("tmpfs", "tmpfs", "/upper", "size=90%")
        makeFolder("/upper/changes")
        makeFolder("/upper/work")
        try attach("overlay", "overlay", "/root", "lowerdir=/lower,upperdir=/upper/changes,workdir=/upper/work")
        // Moved over the first root: the kernel gives no user namespace to a process in a mere chroot.
        guard unsafe chdir("/root") == 0, unsafe mount(".", "/", nil, UInt(MS_MOVE), nil) == 0,
            unsafe chroot(".") == 0, unsafe chdir("/") == 0
        else { throw AgentError.system("change of the root") }
    }

    /// Mounts the kernel's own file systems, the output folder and the scratch disk below the new root.
    static func furnish(_ job: Job) throws(AgentError) {
        try attach("proc", "proc", "/proc")
        try attach("sysfs", "sysfs", "/sys")
        try attach("devtmpfs", "devtmpfs", "/dev")
        for folder in ["/dev/pts", "/dev/shm", "/dev/net", "/lab", "/scratch", "/run"] { makeFolder(folder) }
        try attach("devpts", "devpts", "/dev/pts", "mode=620,ptmxmode=666")
        try attach("tmpfs", "tmpfs", "/dev/shm")
        try attach("tmpfs", "tmpfs", "/run", "mode=755")
        try attach("debugfs", "debugfs", "/sys/kernel/debug")
        try attach("cgroup2", "cgroup2", "/sys/fs/cgroup")
        if job.hasOutputFolder { try attach("output", "9p", "/lab", "\(shared),cache=none,access=any") }
        if job.hasScratchDisk {
            // The disk's tables are holes: nothing is left to initialise in the background.
            try attach("/dev/vda", "ext4", "/scratch", "noinit_itable", UInt(MS_NOATIME))
            unsafe chmod("/scratch", 0o1777)
        }
        makeDevices()
    }

    /// Links the kernel's modules and puts a modprobe in place that needs no index but the text one.
    static func provideModules(_ job: Job, release: String, busybox: [UInt8]) throws(AgentError) {
        makeFolder("/lib/modules")
        unsafe unlink("/lib/modules/\(release)")
        unsafe symlink(job.modules, "/lib/modules/\(release)")
        let path = "/sbin/modprobe"
        unsafe unlink(path)
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o755)
        guard file >= 0 else { throw AgentError.system(path) }
        defer { close(file) }
        guard unsafe write(file, busybox, busybox.count) == busybox.count else { throw AgentError.system(path) }
    }

    // Opening one of these loads its module, as on a host where udev has made them.
    private static func makeDevices() {
        for (path, minor) in [("/dev/net/tun", 200), ("/dev/vhost-net", 238), ("/dev/vhost-vsock", 241)] {
            unsafe mknod(path, S_IFCHR | 0o666, dev_t(10 << 8 | minor & 0xff))
            unsafe chmod(path, 0o666)
        }
        unsafe symlink("/proc/self/fd", "/dev/fd")
        unsafe symlink("/proc/self/fd/0", "/dev/stdin")
        unsafe symlink("/proc/self/fd/1", "/dev/stdout")
        unsafe symlink("/proc/self/fd/2", "/dev/stderr")
    }

    /// Lets every user of L1 open the devices that the kvm modules have made.
    static func openDevices() {
        unsafe chmod("/dev/kvm", 0o666)
    }

    private static func makeFolder(_ path: String) {
        unsafe mkdir(path, 0o755)
    }

    private static func attach(
        _ source: String, _ type: String, _ target: String, _ options: String = "", _ flags: UInt = 0
    ) throws(AgentError) {
        let result = unsafe options.withCString { unsafe mount(source, target, type, flags, $0) }
        guard result == 0 else { throw AgentError.system("mount of \(type) on \(target)") }
    }
}
