// SPDX-License-Identifier: Apache-2.0
import Glibc
import Host
import Machine
import MachineTesting
import Synchronization
import Testing

@Suite("9P: nothing outside the directory")
struct NinePContainmentTests {
    static let hostileNames = ["..", ".", "", "/", "a/b", "../outside", "/etc", "a\0b", "a/../../outside/canary"]

    @Test("names that are none are refused wherever a name is taken", arguments: hostileNames)
    func names(_ name: String) throws {
        let folder = try SharedFolder()
        let client = NinePClient(try folder.server())
        try client.attach()
        try client.makeFolder(0, "d")
        try client.find("d", as: 1)
        let refusal = NinePRefusal(UInt32(EINVAL))

        #expect(throws: refusal) { try client.makeFolder(1, name) }
        #expect(throws: refusal) { try client.makeNode(1, name, mode: S_IFREG | 0o600) }
        #expect(throws: refusal) { try client.makeLink(1, name, to: "x") }
        #expect(throws: refusal) { try client.link(1, 1, name) }
        #expect(throws: refusal) { try client.rename(0, name, to: 1, "x") }
        #expect(throws: refusal) { try client.rename(0, "d", to: 1, name) }
        #expect(throws: refusal) { try client.unlink(1, name) }
        #expect(throws: refusal) { try client.unlink(1, name, isFolder: true) }
        #expect(throws: refusal) {
            try client.walk(1, to: 2)
            defer { try? client.clunk(2) }
            try client.create(2, name)
        }
        if name != ".." {
            #expect(throws: refusal) { try client.walk(1, to: 3, names: [Array(name.utf8)]) }
        }
        #expect(folder.trespasses == [])
    }

    @Test("symbolic links lead nowhere on the host, in the middle of a walk or at its end")
    func links() throws {
        let folder = try SharedFolder()
        try #require(unsafe symlink("../outside", folder.path + "/out") == 0)
        try #require(unsafe symlink("../outside/canary", folder.path + "/leaf") == 0)
        try #require(unsafe symlink("/proc/self/root", folder.path + "/magic") == 0)
        let client = NinePClient(try folder.server())
        try client.attach()

        #expect(try client.walk(0, to: 1, "out/canary") == 1)
        #expect(try client.walk(0, to: 1, "magic/etc") == 1)
        try client.find("out", as: 1)
        #expect(try client.attributes(1).qidType == 2)
        #expect(throws: NinePRefusal(UInt32(ENOTDIR))) { try client.walk(1, to: 2, "canary") }
        #expect(throws: NinePRefusal(UInt32(ENOTDIR))) { try client.makeFolder(1, "new") }
        #expect(throws: NinePRefusal(UInt32(ENOTDIR))) { try client.unlink(1, "canary") }
        try client.find("leaf", as: 2)
        #expect(throws: NinePRefusal(UInt32(ELOOP))) { try client.open(2, O_RDWR) }
        #expect(throws: NinePRefusal.self) { try client.change(2, .size, size: 0) }
        // Making a file where a link stands does not go through it.
        try client.walk(0, to: 3)
        #expect(throws: NinePRefusal(UInt32(EEXIST))) { try client.create(3, "leaf", flags: O_RDWR | O_CREAT) }
        #expect(folder.trespasses == [])
    }

    /// By construction: whatever name the server opens is a directory at one moment and a link to what lies beside the
    /// share at the next. The canary would change, or its text come back, had one been followed.
    @Test("a thread that swaps directories for links gets nobody out", arguments: [1, 2, 3] as [UInt64])
    func swapping(seed: UInt64) throws {
        let folder = try SharedFolder()
        let path = folder.path
        for name in ["a", "b", "c"] { try #require(unsafe mkdir("\(path)/\(name)", 0o755) == 0) }
        try #require(unsafe mkdir("\(path)/a/b", 0o755) == 0)
        let isDone = Atomic<Bool>(false)
        let swaps = Atomic<Int>(0)
        try withThread {
            var random = SplitMix(seed: ~seed)
            // By descriptors: a link that the client puts in a directory's place would lead this thread out.
            let a = unsafe open("\(path)/a", O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
            let b = unsafe open("\(path)/b", O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
            while !isDone.load(ordering: .relaxed) {
                let name = "\(path)/\(["a", "b", "c"][random.below(3)])"
                unsafe rename(name, "\(path)/.away")
                unsafe symlink(["../outside", "../../outside", "../outside/canary"][random.below(3)], name)
                swaps.add(1, ordering: .relaxed)
                unsafe unlink(name)
                unsafe rename("\(path)/.away", name)
                // What moves up while somebody is in it makes a ".." lead elsewhere.
                if random.once(in: 4) {
                    unsafe renameat(a, "b", b, "b")
                    unsafe symlinkat("../../outside", a, "b")
                    unsafe unlinkat(a, "b", 0)
                    unsafe renameat(b, "b", a, "b")
                }
            }
            _ = (close(a), close(b))
        } during: {
            var fuzzer = NinePFuzzer(try folder.server(), seed: seed)
            for _ in 0..<100 {
                fuzzer.run(count: 100)
                #expect(folder.trespasses == [], "seed \(seed)")
            }
            while swaps.load(ordering: .relaxed) < 1000 { fuzzer.run(count: 10) }
            #expect(fuzzer.leaks == 0, "seed \(seed)")
            isDone.store(true, ordering: .relaxed)
        }
        #expect(folder.trespasses == [], "seed \(seed)")
    }

    @Test("a directory that has moved keeps its '..' within the share")
    func parents() throws {
        let folder = try SharedFolder()
        let client = NinePClient(try folder.server())
        try client.attach()
        try client.makeFolder(0, "a")
        try client.find("a", as: 1)
        try client.makeFolder(1, "b")
        try client.find("a/b", as: 2)

        // The host moves it out, to where ".." is the folder around the share.
        try #require(unsafe rename("\(folder.path)/a/b", "\(folder.base)/moved") == 0)

        #expect(try client.walk(2, to: 3, names: [Array("..".utf8)]) == 1)
        #expect(try client.attributes(3).inode == client.attributes(1).inode)
        #expect(try client.walk(2, to: 4, names: [Array("..".utf8), Array("..".utf8), Array("..".utf8)]) == 3)
        #expect(try client.attributes(4).inode == client.attributes(0).inode)
    }

    @Test("another file in the place of one that a fid stands for is not opened for it")
    func replaced() throws {
        let folder = try SharedFolder()
        try SharedFolder.write("first", to: folder.path + "/file")
        let client = NinePClient(try folder.server())
        try client.attach()
        try client.find("file", as: 1)
        try SharedFolder.write("second", to: folder.path + "/other")
        try #require(unsafe rename(folder.path + "/other", folder.path + "/file") == 0)

        #expect(throws: NinePRefusal(UInt32(ESTALE))) { try client.open(1, O_RDWR | O_TRUNC) }
        try client.find("file", as: 2)
        try client.open(2, O_RDONLY)
        #expect(try client.read(2) == Array("second".utf8))
    }

    @Test("pipes, sockets and devices of the host are never opened", arguments: [S_IFIFO, S_IFSOCK])
    func special(_ kind: mode_t) throws {
        let folder = try SharedFolder()
        try #require(unsafe mknod(folder.path + "/special", kind | 0o666, 0) == 0)
        let client = NinePClient(try folder.server())
        try client.attach()
        try client.find("special", as: 1)

        for flags in [O_RDONLY, O_WRONLY, O_RDWR] {
            #expect(throws: NinePRefusal(UInt32(ENXIO))) { try client.open(1, flags) }
        }
        #expect(throws: NinePRefusal(UInt32(EINVAL))) { try client.change(1, .size, size: 0) }
        #expect(try client.attribute(1, "", by: 9) == [])
    }

    /// Runs `work` on a thread until `body` has ended, which tells it to.
    private func withThread(_ work: @escaping @Sendable () -> Void, during body: () throws -> Void) throws {
        let thread = try NamedThread(name: "swapper", body: work)
        let outcome = Result { try body() }
        thread.join()
        try outcome.get()
    }
}
