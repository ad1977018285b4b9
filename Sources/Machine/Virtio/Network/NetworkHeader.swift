// SPDX-License-Identifier: Apache-2.0
internal import Host

/// The header before a frame that the driver sends (virtio 1.2 §5.1.6), as it was copied out of the guest's memory:
/// what is checked is what is sent, whatever the guest writes meanwhile.
///
/// Belongs to the device's thread.
@safe package final class NetworkHeader {
    package static let byteCount = 12
    /// A frame of 64 KiB with its Ethernet header and this one.
    package static let maximumFrameByteCount = 65562

    private static let needsChecksum: UInt8 = 1
    private static let congestion: UInt8 = 0x80
    private static let segments4: UInt8 = 1
    private static let segments6: UInt8 = 4

    private let bytes: UnsafeMutableRawBufferPointer

    package init() {
        unsafe bytes = .allocate(byteCount: Self.byteCount, alignment: 8)
        _ = unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit { unsafe bytes.deallocate() }

    /// Takes the header off the front of a frame and checks it.
    ///
    /// - Returns: false where it asks for what was not negotiated, or the frame is too short or too long.
    func take(from frame: BufferList, byteCount: Int, features: UInt64) -> Bool {
        guard byteCount >= Self.byteCount, byteCount <= Self.maximumFrameByteCount else { return false }
        _ = unsafe frame.copyOut(to: bytes)
        frame.dropFirst(Self.byteCount)
        // Other flags are the device's to set (§5.1.6.2.1), and num_buffers means nothing here.
        let flags = unsafe bytes[0] & Self.needsChecksum
        unsafe bytes[0] = flags
        unsafe bytes[10] = 0
        unsafe bytes[11] = 0
        if flags != 0 && features & NetworkFeature.checksum == 0 { return false }
        return unsafe Self.isNegotiated(segmentation: bytes[1], features)
    }

    /// Puts the header in front of the frame it came from.
    func prepend(to frame: BufferList) -> Bool {
        guard let base = unsafe bytes.baseAddress else { return false }
        return unsafe frame.prepend(base, byteCount: Self.byteCount)
    }

    private static func isNegotiated(segmentation type: UInt8, _ features: UInt64) -> Bool {
        if type & congestion != 0 && features & NetworkFeature.hostCongestion == 0 { return false }
        switch type & ~congestion {
        case 0: return type == 0
        case segments4: return features & NetworkFeature.hostSegments4 != 0
        case segments6: return features & NetworkFeature.hostSegments6 != 0
        default: return false
        }
    }
}
