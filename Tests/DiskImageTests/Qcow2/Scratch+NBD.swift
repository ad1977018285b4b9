// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension Scratch {
    /// Serves one image to one client over a socket that listens before the server starts, and prints what the client
    /// finds: image, bitmap and the socket's path are the arguments.
    private static let script = """
        from os import dup2, environ, execvp, fork, getpid, kill, set_inheritable, waitpid
        from socket import AF_UNIX, socket
        from subprocess import call
        from sys import argv
        image, bitmap, path = argv[1:]
        listener = socket(AF_UNIX)
        listener.bind(path)
        listener.listen(1)
        server = fork()
        if server == 0:
            dup2(listener.fileno(), 3)
            set_inheritable(3, True)
            environ.update(LISTEN_PID=str(getpid()), LISTEN_FDS="1")
            execvp("qemu-nbd", ["qemu-nbd", "--read-only", "--format=qcow2", "--bitmap=" + bitmap, image])
        listener.close()
        options = "driver=nbd,server.type=unix,server.path=%s,x-dirty-bitmap=qemu:dirty-bitmap:%s" % (path, bitmap)
        status = call(["qemu-img", "map", "--output=json", "--image-opts", options])
        kill(server, 15)
        waitpid(server, 0)
        raise SystemExit(status)
        """

    /// What `qemu-nbd` tells that a bitmap of an image has set.
    func dirtyRanges(_ image: String, _ bitmap: String) throws -> [Range<UInt64>] {
        let socket = path("nbd-\(UUID().uuidString.prefix(8))")
        let answer = try run(["python3", "-c", Self.script, image, bitmap, socket], mixesErrors: false)
        #expect(answer.status == 0)
        var ranges: [Range<UInt64>] = []
        for case let extent as [String: Any] in try JSONSerialization.jsonObject(with: Data(answer.output.utf8))
            as? [Any] ?? []
        {
            // What is dirty has no data, in the words of this client.
            guard extent["data"] as? Bool == false else { continue }
            let start = try #require(extent["start"] as? UInt64), length = try #require(extent["length"] as? UInt64)
            ranges.append(start..<start + length)
        }
        return ranges
    }
}
