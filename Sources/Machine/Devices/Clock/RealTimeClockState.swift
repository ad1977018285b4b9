// SPDX-License-Identifier: Apache-2.0

/// What a `RealTimeClock` carries to another process.
package struct RealTimeClockState: DeviceState {
    /// The register that port 0x71 reaches, below 128.
    package var index: UInt8 = 0
    /// The 128 bytes of memory. Those of the time count only while the guest has stopped the clock to set it.
    package var memory: [UInt8]
    /// Seconds that the guest's clock is ahead of the host's.
    package var offsetSeconds: Int64 = 0
    /// The guest's second up to which ticks and alarms have been noted in register C.
    package var notedSeconds: Int64 = 0

    package init() {
        memory = [UInt8](repeating: 0, count: RealTimeClock.memoryByteCount)
        memory[RealTimeClock.Register.a] = RealTimeClock.defaultA
        memory[RealTimeClock.Register.b] = RealTimeClock.ControlB.is24Hour
    }

    package static let fields: [StateField<Self>] = [
        StateField(1, \.index), StateField(2, \.memory, maximum: RealTimeClock.memoryByteCount),
        StateField(3, \.offsetSeconds), StateField(4, \.notedSeconds),
    ]

    func validate() throws(StateError) {
        guard index < RealTimeClock.memoryByteCount else { throw .invalidValue(id: 1) }
        guard memory.count == RealTimeClock.memoryByteCount else {
            throw .wrongLength(id: 2, found: memory.count)
        }
    }
}
