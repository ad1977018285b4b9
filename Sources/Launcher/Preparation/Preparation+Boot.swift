// SPDX-License-Identifier: Apache-2.0
internal import Board
internal import Configuration
internal import Host

extension Preparation {
    /// Enough for any processor: the machine's process checks against the one it runs on.
    private static let physicalAddressBits = 52

    func openBootFiles() {
        if request.boot.firmware != nil { return openFirmware() }
        let initrd = openInitrd()
        guard case .path(let path) = request.boot.kernel else { return }
        do throws(LaunchProblem) {
            let image = KernelImage(try InputFile(path, what: "kernel"))
            if initrd.isUsable { try check(image, path: path, initrdByteCount: initrd.byteCount) }
            machine.boot.kernel = .descriptor(table.hand(image.descriptor()))
        } catch {
            problems.append(error)
        }
    }

    private func openInitrd() -> (isUsable: Bool, byteCount: UInt64?) {
        guard case .path(let path) = request.boot.initrd else { return (true, nil) }
        do throws(LaunchProblem) {
            let file = try InputFile(path, what: "initrd")
            let byteCount = file.byteCount
            machine.boot.initrd = .descriptor(table.hand(file.takeDescriptor()))
            return (true, byteCount)
        } catch {
            problems.append(error)
            return (false, nil)
        }
    }

    /// Goes through the start as the machine's process will, without memory.
    private func check(
        _ image: borrowing KernelImage, path: String, initrdByteCount: UInt64?
    ) throws(LaunchProblem) {
        do {
            let map = try AddressMap(
                memoryByteCount: request.memory.byteCount, physicalAddressBits: Self.physicalAddressBits)
            let boot = BootRequest(
                map: map, commandLine: request.boot.commandLine, initrdByteCount: initrdByteCount,
                rootPointerAddress: ACPITables.rootPointerAddress)
            _ = try BootLoader.load(image, for: boot)
        } catch let error as KernelImageError {
            throw Self.problem(path, error.description)
        } catch let error as AddressMapError {
            throw Self.problem("memory", error.description)
        } catch {
            throw Self.problem(path, "\(error)")
        }
    }

    /// The loaders' sentences say what was found and what to do, with a semicolon between.
    static func problem(_ object: String, _ sentence: String) -> LaunchProblem {
        guard let cut = sentence.utf8.lastIndex(of: UInt8(ascii: ";")) else {
            return LaunchProblem(object, found: sentence, remedy: "give another one", exitCode: .badInput)
        }
        let remedy = sentence[sentence.utf8.index(after: cut)...].drop { $0 == " " }
        return LaunchProblem(
            object, found: String(sentence[..<cut]), remedy: String(remedy), exitCode: .badInput)
    }
}
