// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import GuestKit

extension HostChecks {
    /// No machine uses it yet: whoever puts the host together learns what it can give.
    static var vhostNet: Check {
        device(
            "vhost-net", "vhost-net", path: "/dev/vhost-net",
            purpose: "network queues in the kernel, which no machine uses yet",
            absent: "load the module vhost_net", forbidden: "give yourself the right to /dev/vhost-net")
    }

    static var tun: Check {
        device(
            "tun", "TUN and TAP", path: "/dev/net/tun", purpose: "--net tap=NAME",
            absent: "load the module tun", forbidden: "give yourself the right to /dev/net/tun")
    }

    static var userNetwork: Check {
        let title = "user-mode network"
        if let path = Environment.program("passt") { return Check("passt", title, .pass, path) }
        return Check(
            "passt", title, .warn, "passt is not installed, --net user does not work",
            remedy: "install the package passt")
    }

    private static func device(
        _ name: String, _ title: String, path: String, purpose: String, absent: String, forbidden: String
    ) -> Check {
        if unsafe access(path, R_OK | W_OK) == 0 { return Check(name, title, .pass, "\(path) can be used") }
        if unsafe access(path, F_OK) == 0 {
            return Check(name, title, .warn, "no right to \(path), for \(purpose)", remedy: forbidden)
        }
        return Check(name, title, .warn, "\(path) is not there, for \(purpose)", remedy: absent)
    }
}
