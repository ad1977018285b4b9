// SPDX-License-Identifier: Apache-2.0
internal import CMachine

/// Extended attributes (xattr(7)). Not for a place.
extension SharedFile {
    /// The most bytes of a value, and of a list of names (XATTR_SIZE_MAX, XATTR_LIST_MAX).
    static let maximumAttributeByteCount = 64 << 10

    func attribute(_ name: [UInt8], upTo capacity: Int = maximumAttributeByteCount) throws(NinePError) -> [UInt8] {
        let number = number
        return unsafe try Self.bytes(upTo: capacity) { buffer in
            unsafe CText.with(name) { unsafe cmachine_get_attribute(number, $0, buffer.baseAddress, buffer.count) }
        }
    }

    /// All names, each with a NUL behind it.
    func attributeNames() throws(NinePError) -> [UInt8] {
        let number = number
        return unsafe try Self.bytes(upTo: Self.maximumAttributeByteCount) { buffer in
            unsafe cmachine_list_attributes(number, buffer.baseAddress, buffer.count)
        }
    }

    /// - Parameter flags: XATTR_CREATE, XATTR_REPLACE, or 0 for either.
    func setAttribute(_ name: [UInt8], to value: [UInt8], flags: CInt = 0) throws(NinePError) {
        let number = number
        try NinePError.check(
            unsafe value.withUnsafeBytes { value in
                unsafe CText.with(name) {
                    unsafe cmachine_set_attribute(number, $0, value.baseAddress, value.count, flags)
                }
            })
    }

    func removeAttribute(_ name: [UInt8]) throws(NinePError) {
        let number = number
        try NinePError.check(unsafe CText.with(name) { unsafe cmachine_remove_attribute(number, $0) })
    }
}
