// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// `NBD_CMD_BLOCK_STATUS`: a chunk for each context that was agreed on.
extension RequestPerformer {
    /// How many extents are looked at for one answer; what follows is the client's next question.
    private static let maximumLookups = 1 << 16

    func tellStatus(_ request: NBDRequest, _ output: StreamBuffer) throws(BlockError) {
        for (position, context) in contexts.enumerated() {
            let extents = try self.extents(of: context, request)
            let isLast = position == contexts.count - 1
            writer.chunk(.blockStatus, request.cookie, length: UInt32(4 + 8 * extents.count), isLast: isLast, output)
            output.append(UInt32(context + 1))
            for extent in extents {
                output.append(extent.length)
                output.append(extent.flags)
            }
        }
    }

    private func extents(
        of context: Int, _ request: NBDRequest
    ) throws(BlockError) -> [(length: UInt32, flags: UInt32)] {
        let range = request.range
        let limit = request.flags.contains(.requestOne) ? 1 : NBDLimits.maximumExtentCount
        var found: [(length: UInt32, flags: UInt32)] = []
        var (offset, lookups) = (range.lowerBound, 0)
        while offset < range.upperBound, lookups < Self.maximumLookups {
            let (end, flags) = try export.status(of: context, at: offset, limit: range.upperBound)
            // Both lie within the request, whose length has 32 bits.
            let length = UInt32(end - offset)
            if let last = found.last, last.flags == flags {
                found[found.count - 1].length = last.length + length
            } else if found.count == limit {
                break
            } else {
                found.append((length, flags))
            }
            offset = end
            lookups += 1
        }
        return found
    }
}
