// SPDX-License-Identifier: Apache-2.0

extension BootConfiguration {
    func inspect(_ inspection: inout Inspection, at place: String) {
        inspection.file(kernel, at: "\(place).kernel")
        if let initrd { inspection.file(initrd, at: "\(place).initrd") }
        inspection.length(of: commandLine, in: 0...Self.maximumCommandLineByteCount, at: "\(place).commandLine")
        if commandLine.utf8.contains(0) {
            inspection.report(
                .invalidValue, "\(place).commandLine", found: "it contains a NUL", remedy: "leave it out")
        }
    }
}
