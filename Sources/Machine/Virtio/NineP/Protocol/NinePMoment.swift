// SPDX-License-Identifier: Apache-2.0

/// A point in time of a file, since 1970.
struct NinePMoment: Equatable, Sendable {
    var seconds: Int64
    var nanoseconds: UInt32
}
