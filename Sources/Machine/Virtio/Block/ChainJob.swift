// SPDX-License-Identifier: Apache-2.0
internal import DiskImage

/// Something that a disk's image chain is called for.
///
/// It belongs to the device's thread until it is submitted, then to the chain's thread, and to the device's thread again
/// once it has ended. So does the request whose buffers it uses.
final class ChainJob {
    enum Work {
        /// Look up how the granules of a page are kept.
        case map(page: UInt64)
        case read(BlockRequest, Range<UInt64>)
        case write(BlockRequest, Range<UInt64>)
        /// Zeros that take no room where `mayUnmap`.
        case zeroes(BlockRequest, Range<UInt64>, mayUnmap: Bool)
        case discard(BlockRequest, Range<UInt64>)
        /// Make what ended before durable; without a request, for the device itself.
        case flush(BlockRequest?)
    }

    let work: Work
    /// Bytes moved, 0, or a negative errno.
    var result: Int32 = 0
    /// What is known of granules now: of a page, or of those that the job has changed. `nil` where nothing is.
    var known: (first: UInt64, mappings: [GranuleMapping])?
    /// How the chain stands after the job.
    var hasUnwrittenMetadata = false
    var admitsDirectWrites = false

    init(_ work: Work) { self.work = work }

    /// Whether the image may be another afterwards.
    var mayChange: Bool {
        switch work {
        case .map, .read: false
        case .write, .zeroes, .discard, .flush: true
        }
    }
}
