// SPDX-License-Identifier: Apache-2.0

extension MachineConfiguration {
    func inspectFileSystems(_ inspection: inout Inspection) {
        for (index, fileSystem) in fileSystems.enumerated() {
            fileSystem.inspect(&inspection, at: "fileSystems[\(index)]")
        }
        if !fileSystems.isEmpty && memory.mergeable {
            inspection.report(
                .conflict, "fileSystems",
                found: "virtio-fs shares the memory with its server, and KSM merges private memory alone",
                remedy: "leave out virtio-fs or mergeable memory")
        }
    }
}

extension FileSystemConfiguration {
    func inspect(_ inspection: inout Inspection, at place: String) {
        inspection.length(of: tag, in: 1...Self.maximumTagByteCount, at: "\(place).tag")
        if tag.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
            inspection.report(
                .invalidValue, "\(place).tag", found: "\(quoted(tag)) contains control characters",
                remedy: "leave them out")
        }
        inspection.once(tag, what: "tag", at: "\(place).tag")
        inspection.file(source, at: "\(place).source")
    }
}
