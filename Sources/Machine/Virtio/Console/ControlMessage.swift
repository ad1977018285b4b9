// SPDX-License-Identifier: Apache-2.0

/// A message on a console's control queues (virtio 1.2 §5.3.6.2): 8 bytes, little-endian.
struct ControlMessage: Equatable {
    static let byteCount = 8
    var port: UInt32
    var event: UInt16
    var value: UInt16

    enum Event {
        static let deviceReady: UInt16 = 0
        static let portAdd: UInt16 = 1
        static let portReady: UInt16 = 3
        static let consolePort: UInt16 = 4
        static let portOpen: UInt16 = 6
        static let portName: UInt16 = 7
    }

    init(port: Int, event: UInt16, value: UInt16) {
        self.port = UInt32(port)
        self.event = event
        self.value = value
    }

    /// Reads a message; `nil` where there are fewer than 8 bytes.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= Self.byteCount else { return nil }
        port = (0..<4).reduce(0) { $0 | UInt32(bytes[$1]) << (8 * $1) }
        event = UInt16(bytes[4]) | UInt16(bytes[5]) << 8
        value = UInt16(bytes[6]) | UInt16(bytes[7]) << 8
    }

    var bytes: [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: port >> (8 * $0)) } + [
            UInt8(truncatingIfNeeded: event), UInt8(truncatingIfNeeded: event >> 8),
            UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8),
        ]
    }
}
