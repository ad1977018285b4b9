// SPDX-License-Identifier: Apache-2.0
import DiskImage
import Foundation
import Glibc
import Host
import Testing

/// A folder for images that goes with its owner, and QEMU's tools in it.
final class Scratch {
    let folder: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.path + "/apus-qcow2-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// Runs a program in the folder; its output and how it ended.
    ///
    /// - Parameter mixesErrors: Whether what it says on the other stream is part of the output.
    func run(_ arguments: [String], mixesErrors: Bool = true) throws -> (output: String, status: Int32) {
        let process = Process(), pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardOutput = pipe
        process.standardError = mixesErrors ? pipe : FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let bytes = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (String(decoding: bytes, as: UTF8.self), process.terminationStatus)
    }

    /// Runs a program that must succeed.
    @discardableResult
    func tool(_ arguments: String...) throws -> String {
        let result = try run(arguments)
        if result.status != 0 {
            Issue.record("\(arguments.joined(separator: " ")) ended with \(result.status): \(result.output)")
        }
        return result.output
    }

    /// Has `qemu-img check` find nothing, not even a leak.
    func checkClean(_ name: String, _ context: String = "") throws {
        let result = try run(["qemu-img", "check", "-f", "qcow2", name])
        if result.status != 0 { Issue.record("qemu-img check \(name) \(context): \(result.output)") }
    }

    func json(_ arguments: String...) throws -> [String: Any] {
        let text = try run(arguments, mixesErrors: false).output
        return try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
    }

    func node(_ name: String, isReadOnly: Bool = false, isNew: Bool = false) throws -> FileNode {
        let flags = (isReadOnly ? O_RDONLY : O_RDWR) | (isNew ? O_CREAT | O_TRUNC : 0)
        return try FileNode(owning: try Descriptor(path: path(name), flags: flags), isReadOnly: isReadOnly)
    }

    /// Opens an image with small caches, so that they overflow.
    func image(
        _ name: String, isReadOnly: Bool = false, backing: (any BlockNode)? = nil, dataFile: String? = nil,
        repairing: Bool = false
    ) throws -> Qcow2Image {
        var caches = Qcow2Image.CacheSizes()
        caches.tableByteCount = 16 << 10
        caches.refcountByteCount = 16 << 10
        let data = try dataFile.map { try node($0, isReadOnly: isReadOnly) }
        return try Qcow2Image(
            file: try node(name, isReadOnly: isReadOnly), backing: backing, dataFile: data, isReadOnly: isReadOnly,
            repairing: repairing, caches: caches)
    }

    @discardableResult
    func create(
        _ name: String, _ options: Qcow2CreateOptions, backing: (any BlockNode)? = nil, dataFile: String? = nil
    ) throws -> Qcow2Image {
        let data = try dataFile.map { try node($0, isNew: true) }
        return try Qcow2Image.create(
            on: try node(name, isNew: true), dataFile: data, backing: backing, options)
    }
}
