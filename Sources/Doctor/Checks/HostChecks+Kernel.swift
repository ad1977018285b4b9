// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
internal import Host

extension HostChecks {
    static var ring: Check {
        let title = "io_uring"
        var parameters = io_uring_params()
        let number = unsafe cmachine_io_uring_setup(8, &parameters)
        if number >= 0 {
            _ = Descriptor(owning: CInt(number))
            return Check("io-uring", title, .pass, "a ring can be made")
        }
        let reason = SystemCallError(call: "io_uring_setup", code: CInt(-number))
        return Check(
            "io-uring", title, .warn, "\(reason); disks use the kernel's older AIO",
            remedy: "allow it: sysctl kernel.io_uring_disabled=0, and the seccomp filter of a container")
    }

    static var seccomp: Check {
        let title = "seccomp"
        let actions = HostFile.text("/proc/sys/kernel/seccomp/actions_avail") ?? ""
        if actions.split(whereSeparator: \.isWhitespace).contains("kill_process") {
            return Check("seccomp", title, .pass, "filters can kill a process")
        }
        return Check(
            "seccomp", title, .fail, "filters cannot kill a process",
            remedy: "use a kernel with CONFIG_SECCOMP_FILTER, 4.14 or later")
    }

    static var hugePages: Check {
        let title = "huge pages"
        let folder = "/sys/kernel/mm/hugepages/hugepages-2048kB"
        let free = HostFile.number("\(folder)/free_hugepages") ?? 0
        if free > 0 { return Check("huge-pages", title, .pass, "\(free) of 2 MiB are free") }
        return Check(
            "huge-pages", title, .warn, "none is free, --hugepages does not work",
            remedy: "reserve them: sudo sysctl vm.nr_hugepages=NUMBER")
    }

    static var samePages: Check {
        let title = "KSM"
        switch HostFile.number("/sys/kernel/mm/ksm/run") {
        case 1: return Check("ksm", title, .pass, "equal pages are merged")
        case nil:
            return Check(
                "ksm", title, .warn, "the kernel has none, --mergeable saves nothing",
                remedy: "use a kernel with CONFIG_KSM")
        default:
            return Check(
                "ksm", title, .warn, "it is off, --mergeable saves nothing",
                remedy: "turn it on: echo 1 | sudo tee /sys/kernel/mm/ksm/run")
        }
    }

    /// Machines stay in the group that they are started in; it is whoever starts them that sets limits.
    static var controlGroups: Check {
        let title = "cgroup v2"
        let purpose = "limits on a machine's time and memory, set by whoever starts it"
        guard let controllers = HostFile.text("/sys/fs/cgroup/cgroup.controllers") else {
            return Check(
                "cgroup", title, .warn, "it is not mounted at /sys/fs/cgroup, for \(purpose)",
                remedy: "boot with systemd.unified_cgroup_hierarchy=1")
        }
        let names = controllers.split(whereSeparator: \.isWhitespace)
        let missing = ["cpu", "memory"].filter { !names.contains($0[...]) }
        guard missing.isEmpty else {
            return Check(
                "cgroup", title, .warn, "no controller \(missing.joined(separator: " and ")), for \(purpose)",
                remedy: "let the parent group delegate it")
        }
        return Check("cgroup", title, .pass, names.joined(separator: " "))
    }
}
