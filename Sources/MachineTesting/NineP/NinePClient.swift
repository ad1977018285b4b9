// SPDX-License-Identifier: Apache-2.0
package import Machine

/// The client's side of 9P2000.L, for tests: it puts requests together and takes replies apart.
package final class NinePClient {
    /// Carries a request to the server and brings its reply, of at most so many bytes.
    package typealias Transport = ([UInt8], Int) throws -> [UInt8]

    private let transport: Transport
    private var tag: UInt16 = 0
    package static let messageByteCount = 512 << 10

    /// A client that has agreed on nothing yet.
    package init(_ transport: @escaping Transport) { self.transport = transport }

    /// A client right before a server.
    package convenience init(_ server: NinePServer) {
        self.init { server.answer($0, room: $1) }
    }

    /// Agrees on the version and makes fid 0 the share's directory.
    package func attach(user: UInt32 = 0) throws {
        try version()
        try attach(fid: 0, user: user)
    }

    package func version(_ text: String = "9P2000.L", messageByteCount: UInt32 = 512 << 10) throws {
        _ = try call(100) { message in
            message.append(messageByteCount)
            message.append(text: Array(text.utf8))
        }
    }

    package func attach(fid: UInt32, user: UInt32) throws {
        _ = try call(104) { message in
            message.append(fid)
            message.append(UInt32.max)
            message.append(text: [])
            message.append(text: [])
            message.append(user)
        }
    }

    /// Sends a request and returns what stands behind the reply's header.
    ///
    /// - Throws: `NinePRefusal` for an error, or for what is no reply to the request.
    @discardableResult
    package func call(
        _ type: UInt8, room: Int = NinePClient.messageByteCount, _ fill: (inout NinePWriter) -> Void
    ) throws -> NinePFields {
        tag &+= 1
        var writer = NinePWriter(type: type, tag: tag)
        fill(&writer)
        var reply = NinePFields(try transport(writer.message(), room))
        let total = reply.count
        guard try reply.integer(4) == UInt64(total) else { throw NinePRefusal(0) }
        let found = try reply.integer(1)
        guard try reply.integer(2) == UInt64(tag) else { throw NinePRefusal(0) }
        if found == 7 { throw NinePRefusal(UInt32(try reply.integer(4))) }
        guard found == UInt64(type) + 1 else { throw NinePRefusal(0) }
        return reply
    }

    // MARK: names

    /// Walks a path with slashes; returns how many components were found.
    @discardableResult
    package func walk(_ fid: UInt32, to newFid: UInt32, _ path: String = "") throws -> Int {
        try walk(fid, to: newFid, names: path.split(separator: "/").map { Array($0.utf8) })
    }

    @discardableResult
    package func walk(_ fid: UInt32, to newFid: UInt32, names: [[UInt8]]) throws -> Int {
        var reply = try call(110) { message in
            message.append(fid)
            message.append(newFid)
            message.append(UInt16(names.count))
            for name in names { message.append(text: name) }
        }
        return Int(try reply.integer(2))
    }

    /// Walks a path that is there in whole.
    package func find(_ path: String, as newFid: UInt32) throws {
        let count = path.split(separator: "/").count
        guard try walk(0, to: newFid, path) == count else { throw NinePRefusal(2) }
    }

    package func makeFolder(_ fid: UInt32, _ name: String, mode: UInt32 = 0o755, group: UInt32 = 0) throws {
        try named(72, fid, name, [mode, group])
    }

    package func makeNode(
        _ fid: UInt32, _ name: String, mode: UInt32, major: UInt32 = 0, minor: UInt32 = 0, group: UInt32 = 0
    ) throws {
        try named(18, fid, name, [mode, major, minor, group])
    }

    package func makeLink(_ fid: UInt32, _ name: String, to target: String, group: UInt32 = 0) throws {
        try call(16) { message in
            message.append(fid)
            message.append(text: Array(name.utf8))
            message.append(text: Array(target.utf8))
            message.append(group)
        }
    }

    package func link(_ folder: UInt32, _ fid: UInt32, _ name: String) throws {
        try call(70) { message in
            message.append(folder)
            message.append(fid)
            message.append(text: Array(name.utf8))
        }
    }

    package func rename(_ folder: UInt32, _ name: String, to newFolder: UInt32, _ newName: String) throws {
        try call(74) { message in
            message.append(folder)
            message.append(text: Array(name.utf8))
            message.append(newFolder)
            message.append(text: Array(newName.utf8))
        }
    }

    package func unlink(_ folder: UInt32, _ name: String, isFolder: Bool = false) throws {
        try named(76, folder, name, [isFolder ? 0x200 : 0])
    }

    package func remove(_ fid: UInt32) throws { try call(122) { $0.append(fid) } }

    package func clunk(_ fid: UInt32) throws { try call(120) { $0.append(fid) } }

    // MARK: contents

    package func open(_ fid: UInt32, _ flags: Int32) throws {
        try call(12) { message in
            message.append(fid)
            message.append(UInt32(bitPattern: flags))
        }
    }

    package func create(
        _ fid: UInt32, _ name: String, flags: Int32 = 0o302, mode: UInt32 = 0o644, group: UInt32 = 0
    ) throws {
        try named(14, fid, name, [UInt32(bitPattern: flags), mode, group])
    }

    package func read(_ fid: UInt32, at offset: UInt64 = 0, count: UInt32 = 64 << 10) throws -> [UInt8] {
        var reply = try call(116) { message in
            message.append(fid)
            message.append(offset)
            message.append(count)
        }
        return try reply.bytes(Int(try reply.integer(4)))
    }

    @discardableResult
    package func write(_ fid: UInt32, at offset: UInt64 = 0, _ bytes: [UInt8]) throws -> Int {
        var reply = try call(118) { message in
            message.append(fid)
            message.append(offset)
            message.append(UInt32(bytes.count))
            message.append(raw: bytes)
        }
        return Int(try reply.integer(4))
    }

    /// The names in an open directory, in the order of the host, asked for `count` bytes at a time.
    package func entries(_ fid: UInt32, count: UInt32 = 4096) throws -> [String] {
        var names: [String] = []
        var offset: UInt64 = 0
        while true {
            var reply = try call(40) { message in
                message.append(fid)
                message.append(offset)
                message.append(count)
            }
            let byteCount = Int(try reply.integer(4))
            if byteCount == 0 { return names }
            while !reply.isAtEnd {
                _ = try reply.bytes(13)
                offset = try reply.integer(8)
                _ = try reply.integer(1)
                names.append(String(decoding: try reply.text(), as: UTF8.self))
            }
        }
    }

    private func named(_ type: UInt8, _ fid: UInt32, _ name: String, _ numbers: [UInt32]) throws {
        try call(type) { message in
            message.append(fid)
            message.append(text: Array(name.utf8))
            for number in numbers { message.append(number) }
        }
    }
}
