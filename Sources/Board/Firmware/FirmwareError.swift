// SPDX-License-Identifier: Apache-2.0

/// A firmware that cannot be put below 4 GiB.
package enum FirmwareError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The image is no whole number of pages, or empty.
    case imageSize(found: UInt64)
    /// The store of variables is no whole number of pages, or empty.
    case variablesSize(found: UInt64)
    /// Image and variables do not fit.
    case tooLarge(found: UInt64)

    package var description: String {
        switch self {
        case .imageSize(let found):
            "a firmware is a whole number of pages of 4096 bytes, and this has \(found); give the file as its maker built it"
        case .variablesSize(let found):
            "a store of variables is a whole number of pages of 4096 bytes, and this has \(found); "
                + "copy the one that belongs to the firmware"
        case .tooLarge(let found):
            "firmware and variables have \(found) bytes together; there is room for "
                + "\(FirmwareLayout.maximumByteCount.mebibytesRoundedUp) MiB"
        }
    }
}
