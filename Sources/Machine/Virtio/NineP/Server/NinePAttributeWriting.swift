// SPDX-License-Identifier: Apache-2.0

/// An extended attribute on its way: set when its fid is given up, with all bytes there.
struct NinePAttributeWriting: Equatable {
    var name: [UInt8]
    /// How many bytes there are to be.
    var byteCount: Int
    /// XATTR_CREATE, XATTR_REPLACE, or 0.
    var flags: UInt32
    var value: [UInt8]
}
