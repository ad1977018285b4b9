// SPDX-License-Identifier: Apache-2.0
import CMachine
import Glibc
import Machine
import MachineTesting
import Testing

@Suite("9P: saved and restored")
struct NinePStateTests {
    private let folder: SharedFolder
    private let server: NinePServer
    private let client: NinePClient

    init() throws {
        folder = try SharedFolder()
        server = try folder.server()
        client = NinePClient(server)
        try client.attach()
        try client.makeFolder(0, "d")
        try client.find("d", as: 1)
        try client.walk(1, to: 2)
        try client.create(2, "file")
        try client.write(2, Array("before".utf8))
    }

    /// Another process's server, with the state of this one.
    private func moved() throws -> NinePClient {
        let other = try folder.server()
        try other.restore(try NinePState(encoded: server.state.encoded))
        #expect(other.state == server.state)
        return NinePClient(other)
    }

    @Test("files and directories go on where they were")
    func goesOn() throws {
        let client = try moved()

        try client.write(2, at: 6, Array(" and after".utf8))
        #expect(try client.read(2) == Array("before and after".utf8))
        try client.makeFolder(1, "new")
        #expect(SharedFolder.names(in: folder.path + "/d").sorted() == ["file", "new"])
        try client.walk(2, to: 3, names: [])
        #expect(try client.attributes(3).byteCount == 16)
    }

    @Test("an attribute on its way arrives")
    func attributes() throws {
        try client.walk(1, to: 4)
        try client.startAttribute(4, "user.x", byteCount: 4, flags: 0)
        try client.write(4, [1, 2])
        let client = try moved()

        try client.write(4, at: 2, [3, 4])
        try client.clunk(4)

        #expect(try client.attribute(1, "user.x", by: 4) == [1, 2, 3, 4])
    }

    @Test("what is not where it was is stale")
    func stale() throws {
        try client.find("d/file", as: 5)
        try client.unlink(1, "file")
        let client = try moved()

        let refusal = NinePRefusal(UInt32(ESTALE))
        #expect(throws: refusal) { try client.read(2) }
        #expect(throws: refusal) { try client.attributes(5) }
        #expect(try client.attributes(1).qidType == 0x80)
        try client.clunk(2)
    }

    @Test("a directory takes another's place though the files there have gone behind the server's back")
    func takesPlaces() throws {
        try client.makeFolder(0, "e")
        try client.find("e", as: 5)
        try client.walk(5, to: 6)
        try client.create(6, "file")
        // Another user of the host.
        #expect(unsafe unlink(folder.path + "/e/file") == 0)

        try client.rename(0, "d", to: 0, "e")

        #expect(try moved().read(2) == Array("before".utf8))
        // The file that has gone takes nothing with it.
        try client.clunk(6)
        #expect(try moved().read(2) == Array("before".utf8))
    }

    @Test("a state that leads out of the directory is refused")
    func hostile() throws {
        for path in ["..", "../outside", "d/../../outside", "/etc", "d//file", "d/", "."] {
            var state = server.state
            let bytes = Array(path.utf8)
            state.paths = [UInt8(bytes.count), 0] + bytes
            state.fids = [7, 0, 0, 0] + [UInt8](repeating: 0, count: 9)
            #expect(throws: StateError.invalidValue(id: 2), "\(path)") { try server.restore(state) }
        }
        #expect(try client.read(2) == Array("before".utf8))
    }
}
