// SPDX-License-Identifier: Apache-2.0

/// The configuration space of a PCI function with a header of type 0 (PCI 3.0 §6.1).
///
/// Building one is the machine's own affair and traps on nonsense; reading and writing one is the guest's and never
/// does. One thread at a time may use it.
package struct PCIConfigurationSpace: Equatable, Sendable {
    /// The size of the space in bytes; there are no extended capabilities above it.
    package static let byteCount = 256
    /// The size of what ECAM shows of a function, in bytes.
    package static let extendedByteCount = 4096

    private enum Register {
        static let command = 0x04
        static let status = 0x06
        static let bars = 0x10
        static let capabilities = 0x34
        static let interruptLine = 0x3c
        static let firstCapability = 0x40
    }

    private enum Command {
        static let memory: UInt16 = 1 << 1
        static let busMaster: UInt16 = 1 << 2
        /// I/O, memory, bus master, parity error response, SERR, interrupt disable: what QEMU's functions take.
        static let writable: UInt16 = 0x0547
    }

    private static let statusHasCapabilities: UInt16 = 1 << 4
    private static let statusWriteOneToClear: UInt16 = 0xf900

    private var bytes = [UInt8](repeating: 0, count: byteCount)
    private var writableBits = [UInt8](repeating: 0, count: byteCount)
    private var clearableBits = [UInt8](repeating: 0, count: byteCount)
    private var bars = [PCIBAR?](repeating: nil, count: 6)
    private var nextCapability = Register.firstCapability
    private var messageControl: Int?

    /// A function without BARs and capabilities, its decoders switched off.
    ///
    /// - Parameter isMultifunction: Whether the device has further functions.
    package init(_ identity: PCIIdentity, isMultifunction: Bool = false) {
        precondition(identity.classCode < 1 << 24, "a class code has 24 bits")
        setRegister(0x00, to: identity.vendor)
        setRegister(0x02, to: identity.device)
        setRegister(0x08, to: UInt32(identity.revision) | identity.classCode << 8)
        setRegister(0x0e, to: UInt8(isMultifunction ? 0x80 : 0))
        setRegister(0x2c, to: identity.subsystemVendor)
        setRegister(0x2e, to: identity.subsystem)
        setWritable(Register.command, to: Command.writable)
        setWritable(0x0c, to: UInt8.max)  // cache line size: a scratch byte in PCI Express
        setWritable(Register.interruptLine, to: UInt8.max)
        clearableBits.store(littleEndian: Self.statusWriteOneToClear, at: Register.status)
    }

    // MARK: Building

    /// Gives the function a BAR; a 64-bit one takes `index` and the one after it.
    package mutating func add(_ bar: PCIBAR, at index: Int) {
        precondition(0..<(bar.is64Bit ? 5 : 6) ~= index, "a function has six BARs")
        precondition(bars[index] == nil && !isUpperHalf(index), "a BAR is given once")
        precondition(!bar.is64Bit || bars[index + 1] == nil, "a 64-bit BAR takes two registers")
        bars[index] = bar
        setRegister(Register.bars + 4 * index, to: bar.flags)
        if bar.is64Bit {
            setWritable(Register.bars + 4 * index, to: bar.writableBits)
        } else {
            setWritable(Register.bars + 4 * index, to: UInt32(truncatingIfNeeded: bar.writableBits))
        }
    }

    /// Puts a capability behind those that are there, at the head of the guest's list, and returns its offset.
    @discardableResult
    package mutating func add(_ capability: PCICapability) -> Int {
        let offset = nextCapability
        precondition(offset + 2 + capability.body.count <= Self.byteCount, "the capabilities fit into 256 bytes")
        bytes[offset] = capability.identifier
        bytes[offset + 1] = bytes[Register.capabilities]
        bytes[Register.capabilities] = UInt8(offset)
        for (index, byte) in capability.body.enumerated() {
            bytes[offset + 2 + index] = byte
            writableBits[offset + 2 + index] = capability.writableBits[index]
        }
        setRegister(Register.status, to: Self.statusHasCapabilities)
        if capability.identifier == PCICapability.messageSignalledIdentifier { messageControl = offset + 2 }
        nextCapability = (offset + 2 + capability.body.count + 3) & ~3
        return offset
    }

    /// Sets a register that the guest cannot write, such as one of a vendor's own; `offset` and its size lie within.
    package mutating func setRegister<Value: FixedWidthInteger & UnsignedInteger>(_ offset: Int, to value: Value) {
        bytes.store(littleEndian: value, at: offset)
    }

    // MARK: The guest's accesses

    /// What the guest reads: `byteCount` bytes (1, 2 or 4) at `offset`, in the low bits of the result.
    ///
    /// Reads of 0 from 256 up; all ones for other sizes, unaligned offsets, and past `extendedByteCount`.
    package func read(at offset: Int, byteCount: Int) -> UInt32 {
        guard Self.isAccess(at: offset, byteCount: byteCount) else {
            return byteCount == 1 ? 0xff : byteCount == 2 ? 0xffff : .max
        }
        guard offset < Self.byteCount else { return 0 }
        var value: UInt32 = 0
        for index in 0..<byteCount { value |= UInt32(bytes[offset + index]) << UInt32(8 * index) }
        return value
    }

    /// Takes what the guest writes; bits that are not writable, and accesses that `read` has no answer for, are
    /// ignored.
    ///
    /// - Returns: Whether a bit changed.
    @discardableResult
    package mutating func write(_ value: UInt32, at offset: Int, byteCount: Int) -> Bool {
        guard Self.isAccess(at: offset, byteCount: byteCount), offset < Self.byteCount else { return false }
        var isChanged = false
        for index in 0..<byteCount {
            let position = offset + index
            let byte = UInt8(truncatingIfNeeded: value >> UInt32(8 * index))
            let mask = writableBits[position]
            let new = ((bytes[position] & ~mask) | (byte & mask)) & ~(byte & clearableBits[position])
            isChanged = isChanged || new != bytes[position]
            bytes[position] = new
        }
        return isChanged
    }

    private static func isAccess(at offset: Int, byteCount: Int) -> Bool {
        guard byteCount == 1 || byteCount == 2 || byteCount == 4 else { return false }
        return offset >= 0 && offset < extendedByteCount && offset % byteCount == 0
    }

    // MARK: What the guest has set

    /// Whether the function answers at its BARs.
    package var isMemoryEnabled: Bool { command & Command.memory != 0 }

    /// Whether the function may reach memory and send interrupts.
    package var isBusMasterEnabled: Bool { command & Command.busMaster != 0 }

    /// Whether MSI-X is switched on.
    package var isMSIXEnabled: Bool { messageControlBits & 1 << 15 != 0 }

    /// Whether all vectors of MSI-X are masked at once.
    package var isMSIXFunctionMasked: Bool { messageControlBits & 1 << 14 != 0 }

    /// The BAR at `index`, 0 to 5; `nil` where there is none.
    package func bar(_ index: Int) -> PCIBAR? {
        bars.indices.contains(index) ? bars[index] : nil
    }

    /// Where the BAR at `index` lies, whether memory is enabled or not; `nil` where there is none.
    ///
    /// It is what the guest wrote: it may be 0, overlap anything, or lie above the processor's addresses, and half of
    /// a 64-bit one may be new. Its alignment is right.
    package func barAddress(_ index: Int) -> UInt64? {
        guard let bar = bar(index) else { return nil }
        let low: UInt32 = bytes.load(at: Register.bars + 4 * index) ?? 0
        let high: UInt32 = bar.is64Bit ? bytes.load(at: Register.bars + 4 * index + 4) ?? 0 : 0
        return (UInt64(low) | UInt64(high) << 32) & bar.writableBits
    }

    /// Moves a BAR to `address`, as firmware does at power on; it must be there and `address` naturally aligned.
    package mutating func setBARAddress(_ index: Int, to address: UInt64) {
        guard let bar = bar(index) else { preconditionFailure("a BAR that is moved exists") }
        precondition(address & ~bar.writableBits == 0, "a BAR is naturally aligned")
        let register = Register.bars + 4 * index
        if bar.is64Bit {
            bytes.store(littleEndian: address | UInt64(bar.flags), at: register)
        } else {
            precondition(address <= UInt64(UInt32.max), "a 32-bit BAR lies below 4 GiB")
            bytes.store(littleEndian: UInt32(address) | bar.flags, at: register)
        }
    }

    /// All 256 bytes as the guest reads them: the state to save.
    package var contents: [UInt8] { bytes }

    /// Takes over the writable bits of saved contents; all others stay as they were built.
    ///
    /// - Returns: False, and nothing changed, where `contents` is not 256 bytes long or a bit that cannot change
    ///   differs: the contents are another function's.
    package mutating func restore(_ contents: [UInt8]) -> Bool {
        guard contents.count == Self.byteCount else { return false }
        for (index, byte) in contents.enumerated() where (byte ^ bytes[index]) & ~writableBits[index] != 0 {
            return false
        }
        bytes = contents
        return true
    }

    // MARK: -

    private var command: UInt16 { bytes.load(at: Register.command) ?? 0 }

    private var messageControlBits: UInt16 {
        messageControl.flatMap { bytes.load(at: $0) } ?? 0
    }

    private func isUpperHalf(_ index: Int) -> Bool {
        index > 0 && bars[index - 1]?.is64Bit == true
    }

    /// Lets the guest write some bits of a register.
    mutating func setWritable<Value: FixedWidthInteger & UnsignedInteger>(_ offset: Int, to bits: Value) {
        writableBits.store(littleEndian: bits, at: offset)
    }
}
