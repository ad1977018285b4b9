// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// How many descriptors this process and those that it starts may have (`RLIMIT_NOFILE`).
package enum DescriptorLimit {
    /// Raises the soft limit, never above the hard one. Where the kernel refuses, the limit stays: a later open(2) says so.
    package static func raise(to wanted: UInt = .max) {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        let reachable = min(limit.rlim_max, wanted)
        guard limit.rlim_cur < reachable else { return }
        limit.rlim_cur = reachable
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// The soft limit.
    package static var current: UInt {
        var limit = rlimit()
        return unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 ? limit.rlim_cur : 256
    }
}
