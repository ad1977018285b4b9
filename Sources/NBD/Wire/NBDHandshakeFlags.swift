// SPDX-License-Identifier: Apache-2.0

/// What both sides say of themselves at first ("NBD protocol", "Handshake flags").
struct NBDHandshakeFlags: OptionSet {
    let rawValue: UInt32
    static let fixedNewstyle = NBDHandshakeFlags(rawValue: 1)
    /// The 124 zeros after `NBD_OPT_EXPORT_NAME`'s answer are left out.
    static let noZeroes = NBDHandshakeFlags(rawValue: 2)
}
