// SPDX-License-Identifier: Apache-2.0

extension MemoryConfiguration {
    func inspect(_ inspection: inout Inspection, at place: String) {
        let object = "\(place).byteCount"
        let size =
            byteCount % Self.granularity == 0 ? "\(byteCount / Self.granularity) MiB" : "\(byteCount) bytes"
        if byteCount < Self.minimumByteCount {
            inspection.report(.outOfRange, object, found: size, remedy: "use at least 32 MiB")
        } else if byteCount > Self.maximumByteCount {
            inspection.report(.outOfRange, object, found: size, remedy: "use at most 4 TiB")
        } else if byteCount % Self.granularity != 0 {
            inspection.report(.outOfRange, object, found: size, remedy: "use a multiple of 1 MiB")
        } else if hugePages, byteCount % Self.hugePageByteCount != 0 {
            inspection.report(
                .conflict, object, found: "\(size) on huge pages", remedy: "use a multiple of 2 MiB")
        }
    }
}
