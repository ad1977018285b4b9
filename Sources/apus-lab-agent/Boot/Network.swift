// SPDX-License-Identifier: Apache-2.0
internal import CLab
internal import Glibc
internal import Host

/// L1's interfaces: the loopback, and an outer one that leads nowhere.
///
/// passt gives its guests the addresses of the interface that has the default route, and does not start without one.
/// A better default route refuses, so that a program which looks for the Internet fails at once instead of waiting.
enum Network {
    private static let outer = "dummy0"
    /// 198.51.100.2/24, by 198.51.100.1 (RFC 5737, TEST-NET-2).
    private static let address: UInt32 = 0xC633_6402
    private static let mask: UInt32 = 0xFFFF_FF00
    private static let gateway: UInt32 = 0xC633_6401
    private static let gatewayMetric: Int16 = 1024

    private static let setAddress: UInt = 0x8916
    private static let setMask: UInt = 0x891C

    /// Sets both up. The module `dummy`, which makes the outer one, has been loaded.
    static func bringUp() throws(AgentError) {
        let number = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw AgentError.system("socket") }
        let socket = Descriptor(owning: number)
        try check(unsafe clab_set_interface_up(socket.borrowed, "lo"), "lo")
        try check(unsafe clab_set_interface_address(socket.borrowed, outer, setAddress, address), "\(outer)'s address")
        try check(unsafe clab_set_interface_address(socket.borrowed, outer, setMask, mask), "\(outer)'s mask")
        try check(unsafe clab_set_interface_up(socket.borrowed, outer), outer)
        try check(clab_add_default_route(socket.borrowed, gateway, gatewayMetric), "the default route")
        try check(clab_add_default_route(socket.borrowed, 0, 0), "the route that refuses")
    }

    private static func check(_ result: Int, _ what: String) throws(AgentError) {
        guard result < 0 else { return }
        throw AgentError("network: \(what): \(unsafe String(cString: strerror(CInt(truncatingIfNeeded: -result))))")
    }
}
