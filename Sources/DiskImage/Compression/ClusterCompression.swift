// SPDX-License-Identifier: Apache-2.0
internal import CCompression

/// Compressed clusters: a whole cluster from and to bytes of its own.
extension Qcow2Header.Compression {
    /// The cluster that `bytes` begin with, or `nil` where they are damaged or make another size.
    func decompress(_ bytes: [UInt8], byteCount: Int) -> [UInt8]? {
        var result = 0
        let cluster = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { output, count in
            result = unsafe bytes.withUnsafeBytes { input in
                switch self {
                case .zlib:
                    unsafe ccompression_inflate(input.baseAddress, input.count, output.baseAddress, byteCount)
                case .zstd:
                    unsafe ccompression_zstd_decompress(input.baseAddress, input.count, output.baseAddress, byteCount)
                }
            }
            count = max(0, result)
        }
        return result == byteCount ? cluster : nil
    }

    /// The compressed bytes, or `nil` where they would not be fewer.
    func compress(_ cluster: [UInt8]) -> [UInt8]? {
        let capacity = cluster.count - 1
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
            let result = unsafe cluster.withUnsafeBytes { input in
                switch self {
                case .zlib:
                    unsafe ccompression_deflate(input.baseAddress, input.count, output.baseAddress, capacity)
                case .zstd:
                    unsafe ccompression_zstd_compress(input.baseAddress, input.count, output.baseAddress, capacity)
                }
            }
            count = max(0, result)
        }
        return bytes.isEmpty ? nil : bytes
    }
}
