// SPDX-License-Identifier: Apache-2.0

/// The commands by which firmware puts the ACPI tables into memory of its own choice: QEMU's `etc/table-loader`
/// (hw/acpi/bios-linker-loader.c describes the format; SeaBIOS and OVMF follow it).
struct ACPILoaderScript {
    /// Where firmware puts a file.
    enum Zone: UInt8 {
        case high = 1
        /// The segment at 0xf0000, where operating systems look for the root pointer.
        case fSegment = 2
    }

    private enum Command: UInt32 {
        case allocate = 1
        case addPointer = 2
        case addChecksum = 3
    }

    private static let commandByteCount = 128

    /// The commands so far; each has 128 bytes.
    private(set) var bytes: [UInt8] = []

    /// Loads a file at a multiple of `alignment`.
    mutating func allocate(_ file: String, alignment: UInt32, in zone: Zone) {
        append(.allocate) { body in
            body.append(name: file)
            body.append(littleEndian: alignment)
            body.append(zone.rawValue)
        }
    }

    /// Adds the address of `target` to the `byteCount` bytes at `offset` of `file`.
    mutating func addPointer(in file: String, at offset: Int, byteCount: UInt8, to target: String) {
        append(.addPointer) { body in
            body.append(name: file)
            body.append(name: target)
            body.append(littleEndian: UInt32(offset))
            body.append(byteCount)
        }
    }

    /// Makes the sum of `range` zero by the byte at `offset`, which is zero before.
    mutating func addChecksum(in file: String, at offset: Int, over range: Range<Int>) {
        append(.addChecksum) { body in
            body.append(name: file)
            body.append(littleEndian: UInt32(offset))
            body.append(littleEndian: UInt32(range.lowerBound))
            body.append(littleEndian: UInt32(range.count))
        }
    }

    private mutating func append(_ command: Command, _ build: (inout [UInt8]) -> Void) {
        var body: [UInt8] = []
        body.append(littleEndian: command.rawValue)
        build(&body)
        bytes += body + [UInt8](repeating: 0, count: Self.commandByteCount - body.count)
    }
}

extension [UInt8] {
    fileprivate mutating func append(name: String) {
        self += Array(name.utf8) + [UInt8](repeating: 0, count: FirmwareFile.maximumNameByteCount + 1 - name.utf8.count)
    }
}
