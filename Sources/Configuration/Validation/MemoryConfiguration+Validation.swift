// SPDX-License-Identifier: Apache-2.0

extension MemoryConfiguration {
    func inspect(_ inspection: inout Inspection, at place: String) {
        let object = "\(place).byteCount"
        if byteCount < Self.minimumByteCount {
            inspection.report(.outOfRange, object, found: "\(byteCount) bytes", remedy: "use at least 32 MiB")
        } else if byteCount > Self.maximumByteCount {
            inspection.report(.outOfRange, object, found: "\(byteCount) bytes", remedy: "use at most 4 TiB")
        } else if byteCount % Self.granularity != 0 {
            inspection.report(.outOfRange, object, found: "\(byteCount) bytes", remedy: "use a multiple of 1 MiB")
        } else if hugePages, byteCount % Self.hugePageByteCount != 0 {
            inspection.report(
                .conflict, object, found: "\(byteCount) bytes on huge pages", remedy: "use a multiple of 2 MiB")
        }
    }
}
