// SPDX-License-Identifier: Apache-2.0

/// A snapshot inside an image.
struct SnapshotDetails: Equatable {
    var identifier: String
    var name: String
    /// Bytes of a machine's state that lie with it.
    var stateByteCount: UInt64
    /// Since 1970.
    var seconds: UInt64
    var nanoseconds: UInt64
    /// How long the machine had run, in nanoseconds.
    var machineNanoseconds: UInt64
    /// How many instructions it had run, where that was counted.
    var instructionCount: UInt64?
}
