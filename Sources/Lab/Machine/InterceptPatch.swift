// SPDX-License-Identifier: Apache-2.0

/// A change to the stock `kvm-amd` without which QEMU ends the lab under some guests.
///
/// KVM lets a guest write CR8 itself while no interrupt of its local APIC waits. QEMU 7.2's emulated SVM, when a guest
/// does so while an interrupt window is open, raises an interrupt without its lock and aborts
/// (`tcg_handle_interrupt: assertion failed`). OVMF writes CR8 at the end of every interrupt. With
/// `svm_update_cr8_intercept` returning at once KVM goes on intercepting the write, as it does at first: the guest sees
/// no difference.
enum InterceptPatch {
    private static let function = "svm_update_cr8_intercept"
    private static let sectionByteCount = 64
    private static let symbolByteCount = 24
    private static let symbolTable: UInt32 = 2
    /// A function begins with a call of five bytes that the kernel replaces when it loads the module.
    private static let entryCall: UInt8 = 0xe8
    private static let entryCallByteCount = 5
    private static let instructionReturn: UInt8 = 0xc3
    /// What ends a signed module. A signature that does not fit is refused, and no signature is taken.
    private static let signatureMark = Array("~Module signature appended~\n".utf8)

    /// Returns the module with the change, or `nil` where it is not the module that was expected.
    static func apply(to module: [UInt8]) -> [UInt8]? {
        guard let offset = fileOffset(in: module), offset + entryCallByteCount < module.count,
            module[offset] == entryCall
        else { return nil }
        var changed = module
        changed[offset + entryCallByteCount] = instructionReturn
        if changed.suffix(signatureMark.count).elementsEqual(signatureMark) { changed[changed.count - 2] = 0 }
        return changed
    }

    /// Where the function lies in the file (ELF-64 object file format, versions 1.5, sections and symbols).
    private static func fileOffset(in file: [UInt8]) -> Int? {
        guard file.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]), let start = number(file, 40, 8),
            let count = number(file, 60, 2)
        else { return nil }
        let sections = (0..<count).map { start + $0 * sectionByteCount }
        for section in sections where number(file, section + 4, 4) == Int(symbolTable) {
            guard let link = number(file, section + 40, 4), sections.indices.contains(link),
                let names = number(file, sections[link] + 24, 8), let table = number(file, section + 24, 8),
                let byteCount = number(file, section + 32, 8)
            else { return nil }
            for symbol in stride(from: table, to: table + byteCount, by: symbolByteCount) {
                guard let name = number(file, symbol, 4), isName(file, at: names + name),
                    let home = number(file, symbol + 6, 2), sections.indices.contains(home),
                    let base = number(file, sections[home] + 24, 8), let value = number(file, symbol + 8, 8)
                else { continue }
                return base + value
            }
        }
        return nil
    }

    private static func isName(_ file: [UInt8], at offset: Int) -> Bool {
        let bytes = Array(function.utf8) + [0]
        guard offset >= 0, offset <= file.count - bytes.count else { return false }
        return file[offset..<(offset + bytes.count)].elementsEqual(bytes)
    }

    /// A little-endian number of at most 31 bits; what is larger lies in no module.
    private static func number(_ file: [UInt8], _ offset: Int, _ byteCount: Int) -> Int? {
        guard offset >= 0, offset <= file.count - byteCount else { return nil }
        var value: UInt64 = 0
        for index in 0..<byteCount { value |= UInt64(file[offset + index]) << (8 * UInt64(index)) }
        return value <= UInt64(Int32.max) ? Int(value) : nil
    }
}
