// SPDX-License-Identifier: Apache-2.0
import Glibc
import Host
import Machine
import MachineTesting
import Testing

@Suite("9P: files")
struct NinePFileTests {
    private let folder: SharedFolder
    private let client: NinePClient

    init() throws {
        folder = try SharedFolder()
        client = NinePClient(try folder.server())
        try client.attach()
    }

    @Test("a file is made, written, read, cut and removed")
    func life() throws {
        try client.walk(0, to: 1)
        try client.create(1, "file")
        #expect(try client.write(1, at: 3, Array("hello".utf8)) == 5)
        #expect(try client.read(1) == [0, 0, 0] + Array("hello".utf8))
        #expect(try client.read(1, at: 5, count: 2) == Array("ll".utf8))
        #expect(try client.read(1, at: 100) == [])

        try client.change(1, .size, size: 4)
        #expect(try client.attributes(1).byteCount == 4)
        try client.clunk(1)
        try client.unlink(0, "file")

        #expect(SharedFolder.names(in: folder.path) == [])
        #expect(throws: NinePRefusal(UInt32(ENOENT))) { try client.find("file", as: 1) }
    }

    @Test("directories are made, listed in pieces and removed")
    func folders() throws {
        try client.makeFolder(0, "d")
        try client.find("d", as: 1)
        let names = Set((0..<300).map { "entry-\($0)" })
        for name in names {
            try client.walk(1, to: 2)
            try client.create(2, name)
            try client.clunk(2)
        }
        try client.walk(1, to: 2)
        try client.open(2, O_RDONLY)

        #expect(Set(try client.entries(2, count: 500)) == names.union([".", ".."]))
        // From the beginning again, and with more at a time.
        #expect(try client.entries(2, count: 60_000).count == 302)
        #expect(throws: NinePRefusal(UInt32(ENOTEMPTY))) { try client.unlink(0, "d", isFolder: true) }

        for name in names { try client.unlink(1, name) }
        try client.unlink(0, "d", isFolder: true)
        #expect(SharedFolder.names(in: folder.path) == [])
    }

    @Test("the parent of the share's directory is the directory itself, also where it is listed")
    func aboveTheTop() throws {
        let inode = try client.attributes(0).inode
        #expect(try client.walk(0, to: 1, names: [Array("..".utf8), Array("..".utf8)]) == 2)
        #expect(try client.attributes(1).inode == inode)

        try client.open(1, O_RDONLY)
        var reply = try client.call(40) { message in
            message.append(UInt32(1))
            message.append(UInt64(0))
            message.append(UInt32(4096))
        }
        _ = try reply.integer(4)
        while !reply.isAtEnd {
            _ = try reply.bytes(5)
            #expect(try reply.integer(8) == inode)
            _ = try reply.bytes(9)
            _ = try reply.text()
        }
    }

    @Test("what is open or held goes on after its name has gone")
    func unlinked() throws {
        try client.walk(0, to: 1)
        try client.create(1, "file")
        try client.find("file", as: 2)
        try client.unlink(0, "file")

        try client.write(1, Array("still".utf8))
        #expect(try client.read(1) == Array("still".utf8))
        #expect(try client.attributes(2).byteCount == 5)
        #expect(try client.attributes(2).links == 0)
        // Another file of this name is another file.
        try client.walk(0, to: 3)
        try client.create(3, "file")
        #expect(try client.attributes(3).inode != client.attributes(2).inode)
        #expect(try client.attributes(2).byteCount == 5)
    }

    @Test("fids go along when what they stand for is renamed, or what it is in")
    func renamed() throws {
        try client.makeFolder(0, "a")
        try client.find("a", as: 1)
        try client.walk(1, to: 2)
        try client.create(2, "file")
        try client.write(2, Array("text".utf8))
        try client.clunk(2)
        try client.find("a/file", as: 2)
        try client.makeFolder(0, "b")
        try client.find("b", as: 3)

        try client.rename(0, "a", to: 3, "z")

        #expect(try client.walk(2, to: 4, names: [Array("..".utf8)]) == 1)
        #expect(try client.attributes(4).inode == client.attributes(1).inode)
        try client.open(2, O_RDONLY)
        #expect(try client.read(2) == Array("text".utf8))
        try client.unlink(1, "file")
        #expect(SharedFolder.names(in: folder.path + "/b/z") == [])
    }

    @Test("a file that takes another's name takes its place")
    func replaced() throws {
        for name in ["old", "new"] {
            try client.walk(0, to: 1)
            try client.create(1, name)
            try client.write(1, Array(name.utf8))
            try client.clunk(1)
        }
        try client.find("old", as: 1)
        try client.rename(0, "new", to: 0, "old")

        try client.find("old", as: 2)
        try client.open(2, O_RDONLY)
        #expect(try client.read(2) == Array("new".utf8))
        #expect(try client.attributes(1).links == 0)
    }

    @Test("links, symbolic ones and pipes are what they are on the host")
    func kinds() throws {
        try client.walk(0, to: 1)
        try client.create(1, "file")
        try client.find("file", as: 2)
        try client.link(0, 2, "hard")
        try client.makeLink(0, "soft", to: "file")
        try client.makeNode(0, "pipe", mode: S_IFIFO | 0o600)

        #expect(try client.attributes(2).links == 2)
        try client.find("soft", as: 3)
        #expect(try client.linkTarget(3) == "file")
        #expect(try client.attributes(3).qidType == 2)
        try client.find("pipe", as: 4)
        #expect(try client.attributes(4).mode & UInt64(S_IFMT) == UInt64(S_IFIFO))
        #expect(throws: NinePRefusal(UInt32(ENXIO))) { try client.open(4, O_RDONLY) }
        #expect(throws: NinePRefusal(UInt32(ELOOP))) { try client.open(3, O_RDONLY) }
        #expect(throws: NinePRefusal(UInt32(EINVAL))) { try client.linkTarget(2) }
    }

    @Test("extended attributes are set, read, listed and removed")
    func attributes() throws {
        try client.walk(0, to: 1)
        try client.create(1, "file")
        let value = [UInt8](repeating: 7, count: 3000)
        try client.setAttribute(0, "user.folder", to: Array("f".utf8), by: 9)
        try client.find("file", as: 2)
        try client.setAttribute(2, "user.one", to: value, by: 9)
        try client.setAttribute(2, "user.none", to: [], by: 9)

        #expect(try client.attribute(2, "user.one", by: 9) == value)
        #expect(try client.attribute(1, "user.one", by: 9) == value)
        #expect(try client.attribute(2, "user.none", by: 9) == [])
        let names = try client.attribute(2, "", by: 9).split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        #expect(Set(names) == ["user.one", "user.none"])
        try client.setAttribute(2, "user.one", to: [], flags: 2, by: 9)
        #expect(throws: NinePRefusal(UInt32(ENODATA))) { try client.attribute(2, "user.one", by: 9) }
        #expect(throws: NinePRefusal(UInt32(EOPNOTSUPP))) { try client.attribute(2, "trusted.x", by: 9) }
    }

    @Test("a share that is only to be read refuses every change and nothing else")
    func readOnly() throws {
        try SharedFolder.write("text", to: folder.path + "/file")
        let reader = NinePClient(try folder.server(isReadOnly: true))
        try reader.attach()
        try reader.find("file", as: 1)
        let refusal = NinePRefusal(UInt32(EROFS))

        #expect(throws: refusal) { try reader.open(1, O_RDWR) }
        #expect(throws: refusal) { try reader.open(1, O_RDONLY | O_TRUNC) }
        #expect(throws: refusal) { try reader.makeFolder(0, "d") }
        #expect(throws: refusal) { try reader.makeNode(0, "n", mode: S_IFIFO | 0o600) }
        #expect(throws: refusal) { try reader.makeLink(0, "l", to: "file") }
        #expect(throws: refusal) { try reader.link(0, 1, "hard") }
        #expect(throws: refusal) { try reader.rename(0, "file", to: 0, "other") }
        #expect(throws: refusal) { try reader.unlink(0, "file") }
        #expect(throws: refusal) { try reader.change(1, .mode, mode: 0o600) }
        #expect(throws: refusal) { try reader.change(1, .now) }
        #expect(throws: refusal) { try reader.setAttribute(1, "user.one", to: [1], by: 9) }
        #expect(throws: refusal) {
            try reader.walk(0, to: 2)
            try reader.create(2, "new")
        }
        #expect(throws: refusal) {
            try reader.walk(1, to: 3)
            try reader.remove(3)
        }
        try reader.open(1, O_RDONLY)
        #expect(try reader.read(1) == Array("text".utf8))
        #expect(SharedFolder.names(in: folder.path) == ["file"])
    }
}
