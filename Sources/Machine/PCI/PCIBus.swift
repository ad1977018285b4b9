// SPDX-License-Identifier: Apache-2.0
internal import Board

/// Bus 0: functions by slot, reached through ports 0xcf8 and 0xcfc, the enhanced configuration space, and BARs.
package final class PCIBus {
    /// Function 0 of each of the 32 devices.
    private var functions: [(any PCIFunction)?] = Array(repeating: nil, count: 32)
    /// What was last written to port 0xcf8.
    package var selected: UInt32 = 0

    package init() {}

    /// Puts a function into a slot (0 to 31).
    package func insert(_ function: any PCIFunction, at device: Int) {
        precondition(functions[device] == nil, "a slot holds one device")
        functions[device] = function
    }

    package func reset() {
        selected = 0
        for function in functions { function?.reset() }
    }

    /// Reads configuration space; all ones where there is no function.
    package func readConfiguration(_ device: Int, at offset: Int, byteCount: Int) -> UInt32 {
        guard let function = functions[device & 31] else { return .max }
        return function.readConfiguration(at: offset, byteCount: byteCount)
    }

    package func writeConfiguration(_ device: Int, _ value: UInt32, at offset: Int, byteCount: Int) {
        functions[device & 31]?.writeConfiguration(value, at: offset, byteCount: byteCount)
    }

    /// Finds the function that decodes `address`, which BAR that is, and how far into it.
    private func target(of address: UInt64, byteCount: UInt64) -> (any PCIFunction, bar: Int, offset: UInt64)? {
        for case let function? in functions where function.space.isMemoryEnabled {
            for index in 0..<6 {
                guard let bar = function.space.bar(index), let start = function.space.barAddress(index),
                    address >= start, address - start <= bar.byteCount - byteCount
                else { continue }
                return (function, index, address - start)
            }
        }
        return nil
    }

    /// Reads from whichever BAR decodes the address; all ones where none does.
    package func readMemory(at address: UInt64, width: AccessWidth) -> UInt64 {
        guard let (function, bar, offset) = target(of: address, byteCount: UInt64(width.rawValue)) else {
            return width.allOnes
        }
        return function.readBAR(bar, at: offset, width: width)
    }

    package func writeMemory(_ value: UInt64, at address: UInt64, width: AccessWidth) {
        guard let (function, bar, offset) = target(of: address, byteCount: UInt64(width.rawValue)) else { return }
        function.writeBAR(bar, value, at: offset, width: width)
    }
}
