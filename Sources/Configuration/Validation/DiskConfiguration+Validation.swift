// SPDX-License-Identifier: Apache-2.0

extension DiskConfiguration {
    func inspect(_ inspection: inout Inspection, at place: String) {
        inspection.file(source, at: "\(place).source")
        if case .path(let path) = source { inspection.once(path, what: "image", at: "\(place).source") }
        inspectLayers(&inspection, at: place)
        if let serial { inspectSerial(serial, &inspection, at: "\(place).serial") }
        if let queueCount {
            inspection.number(queueCount, in: Self.allowedQueueCounts, unit: "queues", at: "\(place).queueCount")
        }
        if let bootIndex {
            inspection.number(
                bootIndex, in: Self.allowedBootIndices, unit: "as place in the boot order", at: "\(place).bootIndex")
            inspection.once("\(bootIndex)", what: "place in the boot order", at: "\(place).bootIndex")
        }
        if let throttling { throttling.inspect(&inspection, at: "\(place).throttling") }
        if let label {
            inspection.length(of: label, in: 1...Inspection.maximumPathByteCount, at: "\(place).label")
        }
    }

    private func inspectLayers(_ inspection: inout Inspection, at place: String) {
        if let dataFile { inspectDataFile(dataFile, of: format, &inspection, at: "\(place).dataFile") }
        let layers = backing ?? []
        for (index, layer) in layers.enumerated() {
            let here = "\(place).backing[\(index)]"
            inspection.file(layer.source, at: "\(here).source")
            if let dataFile = layer.dataFile {
                inspectDataFile(dataFile, of: layer.format, &inspection, at: "\(here).dataFile")
            }
            let above = index == 0 ? format : layers[index - 1].format
            if above == .raw {
                inspection.report(
                    .conflict, here, found: "an image below one that is raw",
                    remedy: "leave it out, or give the format of the image above it")
            }
        }
    }

    private func inspectDataFile(
        _ file: Resource, of format: DiskFormat, _ inspection: inout Inspection, at place: String
    ) {
        inspection.file(file, at: place)
        if format != .qcow2 {
            inspection.report(
                .conflict, place, found: "a data file of an image that is \(format.rawValue)",
                remedy: "leave it out: qcow2 images alone have one")
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
