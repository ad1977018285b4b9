// SPDX-License-Identifier: Apache-2.0
internal import DiskImage
internal import Glibc
internal import Host

extension ToolProblem {
    /// A system call that failed on a file.
    init(_ path: String, _ error: SystemCallError) {
        let (found, remedy) = Self.sentences(for: error)
        self.init(path, found: found, remedy: remedy)
    }

    /// An operation on an image's contents that failed.
    init(_ path: String, _ error: BlockError) {
        switch error {
        case .system(let error): self.init(path, error)
        case .readOnly: self.init(path, found: "\(error)", remedy: "copy it, and change the copy")
        case .corrupt:
            self.init(path, found: "the image is damaged: \(error)", remedy: "look at it with apus image check")
        case .outOfRange, .unsupported, .invalid: self.init(path, found: "\(error)")
        }
    }

    /// An image that could not be locked.
    init(_ path: String, _ failure: ImageLock.Failure, isReadOnly: Bool) {
        switch failure {
        case .busy:
            self.init(
                path, found: "the image is in use by a machine or another tool",
                remedy: isReadOnly ? "end it, or read what may be changing with -U" : "end it first")
        case .system(let error):
            self.init(path, found: "it cannot be locked: \(error)", remedy: "put it on a file system that has locks")
        }
    }

    private static func sentences(for error: SystemCallError) -> (String, String?) {
        switch error.code {
        case ENOENT: ("there is no such file", "look at the path, or make the image with apus image create")
        case ENOTDIR: ("a part of the path is no folder", "look at the path")
        case EACCES, EPERM: ("you have no right to it", "run as its owner, or change its rights")
        case EISDIR: ("it is a folder", "name an image in it")
        case EROFS: ("its file system may only be read", "write to another place")
        case ENOSPC: ("the file system is full", "make room, or write to another place")
        case EDQUOT: ("your share of the file system is used up", "make room, or write to another place")
        case EFBIG: ("a file may not become that large here", "raise the limit (ulimit -f), or use another file system")
        case EIO: ("the storage failed: \(error)", "look at the kernel's messages (dmesg)")
        case ELOOP: ("its symbolic links lead round in a circle", "name the file itself")
        case EPIPE: ("who was to read the output has gone", nil)
        default: ("\(error)", nil)
        }
    }
}
