// SPDX-License-Identifier: Apache-2.0
import CMachine
import Glibc
import Machine
import MachineTesting
import Testing

@Suite("9P: bounds")
struct NinePBoundsTests {
    private let folder: SharedFolder

    init() throws { folder = try SharedFolder() }

    @Test("nothing is answered before a version is agreed on, and a new one forgets every fid")
    func versions() throws {
        let client = NinePClient(try folder.server())
        #expect(throws: NinePRefusal(UInt32(EPROTO))) { try client.attach(fid: 0, user: 0) }
        #expect(throws: NinePRefusal(UInt32(EMSGSIZE))) { try client.version(messageByteCount: 100) }
        try client.version("9P2000.u")
        #expect(throws: NinePRefusal(UInt32(EPROTO))) { try client.attach(fid: 0, user: 0) }
        try client.attach()
        try client.version()
        #expect(throws: NinePRefusal(UInt32(EBADF))) { try client.attributes(0) }
    }

    @Test("more files are held than there are descriptors, and each is still the same")
    func descriptors() throws {
        let count: UInt32 = 1000
        let client = NinePClient(try folder.server(descriptorLimit: 0))
        try client.attach()
        for number in 1...count {
            try SharedFolder.write("\(number)", to: "\(folder.path)/\(number)")
            try client.find("\(number)", as: number)
        }

        for number in [1, count / 2, count, 2, 3] {
            try client.open(number, O_RDONLY)
            #expect(try client.read(number) == Array("\(number)".utf8))
        }
        #expect(SharedFolder.names(in: "/proc/self/fd").count < 600)
    }

    @Test("files that are open take descriptors until there are none, and the rest goes on")
    func openFiles() throws {
        let client = NinePClient(try folder.server(descriptorLimit: 0))
        try client.attach()
        try SharedFolder.write("text", to: folder.path + "/file")
        var opened = 0
        for number in 1...400 as ClosedRange<UInt32> {
            do {
                try client.find("file", as: number)
                try client.open(number, O_RDONLY)
                opened += 1
            } catch let refusal as NinePRefusal {
                #expect(refusal.code == UInt32(EMFILE))
                break
            }
        }
        #expect((100..<300).contains(opened))
        #expect(try client.read(1) == Array("text".utf8))
        for number in 1...UInt32(opened) { try client.clunk(number) }
        try client.find("file", as: 500)
        try client.open(500, O_RDONLY)
    }

    @Test("attributes are read and written by a few fids at a time, and are no longer than the kernel's")
    func attributes() throws {
        let client = NinePClient(try folder.server())
        try client.attach()
        try client.walk(0, to: 100)
        #expect(throws: NinePRefusal(UInt32(E2BIG))) {
            try client.startAttribute(100, "user.x", byteCount: 1 << 20, flags: 0)
        }
        for number in 1...16 as ClosedRange<UInt32> {
            try client.walk(0, to: number)
            try client.startAttribute(number, "user.x", byteCount: 4, flags: 0)
        }
        #expect(throws: NinePRefusal(UInt32(ENFILE))) {
            try client.startAttribute(100, "user.x", byteCount: 4, flags: 0)
        }
        #expect(throws: NinePRefusal(UInt32(ENOSPC))) { try client.write(1, [1, 2, 3, 4, 5]) }
        // Too few bytes: nothing is set, and the fid is gone all the same.
        #expect(throws: NinePRefusal(UInt32(EINVAL))) { try client.clunk(1) }
        #expect(throws: NinePRefusal(UInt32(EBADF))) { try client.clunk(1) }
        try client.startAttribute(100, "user.x", byteCount: 4, flags: 0)
    }

    @Test("a reply that has no room is an error that has")
    func room() throws {
        let server = try folder.server()
        let client = NinePClient(server)
        try client.attach()
        #expect(throws: NinePRefusal(UInt32(EMSGSIZE))) {
            try client.call(24, room: 40) { message in
                message.append(UInt32(0))
                message.append(UInt64(0))
            }
        }
        #expect(server.answer([1, 2, 3], room: 100) == [])
        #expect(throws: NinePRefusal(UInt32(EPROTO))) { try client.call(110) { $0.append(UInt32(0)) } }
        #expect(throws: NinePRefusal(UInt32(EOPNOTSUPP))) { try client.call(98) { $0.append(UInt32(0)) } }
    }

    @Test("a fid is used for what it is")
    func uses() throws {
        let client = NinePClient(try folder.server())
        try client.attach()
        try client.walk(0, to: 1)
        #expect(throws: NinePRefusal(UInt32(EBADF))) { try client.read(1) }
        #expect(throws: NinePRefusal(UInt32(EBADF))) { try client.write(1, [1]) }
        #expect(throws: NinePRefusal(UInt32(EINVAL))) { try client.walk(0, to: 1) }
        try client.create(1, "file")
        #expect(throws: NinePRefusal(UInt32(EINVAL))) { try client.open(1, O_RDONLY) }
        #expect(throws: NinePRefusal(UInt32(ENOTDIR))) { try client.entries(1) }
        #expect(throws: NinePRefusal(UInt32(EINVAL))) { try client.read(1, at: .max) }
        #expect(throws: NinePRefusal(UInt32(EINVAL))) { try client.attach(fid: 1, user: 0) }
        #expect(throws: NinePRefusal(UInt32(EBUSY))) { try client.remove(0) }
    }
}
