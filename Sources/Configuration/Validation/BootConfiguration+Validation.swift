// SPDX-License-Identifier: Apache-2.0

extension BootConfiguration {
    func inspect(_ inspection: inout Inspection, at place: String) {
        if let kernel { inspection.file(kernel, at: "\(place).kernel") }
        if let initrd { inspection.file(initrd, at: "\(place).initrd") }
        inspection.length(of: commandLine, in: 0...Self.maximumCommandLineByteCount, at: "\(place).commandLine")
        if commandLine.utf8.contains(0) {
            inspection.report(
                .invalidValue, "\(place).commandLine", found: "it contains a NUL", remedy: "leave it out")
        }
        if let firmware {
            inspectAlone(&inspection, at: place)
            firmware.inspect(&inspection, at: "\(place).firmware")
        } else if kernel == nil {
            inspection.report(
                .missing, "\(place).kernel", found: "neither a kernel nor a firmware is given",
                remedy: "give one of them")
        }
    }

    /// A firmware takes kernel, initrd and command line from a disk.
    private func inspectAlone(_ inspection: inout Inspection, at place: String) {
        let given = [
            ("kernel", kernel != nil), ("initrd", initrd != nil), ("commandLine", !commandLine.isEmpty),
        ]
        for (key, isGiven) in given where isGiven {
            inspection.report(
                .conflict, "\(place).\(key)", found: "it is given beside a firmware, which starts from a disk",
                remedy: "leave one of them out")
        }
    }
}

extension FirmwareConfiguration {
    func inspect(_ inspection: inout Inspection, at place: String) {
        switch (image, kind, inspection.audience) {
        case (nil, .image, _), (nil, _, .machine):
            inspection.report(
                .missing, "\(place).image", found: "no firmware", remedy: "give the path of its file")
        case (.some, .bios, .launcher), (.some, .uefi, .launcher):
            inspection.report(
                .conflict, "\(place).image", found: "a file is given, and the kind \(kind.rawValue) has its own",
                remedy: "leave it out, or use the kind image")
        case (let image?, _, _): inspection.file(image, at: "\(place).image")
        case (nil, _, _): break
        }
        guard let variables else { return }
        inspection.file(variables, at: "\(place).variables")
        if kind == .bios {
            inspection.report(
                .conflict, "\(place).variables", found: "a BIOS keeps no variables",
                remedy: "leave them out, or use uefi")
        }
    }
}
