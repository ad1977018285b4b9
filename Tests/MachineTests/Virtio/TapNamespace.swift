// SPDX-License-Identifier: Apache-2.0
import CMachine
import Glibc
import Host
import Testing

/// A TAP interface in a network namespace that ends with its thread, and a packet socket on the interface.
struct TapNamespace: ~Copyable {
    let tap: Descriptor
    /// Receives what the device sends, and sends what the device receives.
    let socket: Descriptor

    /// Why it cannot be made here; `nil` where it can.
    static var obstacle: String? {
        if geteuid() != 0 { return "only root may make a network namespace" }
        if unsafe access("/dev/net/tun", R_OK | W_OK) != 0 { return "/dev/net/tun cannot be opened" }
        if unsafe access(ip, X_OK) != 0 { return "\(ip) is not installed" }
        return nil
    }

    static let comment: Comment = "needs root, /dev/net/tun and ip(8)"
    private static let ip = "/usr/sbin/ip"

    /// Runs `body` on a thread of its own in a new namespace.
    ///
    /// - Parameter hasSeveralQueues: The interface is made for more queues than `tap`: see `openQueue()`.
    static func run(
        hasSeveralQueues: Bool = false, _ body: @escaping @Sendable (borrowing TapNamespace) throws -> Void
    ) throws {
        let thread = try NamedThread(name: "namespace") {
            do {
                guard unshare(CLONE_NEWNET) == 0 else { throw SystemCallError(call: "unshare", code: errno) }
                let namespace = try TapNamespace(hasSeveralQueues)
                try body(namespace)
            } catch {
                Issue.record(error)
            }
        }
        thread.join()
    }

    /// One more queue of an interface that was made for several; the caller is in the namespace.
    static func openQueue(ofSeveral: Bool = true) throws -> Descriptor {
        let tap = try Descriptor(path: "/dev/net/tun", flags: O_RDWR)
        let flags = CShort(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | (ofSeveral ? IFF_MULTI_QUEUE : 0))
        try SystemCallError.check(unsafe cmachine_tap_attach(tap.borrowed, "apus0", flags), "ioctl(TUNSETIFF)")
        return tap
    }

    private init(_ hasSeveralQueues: Bool) throws {
        let tap = try Self.openQueue(ofSeveral: hasSeveralQueues)
        // Without addresses and without IPv6 the host sends nothing of its own.
        let switchFile = try Descriptor(path: "/proc/sys/net/ipv6/conf/apus0/disable_ipv6", flags: O_WRONLY)
        try switchFile.writeAll([UInt8(ascii: "1")])
        try Self.bringUp()
        let number = Glibc.socket(AF_PACKET, CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0x0300)
        guard number >= 0 else { throw SystemCallError(call: "socket(AF_PACKET)", code: errno) }
        let socket = Descriptor(owning: number)
        try Self.bind(socket, to: unsafe if_nametoindex("apus0"))
        self.tap = tap
        self.socket = socket
    }

    private static func bringUp() throws {
        let words: [String] = ["ip", "link", "set", "apus0", "mtu", "9000", "up"]
        var arguments: [UnsafeMutablePointer<CChar>?] = unsafe words.map { word in unsafe strdup(word) }
        unsafe arguments.append(nil)
        var environment: [UnsafeMutablePointer<CChar>?] = unsafe [nil]
        let child = unsafe cmachine_spawn(ip, &arguments, &environment, [0, 1, 2], 3, 0, 0)
        unsafe arguments.forEach { unsafe free($0) }
        try SystemCallError.check(child, "execve")
        var status: CInt = 0
        guard unsafe waitpid(pid_t(child), &status, 0) == pid_t(child), status == 0 else {
            throw SystemCallError(call: "ip link set apus0 up", code: EIO)
        }
    }

    // struct sockaddr_ll: family, protocol (all, big-endian), interface, and fields that a bind ignores.
    private static func bind(_ socket: borrowing Descriptor, to index: UInt32) throws {
        var address: (UInt16, UInt16, UInt32, UInt64, UInt32) = (UInt16(AF_PACKET), 0x0300, index, 0, 0)
        let number = socket.borrowed
        let result = unsafe withUnsafeMutableBytes(of: &address) { bytes in
            unsafe Glibc.bind(number, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), 20)
        }
        guard result == 0 else { throw SystemCallError(call: "bind(AF_PACKET)", code: errno) }
    }
}
