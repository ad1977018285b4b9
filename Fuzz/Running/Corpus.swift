// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Host
internal import MachineTesting

/// Valid inputs of one parser, and damaged ones made of them.
struct Corpus {
    /// The inputs, in the order of their names.
    let inputs: [[UInt8]]
    /// Longer inputs are cut: what a parser does with much input is no other than with some.
    private static let maximumByteCount = 64 << 10

    /// Inputs that an entry made; none for one that makes them anew each time.
    init(inputs: [[UInt8]] = []) {
        self.inputs = inputs
    }

    /// Reads all files of a folder.
    init(folder: String) throws {
        guard let stream = unsafe opendir(folder) else { throw SystemCallError(call: "open(\(folder))", code: errno) }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        guard !names.isEmpty else { throw SystemCallError(call: "no inputs in \(folder)", code: ENOENT) }
        inputs = try names.sorted().map { try Descriptor(path: "\(folder)/\($0)", flags: O_RDONLY).readToEnd() }
    }

    /// One of the inputs, damaged at none to eight places; `headerByteCount` bounds the places where it matters.
    func damaged(_ random: inout SplitMix, headerByteCount: Int = .max) -> [UInt8] {
        var bytes = inputs[random.below(inputs.count)]
        for _ in 0..<random.below(9) { damage(&bytes, &random, headerByteCount) }
        if bytes.count > Self.maximumByteCount { bytes.removeLast(bytes.count - Self.maximumByteCount) }
        return bytes
    }

    private func damage(_ bytes: inout [UInt8], _ random: inout SplitMix, _ headerByteCount: Int) {
        let position = random.below(min(bytes.count, headerByteCount) + 1)
        let end = min(bytes.count, position + (1 << random.below(6)))
        switch random.below(10) {
        case 0: bytes.removeLast(bytes.count - position)
        case 1: bytes.removeSubrange(position..<end)
        case 2: bytes.insert(contentsOf: bytes[position..<end], at: position)
        case 3: bytes.insert(random.byte(), at: position)
        case 4: splice(&bytes, at: position, &random)
        case 5: if position < bytes.count { bytes[position] ^= 1 << (random.byte() & 7) }
        case 6: for index in position..<min(bytes.count, position + 8) { bytes[index] = 0xFF }
        case 7: for index in position..<min(bytes.count, position + 8) { bytes[index] = 0 }
        case 8: if position < bytes.count { bytes[position] = Self.telling[random.below(Self.telling.count)] }
        default: if position < bytes.count { bytes[position] = random.byte() }
        }
    }

    /// A part of another input in the place of the rest.
    private func splice(_ bytes: inout [UInt8], at position: Int, _ random: inout SplitMix) {
        let other = inputs[random.below(inputs.count)]
        bytes.removeLast(bytes.count - position)
        bytes += other.dropFirst(random.below(other.count + 1))
    }

    /// Bytes that mean something in texts and headers.
    private static let telling: [UInt8] = Array("{}[]\",:=\\-+.eE0129 \n".utf8) + [0, 1, 0x7F, 0x80, 0xC0, 0xFE, 0xFF]
}
