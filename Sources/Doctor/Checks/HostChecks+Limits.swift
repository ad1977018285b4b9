// SPDX-License-Identifier: Apache-2.0
internal import Glibc

extension HostChecks {
    /// What a machine with all its devices opens, and some more.
    private static let neededFiles: UInt64 = 1024
    /// Rings of older kernels and memory that devices share count as locked.
    private static let neededLockedByteCount: UInt64 = 8 << 20

    static var openFiles: Check {
        let limit = hardLimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue))
        let title = "limit of open files"
        if limit > neededFiles { return Check("open-files", title, .pass, words(limit)) }
        return Check(
            "open-files", title, .warn, "\(words(limit)), large machines need more than \(neededFiles)",
            remedy: "raise nofile in /etc/security/limits.conf, or LimitNOFILE of the service")
    }

    static var lockedMemory: Check {
        let limit = hardLimit(__rlimit_resource_t(__RLIMIT_MEMLOCK.rawValue))
        let title = "limit of locked memory"
        let found = limit == .max ? words(limit) : "\(limit >> 20) MiB"
        if limit >= neededLockedByteCount { return Check("locked-memory", title, .pass, found) }
        return Check(
            "locked-memory", title, .warn, "\(found), io_uring may need \(neededLockedByteCount >> 20) MiB",
            remedy: "raise memlock in /etc/security/limits.conf, or LimitMEMLOCK of the service")
    }

    private static func hardLimit(_ resource: __rlimit_resource_t) -> UInt64 {
        var limit = rlimit()
        guard unsafe getrlimit(resource, &limit) == 0 else { return 0 }
        return UInt64(limit.rlim_max)
    }

    private static func words(_ limit: UInt64) -> String {
        limit == .max ? "no limit" : "\(limit)"
    }
}
