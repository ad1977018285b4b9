// SPDX-License-Identifier: Apache-2.0

extension Qcow2Snapshot {
    /// How many instructions the guest had run, where the image says so (the extra data's bytes 16 to 23).
    package var instructionCount: UInt64? {
        guard laterExtra.count >= 8 else { return nil }
        let count = laterExtra.bigEndian(UInt64.self, at: 0)
        return count == .max ? nil : count
    }
}
