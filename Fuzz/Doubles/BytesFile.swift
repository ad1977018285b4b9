// SPDX-License-Identifier: Apache-2.0
internal import Board

/// A kernel file that is an array.
struct BytesFile: KernelFile {
    let bytes: [UInt8]

    var byteCount: UInt64 { UInt64(bytes.count) }

    func read(at offset: UInt64, count: Int) throws(KernelImageError) -> [UInt8] {
        guard let start = Int(exactly: offset), count >= 0, start <= bytes.count, count <= bytes.count - start else {
            throw .unreadable(reason: "a loader read outside the file: \(count) bytes at \(offset)")
        }
        return Array(bytes[start..<(start + count)])
    }
}
