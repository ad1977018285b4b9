// SPDX-License-Identifier: Apache-2.0

extension SeedConfiguration {
    func inspect(_ inspection: inout Inspection, at place: String) {
        guard inspection.audience == .launcher else {
            inspection.report(
                .wrongAudience, place, found: "the machine's process makes no disks",
                remedy: "make the disk and hand it over among the disks")
            return
        }
        inspection.file(userData, at: "\(place).userData")
        if let metaData { inspection.file(metaData, at: "\(place).metaData") }
        if let networkConfiguration { inspection.file(networkConfiguration, at: "\(place).networkConfig") }
    }
}
