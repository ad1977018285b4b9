// SPDX-License-Identifier: Apache-2.0

/// A format of disk images that holds more than the disk's sectors, told by its signature.
///
/// It only warns: a guest may write any signature into its raw disk, so nothing may follow from one.
enum ImageContainer: String, CaseIterable {
    case qcow2
    case vmdk = "VMDK"
    case vhdx = "VHDX"
    case vdi = "VDI"

    /// How many of an image's first bytes tell it.
    static let byteCount = 512

    /// The container whose signature stands in the first bytes of an image, or `nil`.
    init?(beginning bytes: [UInt8]) {
        let found = Self.allCases.first { bytes.dropFirst($0.offset).starts(with: $0.signature) }
        guard let found else { return nil }
        self = found
    }

    private var offset: Int { self == .vdi ? 64 : 0 }

    private var signature: [UInt8] {
        switch self {
        case .qcow2: [0x51, 0x46, 0x49, 0xFB]
        case .vmdk: Array("KDMV".utf8)
        case .vhdx: Array("vhdxfile".utf8)
        case .vdi: [0x7F, 0x10, 0xDA, 0xBE]
        }
    }
}
