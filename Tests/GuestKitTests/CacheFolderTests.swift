// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import GuestKit

@Suite("Cache folder")
struct CacheFolderTests {
    @Test("what an interrupted process left is removed by the next")
    func removesLeftovers() throws {
        let folder = try TemporaryFolder()
        let cache = CacheFolder(path: "\(folder.path)/cache")
        try Files.makeFolders("\(cache.path)/work/half")
        try Files.write([1], to: "\(cache.path)/work/half/file")

        let seen = try cache.prepare(progress: Progress()) { work throws(GuestKitError) in Files.names(in: work) }

        #expect(seen == [])
        #expect(Files.names(in: cache.path) == ["lock"])
    }

    @Test("a failure leaves nothing that looks complete")
    func failsCleanly() throws {
        let folder = try TemporaryFolder()
        let kit = GuestKit(cache: CacheFolder(path: folder.path))
        try Files.makeFolders("\(folder.path)/some-kernel/lib/modules/1.0")
        try Files.link("\(folder.path)/cloud", to: "some-kernel")

        #expect(Kernel(folder: "\(folder.path)/some-kernel") == nil)
        #expect(kit.cache.path == folder.path)
    }

    @Test("a written file is whole or the old one, and leaves no other")
    func writesAtomically() throws {
        let folder = try TemporaryFolder()
        try Files.write([1, 2], to: "\(folder.path)/a")
        try Files.write([3], to: "\(folder.path)/a")

        #expect(try Files.read("\(folder.path)/a") == [3])
        #expect(Files.names(in: folder.path) == ["a"])
    }

    @Test("what apt would download is read from its own line")
    func readsCandidate() throws {
        let line = "'http://host/pool/x_1%3a2_amd64.deb' x_1%3a2_amd64.deb 928188 SHA256:00"

        let candidate = try #require(PackageSource.Candidate(name: "x", uriLine: line[...]))

        #expect(candidate.identity == "x_1%3a2_amd64")
        #expect(candidate.byteCount == 928_188)
        #expect(PackageSource.Candidate(name: "x", uriLine: "'u' ../x.deb 1 S") == nil)
        #expect(PackageSource.Candidate(name: "x", uriLine: "Reading package lists...") == nil)
    }

    @Test("a program that is missing is named with its package")
    func namesMissingTool() {
        #expect(throws: GuestKitError.missingTool(name: "no-such-program", package: "some-package")) {
            try Tool.run("no-such-program", [], package: "some-package")
        }
    }

    @Test("a program that fails is reported with its status and its last words")
    func reportsFailure() {
        let failed = GuestKitError.toolFailed(
            command: "sh -c echo oh no >&2; exit 3", status: 3, output: "oh no")

        #expect(throws: failed) { try Tool.run("sh", ["-c", "echo oh no >&2; exit 3"], package: "dash") }
    }
}
