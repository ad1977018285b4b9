// SPDX-License-Identifier: Apache-2.0
import CMachine
import Glibc
import Host

/// Lets this process open no further descriptor, or again as many as before. For a process of its own.
struct DescriptorLimit {
    private let former: rlimit

    init() throws {
        var former = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &former) == 0 else {
            throw SystemCallError(call: "getrlimit", code: errno)
        }
        // The lowest number that is free: all below are taken.
        let lowest = dup(0)
        guard lowest >= 0, close(lowest) == 0 else { throw SystemCallError(call: "dup", code: errno) }
        self.former = former
        try set(rlimit(rlim_cur: rlim_t(lowest), rlim_max: former.rlim_max))
    }

    func lift() throws { try set(former) }

    private func set(_ limit: rlimit) throws {
        var limit = limit
        guard unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            throw SystemCallError(call: "setrlimit", code: errno)
        }
    }
}
