// SPDX-License-Identifier: Apache-2.0

/// Gives BARs their addresses at power on, as firmware would.
///
/// 64-bit BARs go into the 64-bit window and others into the 32-bit one, each at the next naturally aligned address:
/// the same functions in the same order always get the same addresses.
package struct BARAllocator: Sendable {
    private var free32 = AddressMap.pciWindow32
    private var free64: AddressRange

    package init(map: AddressMap) {
        free64 = map.pciWindow64
    }

    /// Places every BAR of a function.
    package mutating func assign(_ space: inout PCIConfigurationSpace) throws(BARAllocationError) {
        for index in 0..<6 {
            guard let bar = space.bar(index) else { continue }
            let address =
                bar.is64Bit
                ? try Self.take(bar.byteCount, from: &free64) : try Self.take(bar.byteCount, from: &free32)
            space.setBARAddress(index, to: address)
        }
    }

    private static func take(
        _ byteCount: UInt64, from window: inout AddressRange
    ) throws(BARAllocationError) -> UInt64 {
        guard let start = window.start.roundedUp(to: byteCount), let end = start.adding(byteCount), end <= window.end
        else {
            throw BARAllocationError(byteCount: byteCount, window: window)
        }
        window = AddressRange(start: end, byteCount: window.end - end)
        return start
    }
}
