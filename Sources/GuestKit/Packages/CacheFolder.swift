// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc
internal import Host

/// The folder that keeps what was fetched and made.
///
/// Everything in it is complete: it is prepared in the folder `work`, under a lock, and then renamed.
/// What an interrupted process left in `work` is removed by the next one that takes the lock.
package struct CacheFolder: Sendable {
    package let path: String

    /// The folder that `APUS_CACHE` names, else `apus` in the user's cache folder.
    package init() throws(GuestKitError) {
        if let path = Environment.value("APUS_CACHE") {
            self.path = path
        } else if let folder = Environment.value("XDG_CACHE_HOME") {
            path = "\(folder)/apus"
        } else if let home = Environment.value("HOME") {
            path = "\(home)/.cache/apus"
        } else {
            throw .noCacheFolder
        }
    }

    package init(path: String) {
        self.path = path
    }

    /// Runs `body` with an empty folder, on the same file system as the cache, while no other process does.
    package func prepare<Result>(
        progress: Progress, _ body: (_ work: String) throws(GuestKitError) -> Result
    ) throws(GuestKitError) -> Result {
        try Files.makeFolders(path)
        let lock = try openLock()
        if flock(lock.borrowed, LOCK_EX | LOCK_NB) != 0 {
            progress.say("waiting for another process that fetches into \(path)")
            while flock(lock.borrowed, LOCK_EX) != 0 && errno == EINTR {}
        }
        let work = "\(path)/work"
        try Self.removeTree(work)
        try Files.makeFolders(work)
        let result = try body(work)
        try Self.removeTree(work)
        return result
    }

    private func openLock() throws(GuestKitError) -> Descriptor {
        let file = "\(path)/lock"
        do throws(SystemCallError) {
            return try Descriptor(path: file, flags: O_RDWR | O_CREAT, mode: 0o644)
        } catch {
            throw .file(path: file, error)
        }
    }

    private static func removeTree(_ path: String) throws(GuestKitError) {
        if Files.exists(path) { try Tool.run("rm", ["-rf", path], package: "coreutils") }
    }
}
