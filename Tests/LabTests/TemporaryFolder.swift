// SPDX-License-Identifier: Apache-2.0
import Glibc

import GuestKit

/// A folder for one test, removed with it.
final class TemporaryFolder {
    let path: String

    init() throws {
        let base = Environment.value("TMPDIR") ?? "/tmp"
        path = "\(base)/apus-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        try Files.makeFolders(path)
    }

    deinit {
        _ = try? Tool.run("rm", ["-rf", path], package: "coreutils")
    }
}
