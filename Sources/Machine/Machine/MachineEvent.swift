// SPDX-License-Identifier: Apache-2.0

/// What happened to the machine; delivered on the control thread.
package enum MachineEvent: Sendable {
    /// The guest switched itself off through ACPI.
    case poweredOff
    /// The guest asked for a reset.
    case resetRequested
    /// The guest's kernel reported a panic (pvpanic).
    case panicked
    /// The guest ended the machine through the debug-exit port, with this code.
    case debugExit(UInt8)
    /// A vCPU cannot go on.
    case failed(processor: Int, ProcessorFailure)
    /// The thread of a device ended by itself, which it never should.
    case deviceFailed(name: String, reason: String)
}
