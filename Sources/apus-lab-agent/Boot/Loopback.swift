// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// The loopback interface.
enum Loopback {
    /// Sets it up; without it, a command merely has no 127.0.0.1.
    static func bringUp() {
        let number = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        guard number >= 0 else { return }
        defer { close(number) }
        // struct ifreq: 16 bytes of name, then the flags (IFF_UP).
        var request = [UInt8](repeating: 0, count: 40)
        request.replaceSubrange(0..<2, with: Array("lo".utf8))
        request[16] = 1
        let setFlags: UInt = 0x8914
        _ = unsafe request.withUnsafeMutableBytes { buffer in
            unsafe buffer.baseAddress.map { unsafe ioctl(number, setFlags, $0) }
        }
    }
}
