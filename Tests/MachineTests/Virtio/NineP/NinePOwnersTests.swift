// SPDX-License-Identifier: Apache-2.0
import Configuration
import Glibc
import Host
import Machine
import MachineTesting
import Testing

@Suite("9P: owners")
struct NinePOwnersTests {
    private let folder: SharedFolder

    init() throws { folder = try SharedFolder() }

    private func client(_ owners: ShareOwners, user: UInt32) throws -> NinePClient {
        let client = NinePClient(try folder.server(owners))
        try client.attach(user: user)
        return client
    }

    private func host(_ name: String) throws -> stat {
        var status = stat()
        try #require(unsafe lstat("\(folder.path)/\(name)", &status) == 0)
        return status
    }

    /// Makes one of each kind.
    private func populate(_ client: NinePClient, group: UInt32) throws {
        try client.walk(0, to: 1)
        try client.create(1, "file", mode: 0o4751, group: group)
        try client.clunk(1)
        try client.makeFolder(0, "folder", mode: 0o3775, group: group)
        try client.makeLink(0, "link", to: "file", group: group)
        try client.makeNode(0, "pipe", mode: S_IFIFO | 0o620, group: group)
    }

    @Test("passed through, files are the host's in owner and rights", .enabled(if: geteuid() == 0, "only root may"))
    func passthrough() throws {
        let mask = umask(0)
        defer { umask(mask) }
        let client = try client(.passthrough, user: 1234)
        try populate(client, group: 4321)
        try client.makeNode(0, "device", mode: S_IFCHR | 0o640, major: 1, minor: 3, group: 6)

        for (name, mode) in [("file", S_IFREG | 0o4751), ("folder", S_IFDIR | 0o3775), ("pipe", S_IFIFO | 0o620)] {
            let status = try host(name)
            #expect(status.st_uid == 1234 && status.st_gid == 4321, "\(name)")
            #expect(status.st_mode == mode, "\(name)")
        }
        #expect(try host("link").st_uid == 1234)
        #expect(try host("device").st_rdev == 0x103)
        try client.find("file", as: 2)
        try client.change(2, .owners, user: 7, group: 8)
        #expect(try host("file").st_uid == 7)
        try client.change(2, .mode, mode: 0o2755)
        #expect(try client.attributes(2).mode == UInt64(S_IFREG | 0o2755))
        try client.setAttribute(2, "security.capability", to: Self.capability, by: 9)
        #expect(try client.attribute(2, "security.capability", by: 9) == Self.capability)
    }

    /// VFS_CAP_REVISION_2, with CAP_NET_RAW permitted.
    private static let capability: [UInt8] = [1, 0, 0, 2, 0, 0x20, 0, 0] + [UInt8](repeating: 0, count: 12)

    @Test("mapped, what the guest sees is in attributes that QEMU reads, and the host's files are the user's")
    func mapped() throws {
        let client = try client(.mapped, user: 1234)
        try populate(client, group: 4321)
        try client.makeNode(0, "device", mode: S_IFBLK | 0o640, major: 8, minor: 17, group: 6)

        for (name, mode) in [
            ("file", S_IFREG | 0o4751), ("folder", S_IFDIR | 0o3775), ("pipe", S_IFIFO | 0o620),
            ("link", S_IFLNK | 0o777),
        ] {
            try client.find(name, as: 2)
            let seen = try client.attributes(2)
            #expect(seen.user == 1234 && seen.group == 4321 && seen.mode == UInt64(mode), "\(name)")
            try client.clunk(2)
            let status = try host(name)
            #expect(status.st_uid == geteuid(), "\(name)")
            #expect(status.st_mode == (name == "folder" ? S_IFDIR | 0o700 : S_IFREG | 0o600), "\(name)")
            #expect(attribute("uid", of: name) == [0xD2, 0x04, 0, 0])
            #expect(attribute("gid", of: name) == [0xE1, 0x10, 0, 0])
        }
        #expect(attribute("mode", of: "device") == [0xA0, 0x61, 0, 0])
        #expect(attribute("rdev", of: "device") == [17, 8, 0, 0, 0, 0, 0, 0])
        try client.find("device", as: 2)
        #expect(try client.attributes(2).device == 0x811)
        #expect(throws: NinePRefusal(UInt32(ENXIO))) { try client.open(2, O_RDWR) }
        try client.find("link", as: 3)
        #expect(try client.linkTarget(3) == "file")
        #expect(throws: NinePRefusal(UInt32(ELOOP))) { try client.open(3, O_RDONLY) }
    }

    @Test("mapped owners and rights change, and the attributes that carry them are nobody's else")
    func mappedChanges() throws {
        let client = try client(.mapped, user: 0)
        try populate(client, group: 0)
        try client.find("file", as: 1)

        try client.change(1, .mode, mode: 0o640)
        try client.change(1, .owners, user: 55, group: 66)

        let seen = try client.attributes(1)
        #expect(seen.mode == UInt64(S_IFREG | 0o640) && seen.user == 55 && seen.group == 66)
        #expect(throws: NinePRefusal(UInt32(EACCES))) { try client.setAttribute(1, "user.virtfs.uid", to: [0], by: 9) }
        #expect(throws: NinePRefusal(UInt32(EACCES))) { try client.attribute(1, "user.virtfs.uid", by: 9) }
        #expect(try client.attribute(1, "", by: 9) == [])
        try client.setAttribute(1, "system.posix_acl_access", to: [2, 0, 0, 0], by: 9)
        #expect(try client.attribute(1, "", by: 9) == Array("system.posix_acl_access".utf8) + [0])
        #expect(attribute("system.posix_acl_access", of: "file") == [2, 0, 0, 0])
    }

    @Test("squashed, everything is made as the user, and a change of owner does nothing")
    func squash() throws {
        let client = try client(.squash, user: 1234)
        try populate(client, group: 4321)

        for name in ["file", "folder", "link", "pipe"] {
            #expect(try host(name).st_uid == geteuid(), "\(name)")
            #expect(try host(name).st_mode & 0o6000 == 0, "\(name)")
        }
        #expect(throws: NinePRefusal(UInt32(EPERM))) { try client.makeNode(0, "d", mode: S_IFCHR | 0o600, major: 1) }
        try client.find("file", as: 1)
        try client.change(1, .owners, user: 7, group: 8)
        #expect(try client.attributes(1).user == UInt64(geteuid()))
    }

    private func attribute(_ name: String, of file: String) -> [UInt8] {
        folder.attribute("user.virtfs.\(name)", of: file)
    }
}
