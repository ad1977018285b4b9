// SPDX-License-Identifier: Apache-2.0
import DiskImage
import Foundation
import Glibc
import Host
import Machine
import MachineTesting
import Testing

/// A disk over an image of two layers, under a driver: the device on the test's thread, its chain on a thread of its own
/// under that thread's filter.
final class ChainDisk {
    /// What the images are made like.
    struct Shape: Sendable, CustomTestStringConvertible {
        var name: String
        var clusterSize: UInt64 = 65536
        var baseClusterSize: UInt64 = 65536
        var isBaseRaw = false
        var isBaseCompressed = false
        var hasExtendedEntries = false
        var hasLazyRefcounts = false
        var testDescription: String { name }
    }

    static let byteCount = 4 << 20
    /// Room for a request's header, its status and its data, 124 KiB.
    private static let slotByteCount: UInt64 = 0x2_0000
    static let slotCount = 48

    let folder: String
    let bench: Workbench<VirtioBlock>
    /// The work of the chain's thread.
    let companion: any ServingThread
    private var thread: NamedThread?

    /// Makes the images, the lower one with `contents`, and a device over them.
    ///
    /// - Parameters:
    ///   - features: What the driver accepts; all by default.
    ///   - isThreaded: Whether the chain has its thread; else the test does the companion's work.
    init(
        _ shape: Shape, contents: [UInt8], deniesRing: Bool = false, isReadOnly: Bool = false,
        features: UInt64? = nil, isThreaded: Bool = true
    ) throws {
        folder = FileManager.default.temporaryDirectory.path + "/apus-chain-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Self.makeImages(shape, in: folder, contents)
        let device = try Self.device(shape, in: folder, deniesRing: deniesRing, isReadOnly: isReadOnly)
        let companion = try #require(device.companions.first)
        self.companion = companion
        thread =
            try isThreaded
            ? NamedThread(name: "chain") {
                do { try companion.serve(under: ThreadFilters.imageChain) } catch { Issue.record(error) }
            } : nil
        bench = try Workbench(device, features: features)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private static func makeImages(_ shape: Shape, in folder: String, _ contents: [UInt8]) throws {
        let base = try node(folder + "/base", O_RDWR | O_CREAT)
        var options = Qcow2CreateOptions(byteCount: UInt64(contents.count))
        options.clusterSize = shape.baseClusterSize
        if shape.isBaseRaw {
            try base.resize(to: UInt64(contents.count))
            try base.write(contents, at: 0)
        } else {
            let image = try Qcow2Image.create(on: base, options)
            let size = Int(shape.baseClusterSize)
            for start in stride(from: 0, to: contents.count, by: size) {
                let bytes = Array(contents[start..<min(start + size, contents.count)])
                // Every other cluster of zeros is left out.
                if start / size % 2 == 0, bytes.allSatisfy({ $0 == 0 }) { continue }
                if shape.isBaseCompressed {
                    try image.writeCompressed(bytes, at: UInt64(start))
                } else {
                    try image.write(bytes, at: UInt64(start))
                }
            }
            try image.close()
        }
        options.clusterSize = shape.clusterSize
        options.hasExtendedEntries = shape.hasExtendedEntries
        options.hasLazyRefcounts = shape.hasLazyRefcounts
        options.byteCount = UInt64(byteCount)
        options.backingFileName = "base"
        options.backingFormat = shape.isBaseRaw ? "raw" : "qcow2"
        _ = try Qcow2Image.create(on: try node(folder + "/top", O_RDWR | O_CREAT), options)
    }

    private static func node(_ path: String, _ flags: CInt) throws -> FileNode {
        try FileNode(owning: try Descriptor(path: path, flags: flags), isReadOnly: flags & O_ACCMODE == O_RDONLY)
    }

    private static func layers(_ shape: Shape, in folder: String, isReadOnly: Bool) throws -> [ImageChain.Layer] {
        [
            .init(format: .qcow2, file: try node(folder + "/top", isReadOnly ? O_RDONLY : O_RDWR)),
            .init(format: shape.isBaseRaw ? .raw : .qcow2, file: try node(folder + "/base", O_RDONLY)),
        ]
    }

    private static func device(
        _ shape: Shape, in folder: String, deniesRing: Bool, isReadOnly: Bool
    ) throws -> VirtioBlock {
        let chain = try ImageChain.openConfined(
            try layers(shape, in: folder, isReadOnly: isReadOnly), isReadOnly: isReadOnly)
        return try VirtioBlock(chain: chain, serial: "chain", queueCount: 2, deniesRing: deniesRing)
    }

    /// Ends both threads' work; the images are closed then.
    func end() throws {
        if thread == nil {
            // The device waits for its chain's last flush.
            let companion = companion
            thread = try NamedThread(name: "chain") {
                do { while try companion.step() {} } catch { Issue.record(error) }
            }
        }
        bench.device.stop()
        while try bench.device.step() {}
        bench.device.close()
        thread?.wait()
    }

    /// What the images hold now, read by their own code. The device must have ended, or be flushed.
    func contents(_ shape: Shape) throws -> [UInt8] {
        let chain = try ImageChain(try Self.layers(shape, in: folder, isReadOnly: true), isReadOnly: true)
        return try chain.top.bytes(at: 0, count: Self.byteCount)
    }

    /// Has `qemu-img check` find nothing, not even a leak.
    func checkClean() throws {
        let process = Process(), pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["qemu-img", "check", "-f", "qcow2", folder + "/top"]
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let bytes = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(String(decoding: bytes, as: UTF8.self))")
    }

    func header(_ slot: Int) -> GuestAddress {
        Workbench<VirtioBlock>.buffers + UInt64(slot) * Self.slotByteCount
    }
    func data(_ slot: Int) -> GuestAddress { header(slot) + 0x1000 }

    /// Offers a request whose data are in the slot.
    func offer(_ type: UInt32, sector: UInt64 = 0, byteCount: Int = 0, slot: Int = 0, queue: Int = 0) throws {
        try bench.memory.store(type, at: header(slot))
        try bench.memory.store(UInt32(0), at: header(slot) + 4)
        try bench.memory.store(sector, at: header(slot) + 8)
        try bench.memory.store(UInt8(0xFF), at: header(slot) + 16)
        var buffers: [DriverQueue.Buffer] = [.init(header(slot), 16)]
        // In two pieces, so that no buffer is a whole cluster.
        let first = min(byteCount, 1536)
        if first > 0 { buffers.append(.init(data(slot), UInt32(first), isWritable: type == 0)) }
        if byteCount > first {
            buffers.append(.init(data(slot) + UInt64(first), UInt32(byteCount - first), isWritable: type == 0))
        }
        try bench.offer(buffers + [.init(header(slot) + 16, 1, isWritable: true)], to: queue)
    }

    /// Offers a discard (11) or write-zeroes (13) request.
    func offerRange(
        _ type: UInt32, sector: UInt64, sectors: Int, flags: UInt32 = 0, slot: Int = 0, queue: Int = 0
    ) throws {
        try bench.memory.store(sector, at: data(slot))
        try bench.memory.store(UInt32(sectors), at: data(slot) + 8)
        try bench.memory.store(flags, at: data(slot) + 12)
        try offer(type, byteCount: 16, slot: slot, queue: queue)
    }

    func status(_ slot: Int = 0) throws -> UInt8 { try bench.memory.load(at: header(slot) + 16) }

    /// Reads a range through the device.
    func read(sector: UInt64, byteCount: Int) throws -> [UInt8] {
        try offer(0, sector: sector, byteCount: byteCount)
        _ = try bench.collect(from: 0)
        #expect(try status() == 0)
        return try bench.memory.read(at: data(0), count: byteCount)
    }

    /// Writes a range through the device; the status.
    func write(_ bytes: [UInt8], sector: UInt64) throws -> UInt8 {
        try bench.memory.write(bytes, at: data(0))
        try offer(1, sector: sector, byteCount: bytes.count)
        _ = try bench.collect(from: 0)
        return try status()
    }

    /// Makes durable what has ended; the status.
    func flush() throws -> UInt8 {
        try offer(4)
        _ = try bench.collect(from: 0)
        return try status()
    }
}
