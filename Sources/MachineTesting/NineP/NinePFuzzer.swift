// SPDX-License-Identifier: Apache-2.0
package import Machine

/// A client that asks for anything, in an order that its seed decides: mostly requests that are sound, with names that
/// are in use and names that can be none.
package struct NinePFuzzer {
    private let server: NinePServer
    private var random: SplitMix
    private var hasBegun = false
    /// Bytes of the canary that came back.
    package private(set) var leaks = 0

    private static let types: [UInt8] = [
        8, 12, 14, 16, 18, 20, 22, 24, 26, 30, 32, 40, 50, 52, 54, 70, 72, 74, 76, 102, 104, 108, 110, 110, 110, 116,
        118, 120, 122, 13, 255,
    ]
    private static let names = [
        "a", "b", "c", "d", "e", "link", "f", "..", ".", "", "../outside", "outside", "canary", "share", "a/b", "\0",
        "/",
        String(repeating: "n", count: 255), String(repeating: "n", count: 256),
    ]
    private static let attributes = ["user.one", "user.virtfs.uid", "security.capability", "", "trusted.x", "user."]

    package init(_ server: NinePServer, seed: UInt64) {
        self.server = server
        random = SplitMix(seed: seed)
    }

    /// Sends `count` requests, with a root to begin at whenever there is none.
    package mutating func run(count: Int) {
        for _ in 0..<count {
            if !hasBegun || random.once(in: 200) { begin() }
            var message = request()
            if random.once(in: 8), !message.isEmpty {
                message[random.below(message.count)] = random.byte()
            }
            if random.once(in: 16) { message.removeLast(random.below(message.count)) }
            let room = random.once(in: 4) ? 11 + random.below(64) : 8192
            let reply = server.answer(message, room: room)
            precondition(reply.count <= room, "a reply fits into its room")
            if reply.count > 11, SharedFolder.isSecret([UInt8](reply[11...])) { leaks += 1 }
        }
    }

    private mutating func begin() {
        var version = NinePWriter(type: 100, tag: 0xFFFF)
        version.append(UInt32(8192))
        version.append(text: Array("9P2000.L".utf8))
        _ = server.answer(version.message(), room: 8192)
        var attach = NinePWriter(type: 104, tag: 1)
        for number in [0, UInt32.max] { attach.append(number) }
        attach.append(text: [])
        attach.append(text: [])
        attach.append(UInt32(0))
        _ = server.answer(attach.message(), room: 8192)
        // Others than the root to begin with, or most requests would name a fid that is none.
        for number in 1...3 as ClosedRange<UInt32> {
            var walk = NinePWriter(type: 110, tag: 2)
            for word in [0, number] { walk.append(word) }
            walk.append(UInt16(number - 1))
            for _ in 1..<number { walk.append(text: name) }
            _ = server.answer(walk.message(), room: 8192)
        }
        hasBegun = true
    }

    private mutating func request() -> [UInt8] {
        let type = Self.types[random.below(Self.types.count)]
        var writer = NinePWriter(type: type, tag: UInt16(random.below(4)))
        switch type {
        case 110: walk(&writer)
        case 12: append([fid, flags], to: &writer)
        case 14: append([fid], name, [flags, mode, number], to: &writer)
        case 16:
            append([fid], name, [], to: &writer)
            writer.append(text: Array(target.utf8))
            writer.append(number)
        case 18: append([fid], name, [mode | UInt32(random.below(16)) << 12, 1, 3, 0], to: &writer)
        case 20, 70: append([fid, fid], name, [], to: &writer)
        case 72: append([fid], name, [mode, 0], to: &writer)
        case 74:
            append([fid], name, [fid], to: &writer)
            writer.append(text: name)
        case 76: append([fid], name, [random.once(in: 2) ? 0x200 : 0], to: &writer)
        case 24: append([fid, 0x7FF, 0], to: &writer)
        case 26: append([fid, number, mode, 0, 0, UInt32(random.below(5000)), 0, 0, 0, 0, 0, 0, 0, 0, 0], to: &writer)
        case 30: append([fid, fid], attribute, [], to: &writer)
        case 32: append([fid], attribute, [UInt32(random.below(9)), 0, UInt32(random.below(3))], to: &writer)
        case 116, 40: append([fid, UInt32(random.below(100)), 0, number], to: &writer)
        case 118:
            let bytes = random.bytes(below: 64)
            append([fid, UInt32(random.below(100)), 0, UInt32(bytes.count)], to: &writer)
            writer.append(raw: bytes)
        default: append([fid, number, number, number], to: &writer)
        }
        return writer.message()
    }

    private mutating func walk(_ writer: inout NinePWriter) {
        append([fid, fid], to: &writer)
        let count = random.below(5)
        writer.append(UInt16(count))
        for _ in 0..<count { writer.append(text: name) }
    }

    private mutating func append(_ numbers: [UInt32], to writer: inout NinePWriter) {
        for number in numbers { writer.append(number) }
    }

    private mutating func append(
        _ before: [UInt32], _ name: [UInt8], _ after: [UInt32], to writer: inout NinePWriter
    ) {
        append(before, to: &writer)
        writer.append(text: name)
        append(after, to: &writer)
    }

    private var fid: UInt32 { mutating get { UInt32(random.below(random.once(in: 4) ? 12 : 4)) } }
    private var mode: UInt32 { mutating get { UInt32(random.below(0o10000)) | 0o700 } }
    private var number: UInt32 {
        mutating get { random.once(in: 2) ? UInt32(random.below(600)) : UInt32(truncatingIfNeeded: random.number()) }
    }
    private var flags: UInt32 {
        mutating get { UInt32(random.below(3)) | (random.once(in: 3) ? 0o100 : 0) | (random.once(in: 6) ? 0o1000 : 0) }
    }
    private var name: [UInt8] {
        mutating get {
            let limit = random.once(in: 4) ? Self.names.count : 7
            return Array(Self.names[random.below(limit)].utf8)
        }
    }
    private var attribute: [UInt8] { mutating get { Array(Self.attributes[random.below(Self.attributes.count)].utf8) } }
    private var target: String {
        mutating get { ["../outside/canary", "../outside", "/etc/passwd", "a", "..", ""][random.below(6)] }
    }
}
