// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
package import Host

/// The locks by which the users of a disk image keep out of each other's way: QEMU's scheme, so that it and Apus
/// refuse each other's images.
///
/// Each permission is a byte of the file. Who uses it holds a shared lock on byte 100 + n, and who does not let others
/// use it one on byte 200 + n. The locks belong to the open file (OFD): they last as long as its last descriptor.
package enum ImageLock {
    private enum Permission: Int64 {
        case consistentRead = 0
        case write = 1
        case resize = 3
    }

    /// Why an image could not be locked.
    package enum Failure: Error, Equatable, Sendable {
        /// Somebody else uses it in a way that does not go together with this one.
        case busy
        case system(SystemCallError)
    }

    /// Locks an open image for reading, and for writing unless `isReadOnly`. Others may read it at the same time when
    /// both only read.
    package static func take(_ image: borrowing Descriptor, isReadOnly: Bool) throws(Failure) {
        let used: [Permission] = isReadOnly ? [.consistentRead] : [.consistentRead, .write]
        let denied: [Permission] = [.write, .resize]
        // Lock first and look then: of two that start at once, at least one sees the other.
        for permission in used { try lock(image, 100 + permission.rawValue) }
        for permission in denied { try lock(image, 200 + permission.rawValue) }
        for permission in used { try refuseLocked(image, 200 + permission.rawValue) }
        for permission in denied { try refuseLocked(image, 100 + permission.rawValue) }
    }

    private static func lock(_ image: borrowing Descriptor, _ offset: Int64) throws(Failure) {
        let result = cmachine_lock_byte(image.borrowed, offset)
        if result == -Int(EAGAIN) || result == -Int(EACCES) { throw .busy }
        if result < 0 { throw .system(SystemCallError(call: "fcntl(F_OFD_SETLK)", code: CInt(-result))) }
    }

    private static func refuseLocked(_ image: borrowing Descriptor, _ offset: Int64) throws(Failure) {
        let result = cmachine_is_byte_locked(image.borrowed, offset)
        if result > 0 { throw .busy }
        if result < 0 { throw .system(SystemCallError(call: "fcntl(F_OFD_GETLK)", code: CInt(-result))) }
    }
}
