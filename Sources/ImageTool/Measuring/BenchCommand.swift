// SPDX-License-Identifier: Apache-2.0
internal import DiskImage
internal import Glibc

/// `apus image bench`: how long equal requests to an image take, one after the other.
package struct BenchCommand {
    package struct Settings {
        package var requestCount: UInt64 = 75_000
        package var requestByteCount: UInt64 = 4096
        /// From the beginning of one request to that of the next, in bytes; 0 stands for a request's size.
        package var stepByteCount: UInt64 = 0
        package var offset: UInt64 = 0
        package var writes = false
        /// The byte that is written.
        package var pattern: UInt8 = 0
        /// A flush after that many writes; 0 for none.
        package var flushInterval: UInt64 = 0

        package init() {}
    }

    private static let maximumRequestByteCount: UInt64 = 1 << 30
    private let image: ImageReference
    private let settings: Settings

    package init(_ image: ImageReference, _ settings: Settings) throws(ToolProblem) {
        guard settings.requestByteCount > 0, settings.requestByteCount <= Self.maximumRequestByteCount else {
            throw ToolProblem(
                "-s \(settings.requestByteCount)", found: "a request has 1 byte to 1 GiB", remedy: "write such a size")
        }
        guard settings.writes || settings.flushInterval == 0 else {
            throw ToolProblem("--flush-interval", found: "only writes are flushed", remedy: "add -w, or leave it out")
        }
        self.image = image
        self.settings = settings
    }

    package func run(_ session: ToolSession) throws(ToolProblem) -> Int32 {
        let opener = ImageOpener(session: session, probing: settings.writes ? .refused : .allowed)
        let image = try opener.open(image, isReadOnly: !settings.writes)
        let room = image.node.byteCount
        guard room >= settings.requestByteCount, settings.offset <= room - settings.requestByteCount else {
            throw ToolProblem(
                image.path,
                found: "a request of \(settings.requestByteCount) bytes at \(settings.offset) ends behind it",
                remedy: "it has \(room) bytes: write a smaller -s or -o")
        }
        let step = settings.stepByteCount == 0 ? settings.requestByteCount : settings.stepByteCount
        try session.console.say(
            "Sending \(settings.requestCount) \(settings.writes ? "write" : "read") requests, "
                + "\(settings.requestByteCount) bytes each, 1 in parallel "
                + "(starting at offset \(settings.offset), step size \(step))")
        let start = Self.now
        do { try send(image.node, step, room, session) } catch { throw Self.problem(error, image.path) }
        try ImageMaker.close(image.node, image.path, isDurable: false)
        try session.console.say("Run completed in \(HumanText.seconds(Self.now - start)) seconds.")
        return 0
    }

    private enum Failure: Error {
        case block(BlockError)
        case tool(ToolProblem)
    }

    private static func problem(_ failure: Failure, _ path: String) -> ToolProblem {
        switch failure {
        case .block(let error): ToolProblem(path, error)
        case .tool(let problem): problem
        }
    }

    private func send(
        _ node: any BlockNode, _ step: UInt64, _ room: UInt64, _ session: ToolSession
    ) throws(Failure) {
        let count = Int(settings.requestByteCount)
        var buffer = BlockBuffer(capacity: count)
        buffer.fill(with: settings.pattern, count: count)
        var offset = settings.offset
        for index in 0..<settings.requestCount {
            if index.isMultiple(of: 256) {
                do { try session.checkInterruption() } catch { throw .tool(error) }
            }
            do throws(BlockError) {
                if settings.writes {
                    try buffer.write(0..<count, to: node, at: offset)
                } else {
                    try buffer.fill(from: node, at: offset, count: count)
                }
                if settings.flushInterval > 0, (index + 1).isMultiple(of: settings.flushInterval) { try node.flush() }
            } catch {
                throw .block(error)
            }
            offset = (offset + step % room) % room
            // A request that would end behind the image begins at its front.
            if offset > room - settings.requestByteCount { offset = 0 }
        }
    }

    private static var now: Double {
        var moment = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &moment)
        return Double(moment.tv_sec) + Double(moment.tv_nsec) / 1e9
    }
}
