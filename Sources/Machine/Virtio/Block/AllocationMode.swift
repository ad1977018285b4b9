// SPDX-License-Identifier: Apache-2.0
internal import CMachine

/// What fallocate(2) is asked to do with a range; the file's size stays.
enum AllocationMode {
    static let punchHole = Int32(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)
    static let zeroRange = Int32(FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE)
}
