// SPDX-License-Identifier: Apache-2.0

/// Gets packages of the host's distribution through apt, without installing them; needs no rights.
package struct PackageSource: Sendable {
    let progress: Progress

    /// A package at one version, as apt would download it.
    package struct Candidate: Equatable, Sendable {
        package let name: String
        /// The name of the file that a download makes; it holds the version.
        package let fileName: String
        package let byteCount: UInt64

        /// Reads a line of `apt-get download --print-uris`: `'URI' FILE BYTES HASH`.
        init?(name: String, uriLine: Substring) {
            let fields = uriLine.split(separator: " ")
            guard fields.count >= 3, fields[0].hasPrefix("'"), let byteCount = UInt64(fields[2]) else { return nil }
            guard !fields[1].contains("/"), fields[1].hasSuffix(".deb") else { return nil }
            self.name = name
            self.fileName = String(fields[1])
            self.byteCount = byteCount
        }

        /// The file's name without `.deb`: names the package, its version and its architecture.
        package var identity: String { String(fileName.dropLast(4)) }
    }

    /// The package that the meta-package `name` stands for at this time.
    package func dependency(of name: String) throws(GuestKitError) -> String {
        let output = try Self.ask("apt-cache", ["depends", name], about: name)
        for line in String(decoding: output, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2, words[0] == "Depends:", words[1].hasPrefix("linux-image-") { return String(words[1]) }
        }
        throw .unknownPackage(name, output: "it stands for no linux-image")
    }

    /// The newest version of a package that apt's lists hold.
    package func candidate(for name: String) throws(GuestKitError) -> Candidate {
        let arguments = ["download", "-qq", "--print-uris", name]
        let text = String(decoding: try Self.ask("apt-get", arguments, about: name), as: UTF8.self)
        guard let line = text.split(separator: "\n").first, let found = Candidate(name: name, uriLine: line) else {
            throw .unknownPackage(name, output: String(text.prefix(200)))
        }
        return found
    }

    private static func ask(
        _ program: String, _ arguments: [String], about name: String
    ) throws(GuestKitError) -> [UInt8] {
        do throws(GuestKitError) {
            return try Tool.run(program, arguments, package: "apt (a Debian or Ubuntu host is needed)")
        } catch {
            guard case .toolFailed(_, _, let output) = error else { throw error }
            throw .unknownPackage(name, output: output)
        }
    }

    /// Downloads a package into `folder` and returns the file's path.
    package func download(_ candidate: Candidate, into folder: String) throws(GuestKitError) -> String {
        let size = "\((candidate.byteCount + 500_000) / 1_000_000) MB"
        progress.say("fetching \(candidate.identity), \(size)")
        let path = "\(folder)/\(candidate.fileName)"
        let script = "cd \"$1\" && exec apt-get download -qq -o APT::Sandbox::User= \"$2\""
        do {
            try Tool.run("sh", ["-c", script, "sh", folder, candidate.name], package: "dash") {
                let done = (Files.byteCount(path) ?? 0) * 100 / max(1, candidate.byteCount)
                progress.update("fetching \(candidate.identity), \(done) % of \(size)")
            }
        } catch {
            guard case .toolFailed(_, _, let output) = error else { throw error }
            throw .download(
                package: candidate.name, command: "apt-get download \(candidate.name)", output: output)
        }
        guard Files.exists(path) else { throw .missingFile(candidate.fileName, package: candidate.name) }
        return path
    }

    /// Unpacks a package's files below `folder`, without those that match `exclusions` (tar's patterns).
    package func unpack(
        _ path: String, of candidate: Candidate, into folder: String, exclusions: [String] = []
    ) throws(GuestKitError) {
        progress.say("unpacking \(candidate.identity)")
        // Not through a pipe: the programs of a pipe would outlive this process.
        let archive = path + ".tar"
        try Tool.run("dpkg-deb", ["--fsys-tarfile", path], package: "dpkg", output: archive)
        let options = ["-x", "--no-same-owner", "-f", archive, "-C", folder]
        try Tool.run("tar", options + exclusions.map { "--exclude=\($0)" }, package: "tar")
    }
}
