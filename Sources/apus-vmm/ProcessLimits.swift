// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc

/// What the kernel grants this process.
enum ProcessLimits {
    /// How many descriptors it may have; `nil` where the kernel does not say.
    static var descriptors: UInt64? {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return UInt64(limit.rlim_cur)
    }

    /// Lets files that are made have the rights that they are made with: the guest's kernel has applied its own mask.
    static func clearFileModeMask() { umask(0) }
}
