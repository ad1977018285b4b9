// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Host

/// An open file of a share, or a place in it (O_PATH); its calls are those of the kernel, on this very file.
///
/// Belongs to the device's thread. Closed with its last reference; counted meanwhile.
final class SharedFile {
    private let descriptor: Descriptor
    private let count: DescriptorCount
    /// Only a place: it has a name and attributes, but no contents.
    let isPlace: Bool

    init(owning descriptor: consuming Descriptor, isPlace: Bool, count: DescriptorCount) {
        self.descriptor = descriptor
        self.isPlace = isPlace
        self.count = count
        count.used += 1
    }

    deinit { count.used -= 1 }

    var number: CInt { descriptor.borrowed }

    /// Opens what `path` leads to below this directory, following no symbolic link in it and none at its end.
    ///
    /// The kernel keeps the way beneath this directory (openat2(2), RESOLVE_BENEATH), whatever happens to it meanwhile.
    ///
    /// - Parameters:
    ///   - path: Components with slashes between them; empty for the directory itself.
    ///   - flags: Those of open(2); O_NOFOLLOW, O_NONBLOCK, O_NOCTTY and O_CLOEXEC are added.
    func open(_ path: [UInt8], flags: CInt, mode: UInt32 = 0) throws(NinePError) -> SharedFile {
        guard count.used < count.limit else { throw NinePError(EMFILE) }
        let isPlace = flags & O_PATH != 0
        let own = O_NOFOLLOW | (isPlace ? 0 : O_NONBLOCK | O_NOCTTY)
        let number = number
        let result = unsafe CText.with(path.isEmpty ? [UInt8(ascii: ".")] : path) { text in
            unsafe cmachine_open_beneath(
                number, text, UInt64(UInt32(bitPattern: flags | own)), UInt64(mode),
                CMACHINE_RESOLVE_BENEATH | CMACHINE_RESOLVE_NO_LINKS)
        }
        let opened = CInt(truncatingIfNeeded: try NinePError.check(result))
        return SharedFile(owning: Descriptor(owning: opened), isPlace: isPlace, count: count)
    }

    func status() throws(NinePError) -> cmachine_file {
        var status = cmachine_file()
        try NinePError.check(unsafe cmachine_file_status(number, &status))
        return status
    }

    func fileSystem() throws(NinePError) -> cmachine_file_system {
        var status = cmachine_file_system()
        try NinePError.check(unsafe cmachine_file_system_status(number, &status))
        return status
    }

    /// The target of the symbolic link that this is.
    func linkTarget() throws(NinePError) -> [UInt8] {
        let number = number
        return unsafe try Self.bytes(upTo: NinePRequest.maximumTargetByteCount) { buffer in
            unsafe cmachine_read_link(number, buffer.baseAddress, buffer.count)
        }
    }

    func changeOwner(user: UInt32, group: UInt32) throws(NinePError) {
        try NinePError.check(cmachine_change_owner(number, user, group))
    }

    func changeMode(_ mode: UInt32) throws(NinePError) {
        try NinePError.check(
            isPlace ? cmachine_change_mode_of_place(number, mode) : cmachine_change_mode(number, mode))
    }

    func changeTimes(access: timespec, modification: timespec) throws(NinePError) {
        try NinePError.check(cmachine_change_times(number, access, modification))
    }

    func changeSize(_ byteCount: UInt64) throws(NinePError) {
        guard byteCount <= UInt64(Int64.max) else { throw NinePError(EFBIG) }
        try NinePError.check(cmachine_change_size(number, byteCount))
    }

    func synchronize(dataOnly: Bool) throws(NinePError) {
        try NinePError.check(cmachine_sync(number, dataOnly ? 1 : 0))
    }

    /// What a call of the kernel fills in.
    ///
    /// - Parameter call: Returns how many bytes it has filled in, or a negative errno.
    static func bytes(
        upTo capacity: Int, _ call: (UnsafeMutableBufferPointer<UInt8>) -> Int
    ) throws(NinePError) -> [UInt8] {
        var result = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, filled in
            result = unsafe call(buffer)
            filled = min(max(0, result), capacity)
        }
        try NinePError.check(result)
        return bytes
    }
}
