// SPDX-License-Identifier: Apache-2.0
internal import Board
internal import Configuration
internal import Glibc
internal import Host

extension Preparation {
    /// Opens the firmware and the file of its variables, where that is there.
    func openFirmware() {
        guard let firmware = request.boot.firmware else { return }
        do throws(LaunchProblem) {
            let location = try Self.location(of: firmware)
            guard let location else { return }
            let image = try InputFile(location.image, what: "firmware")
            variablesTemplate = location.variables
            let byteCount = try openVariables(
                firmware.variables, templateByteCount: try Self.byteCount(ofTemplate: location.variables))
            try Self.check(image, variablesByteCount: byteCount)
            machine.boot.firmware?.image = .descriptor(table.hand(image.takeDescriptor()))
        } catch {
            problems.append(error)
        }
    }

    /// Makes the variables' file, or their memory, out of the firmware's empty store.
    func createVariables() throws(LaunchProblem) {
        guard let firmware = request.boot.firmware, let template = variablesTemplate,
            machine.boot.firmware?.variables == firmware.variables
        else { return }
        let bytes = try InputFile(template, what: "store of variables").beginning(
            upTo: Int(FirmwareLayout.maximumByteCount))
        do {
            if case .path(let path) = firmware.variables {
                machine.boot.firmware?.variables = .descriptor(table.hand(try VariablesFile.make(at: path, bytes)))
            } else {
                machine.boot.firmware?.variables = .descriptor(table.hand(try MemoryFile.make("variables", bytes)))
            }
        } catch let error as LaunchProblem {
            throw error
        } catch {
            throw LaunchProblem(
                "--firmware, variables", found: "\(error)", remedy: "give another path", exitCode: .hostUnable)
        }
    }

    /// Where the firmware lies; `nil` where that is somebody's descriptor.
    private static func location(
        of firmware: FirmwareConfiguration
    ) throws(LaunchProblem) -> DistributionFirmware.Location? {
        switch (firmware.kind, firmware.image) {
        case (.image, .path(let path)): DistributionFirmware.Location(image: path, variables: nil)
        case (.image, _): nil
        case (let kind, _): try DistributionFirmware.find(kind)
        }
    }

    private static func byteCount(ofTemplate path: String?) throws(LaunchProblem) -> UInt64? {
        guard let path else { return nil }
        return try InputFile(path, what: "store of variables").byteCount
    }

    /// Opens the variables' file.
    ///
    /// - Returns: How many bytes the machine will have for variables; `nil` for none.
    private func openVariables(
        _ variables: Resource?, templateByteCount: UInt64?
    ) throws(LaunchProblem) -> UInt64? {
        guard case .path(let path) = variables else {
            if variables == nil, templateByteCount != nil {
                warnings.append(
                    "the firmware's variables are lost with the machine; --firmware uefi,variables=PATH keeps them")
            }
            return templateByteCount
        }
        if Files.identity(of: path) == nil {
            guard let templateByteCount else {
                throw LaunchProblem(
                    path, found: "there is no such store of variables",
                    remedy: "copy the one that belongs to the firmware there", exitCode: .badInput)
            }
            if let obstacle = Files.obstacle(toCreating: path) {
                throw LaunchProblem(path, found: obstacle, remedy: "give another path", exitCode: .badInput)
            }
            return templateByteCount
        }
        let file = try VariablesFile.open(path)
        guard let byteCount = (try? file.status())?.byteCount else { return nil }
        if let templateByteCount, byteCount != templateByteCount {
            throw LaunchProblem(
                path, found: "\(byteCount) bytes, and this firmware's store of variables has \(templateByteCount)",
                remedy: "give a path that does not exist yet: a new store is made there", exitCode: .badInput)
        }
        machine.boot.firmware?.variables = .descriptor(table.hand(file))
        return byteCount
    }

    private static func check(_ image: borrowing InputFile, variablesByteCount: UInt64?) throws(LaunchProblem) {
        do {
            _ = try FirmwareLayout(imageByteCount: image.byteCount, variablesByteCount: variablesByteCount)
        } catch {
            throw problem(image.path, error.description)
        }
    }
}
