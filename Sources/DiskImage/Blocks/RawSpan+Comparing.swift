// SPDX-License-Identifier: Apache-2.0
internal import Glibc

extension RawSpan {
    /// Whether every byte is zero; true of no bytes.
    package var isZero: Bool {
        unsafe withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress, bytes.count > 0 else { return true }
            // Zero at the front, and each byte like the one before it.
            return unsafe bytes[0] == 0 && memcmp(start, start + 1, bytes.count - 1) == 0
        }
    }

    /// Whether two spans have the same bytes.
    package func hasSameBytes(as other: RawSpan) -> Bool {
        guard byteCount == other.byteCount else { return false }
        return unsafe withUnsafeBytes { bytes in
            unsafe other.withUnsafeBytes { others in
                guard let start = bytes.baseAddress, let otherStart = others.baseAddress else { return true }
                return unsafe memcmp(start, otherStart, bytes.count) == 0
            }
        }
    }
}
