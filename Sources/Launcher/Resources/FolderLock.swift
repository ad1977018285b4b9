// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Configuration
internal import Glibc
internal import Host

/// Keeps other launchers from making and removing sockets in a folder for as long as it lives (flock(2)).
///
/// Everything done under it is short. A folder that this user cannot read, or whose file system has no locks, goes
/// without.
struct FolderLock: ~Copyable {
    /// Five seconds.
    private static let usualAttempts = 500
    private static let pauseMicroseconds: useconds_t = 10_000

    private let folder: Descriptor?

    /// Waits until nobody else holds the lock of `folder`.
    ///
    /// - Throws: Where somebody holds it for longer than any launcher does.
    init(_ folder: String, attempts: Int = usualAttempts) throws(LaunchProblem) {
        guard let descriptor = try? Descriptor(path: folder, flags: O_RDONLY | O_DIRECTORY) else {
            self.folder = nil
            return
        }
        guard Self.isOurs(descriptor, attempts: attempts) else {
            throw LaunchProblem(
                folder, found: "another program keeps this folder locked",
                remedy: "find it with lsof, or put the sockets elsewhere", exitCode: .hostUnable)
        }
        self.folder = consume descriptor
    }

    private static func isOurs(_ folder: borrowing Descriptor, attempts: Int) -> Bool {
        for _ in 0..<attempts {
            if flock(folder.borrowed, LOCK_EX | LOCK_NB) == 0 { return true }
            // Any other error means that there are no locks here.
            guard errno == EWOULDBLOCK || errno == EINTR else { return true }
            usleep(pauseMicroseconds)
        }
        return false
    }
}
