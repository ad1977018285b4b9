// SPDX-License-Identifier: Apache-2.0

/// How many descriptors a share holds, and how many it may. Belongs to the device's thread.
final class DescriptorCount {
    let limit: Int
    var used = 0

    init(limit: Int) { self.limit = limit }
}
