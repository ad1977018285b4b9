// SPDX-License-Identifier: Apache-2.0

/// What a `FlashMemory` carries to another process beside its contents, which are a file.
package struct FlashMemoryState: DeviceState {
    /// A `FlashMemory.Mode`.
    package var mode: UInt8 = 0
    package var status: UInt8 = 0x80
    /// How many bytes the buffer awaits in all.
    package var expected: UInt16 = 0
    /// Where the first byte of the buffer goes.
    package var start: UInt64 = 0
    package var buffer: [UInt8] = []

    package init() {}

    package static let fields: [StateField<Self>] = [
        StateField(1, \.mode), StateField(2, \.status), StateField(3, \.expected), StateField(4, \.start),
        StateField(5, \.buffer, maximum: FlashMemory.blockByteCount),
    ]

    mutating func forgetBuffer() {
        expected = 0
        start = 0
        buffer = []
    }
}
