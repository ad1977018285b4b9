// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Configuration
internal import DiskImage
internal import Glibc
internal import Host

extension Preparation {
    private static let sectorByteCount: UInt64 = 512

    /// Opens and locks a disk's image.
    func openDisk(_ index: Int) {
        let disk = request.disks[index]
        guard case .path(let path) = disk.source else { return }
        do throws(LaunchProblem) {
            let image = try Self.open(path, isReadOnly: disk.readOnly)
            if disk.format == .raw {
                try checkSize(of: image, path: path)
            } else {
                try Self.checkKind(of: image, path: path)
            }
            try refuseTwin(of: image, path: path)
            if disk.format == .raw { try warnOfContainer(image, path: path) }
            try Self.lock(image, path: path, isReadOnly: disk.readOnly)
            Files.setBlocking(image)
            try openChain(index, path: path, image: image)
            machine.disks[index].source = .descriptor(table.hand(image))
            machine.disks[index].label = disk.displayName
        } catch {
            problems.append(error)
        }
    }

    /// - Parameter name: What messages call it, where that is not its path.
    static func open(
        _ path: String, shownAs name: String? = nil, isReadOnly: Bool
    ) throws(LaunchProblem) -> Descriptor {
        // O_EXCL on a block device asks for it alone: a mounted one is refused. Files do not care.
        let flags = (isReadOnly ? O_RDONLY : O_RDWR | O_EXCL) | O_NONBLOCK | O_NOCTTY
        do {
            return try Descriptor(path: path, flags: flags)
        } catch {
            throw refusal(of: name ?? path, isReadOnly: isReadOnly, error)
        }
    }

    private static func refusal(of path: String, isReadOnly: Bool, _ error: SystemCallError) -> LaunchProblem {
        let alternative = isReadOnly ? "" : ", or write readonly"
        let (found, remedy, exitCode): (String, String, ExitCode) =
            switch error.code {
            case ENOENT, ENOTDIR:
                ("there is no such disk image", "make it (truncate -s 10G PATH), or correct the path", .badInput)
            case EISDIR: ("this is a folder", "give the path of a file or a block device", .badInput)
            case EACCES, EPERM:
                (
                    "you have no right to \(isReadOnly ? "read" : "write") this disk image",
                    "give yourself the right\(alternative)", .badInput
                )
            case EROFS: ("the file system is read-only", "put the image elsewhere\(alternative)", .badInput)
            case EBUSY, ETXTBSY:
                ("the disk is busy: the host uses it", "unmount it, or end who uses it", .hostUnable)
            default: ("the disk image cannot be opened: \(error.reason)", "give another one", .badInput)
            }
        return LaunchProblem(path, found: found, remedy: remedy, exitCode: exitCode)
    }

    /// Refuses what is neither a file nor a block device; returns its size in bytes.
    @discardableResult
    static func checkKind(of image: borrowing Descriptor, path: String) throws(LaunchProblem) -> UInt64 {
        guard let byteCount = try byteCount(of: image, path: path) else {
            throw LaunchProblem(
                path, found: "it is neither a file nor a block device", remedy: "give one of these",
                exitCode: .badInput)
        }
        return byteCount
    }

    private func checkSize(of image: borrowing Descriptor, path: String) throws(LaunchProblem) {
        let byteCount = try Self.checkKind(of: image, path: path)
        if byteCount < Self.sectorByteCount {
            throw LaunchProblem(
                path, found: "the disk is too small: \(byteCount) bytes, and a sector has 512",
                remedy: "extend it with truncate -s SIZE", exitCode: .badInput)
        }
        if !byteCount.isMultiple(of: Self.sectorByteCount) {
            throw LaunchProblem(
                path, found: "\(byteCount) bytes are no whole number of sectors of 512",
                remedy: "extend it with truncate -s %512 PATH", exitCode: .badInput)
        }
    }

    private static func byteCount(of image: borrowing Descriptor, path: String) throws(LaunchProblem) -> UInt64? {
        do {
            let status = try image.status()
            switch status.kind {
            case .regular: return status.byteCount
            case .blockDevice:
                var byteCount: UInt64 = 0
                let result = unsafe cmachine_block_device_size(image.borrowed, &byteCount)
                try SystemCallError.check(result, "ioctl(BLKGETSIZE64)")
                return byteCount
            default: return nil
            }
        } catch {
            throw LaunchProblem(
                path, found: "its size cannot be told: \(error)", remedy: "give another one", exitCode: .badInput)
        }
    }

    private static func refusal(of path: String, _ failure: ImageLock.Failure) -> LaunchProblem {
        switch failure {
        case .busy:
            LaunchProblem(
                path, found: "the disk is busy: another machine or tool uses it",
                remedy: "end it, or give both the image readonly", exitCode: .hostUnable)
        case .system(let error):
            LaunchProblem(
                path, found: "it cannot be locked: \(error)", remedy: "put it on a file system that has locks",
                exitCode: .hostUnable)
        }
    }

    /// An image that was said to be raw and begins as a container is one, or its guest wants it to be taken for one.
    private func warnOfContainer(_ image: borrowing Descriptor, path: String) throws(LaunchProblem) {
        do {
            let beginning = try image.read(at: 0, count: ImageContainer.byteCount)
            guard let container = ImageContainer(beginning: beginning) else { return }
            warnings.append(
                "\(path): it begins as a \(container.rawValue) image does and is used as a raw disk; if it is one, "
                    + "the guest destroys it: end the machine, and "
                    + (container == .qcow2
                        ? "give format=qcow2" : "convert it with qemu-img convert -O qcow2 IN OUT"))
        } catch {
            throw LaunchProblem(
                path, found: "it cannot be read: \(error.reason)", remedy: "give another one", exitCode: .badInput)
        }
    }

    /// Two paths may lead to one image.
    private func refuseTwin(of image: borrowing Descriptor, path: String) throws(LaunchProblem) {
        guard let identity = Files.identity(of: image) else { return }
        if let twin = images.first(where: { $0.identity == identity }) {
            throw LaunchProblem(
                path, found: "this is the same image as \(twin.path)", remedy: "use each image once",
                exitCode: .badInput)
        }
        images.append((path, identity))
    }

    static func lock(
        _ image: borrowing Descriptor, path: String, isReadOnly: Bool
    ) throws(LaunchProblem) {
        do {
            try ImageLock.take(image, isReadOnly: isReadOnly)
        } catch {
            throw refusal(of: path, error)
        }
    }
}
