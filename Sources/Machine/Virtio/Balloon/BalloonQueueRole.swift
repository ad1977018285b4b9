// SPDX-License-Identifier: Apache-2.0

/// What a queue of a balloon is for.
///
/// The standard numbers the queues 0 to 4 whatever was agreed on (virtio 1.2 §5.5.2); Linux leaves no gap for a queue
/// of a feature that it did not agree on. Free page hints, the queue before the reports, are not offered, so reports
/// are taken on either.
enum BalloonQueueRole: Equatable {
    case inflate
    case deflate
    case statistics
    case reports
    case unused

    static let statisticsIndex = 2

    /// - Parameter index: The queue's number, from 0.
    init(of index: Int, _ activation: VirtioActivation) {
        switch index {
        case 0: self = .inflate
        case 1: self = .deflate
        case Self.statisticsIndex where activation.has(BalloonFeature.statistics): self = .statistics
        default: self = activation.has(BalloonFeature.pageReporting) ? .reports : .unused
        }
    }
}
