// SPDX-License-Identifier: Apache-2.0

extension DiskConfiguration {
    func inspect(_ inspection: inout Inspection, at place: String) {
        inspection.file(source, at: "\(place).source")
        if case .path(let path) = source { inspection.once(path, what: "image", at: "\(place).source") }
        if let serial { inspectSerial(serial, &inspection, at: "\(place).serial") }
        if let queueCount {
            inspection.number(queueCount, in: Self.allowedQueueCounts, unit: "queues", at: "\(place).queueCount")
        }
        if let bootIndex {
            inspection.number(
                bootIndex, in: Self.allowedBootIndices, unit: "as place in the boot order", at: "\(place).bootIndex")
            inspection.once("\(bootIndex)", what: "place in the boot order", at: "\(place).bootIndex")
        }
        if let label {
            inspection.length(of: label, in: 1...Inspection.maximumPathByteCount, at: "\(place).label")
        }
    }

    private func inspectSerial(_ serial: String, _ inspection: inout Inspection, at place: String) {
        inspection.length(of: serial, in: 1...Self.maximumSerialByteCount, at: place)
        if !serial.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) {
            inspection.report(
                .invalidValue, place, found: "\(quoted(serial))", remedy: "use printable ASCII characters only")
        }
        inspection.once(serial, what: "serial number", at: place)
    }
}
