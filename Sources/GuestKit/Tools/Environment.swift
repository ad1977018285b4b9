// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// The process's environment.
package enum Environment {
    /// A variable's value; `nil` where it is not set or empty.
    package static func value(_ name: String) -> String? {
        guard let text = unsafe getenv(name) else { return nil }
        let value = unsafe String(cString: text)
        return value.isEmpty ? nil : value
    }

    /// Every variable as `NAME=VALUE`.
    package static var all: [String] {
        var result: [String] = []
        var index = 0
        while let entry = unsafe environ[index] {
            unsafe result.append(String(cString: entry))
            index += 1
        }
        return result
    }

    /// Finds a program in `PATH` and in the folders of system programs, which an ordinary user's `PATH` may lack.
    package static func program(_ name: String) -> String? {
        if name.contains("/") { return Files.isExecutable(name) ? name : nil }
        let folders = (value("PATH") ?? "").split(separator: ":").map(String.init)
        for folder in folders + ["/usr/sbin", "/usr/bin", "/sbin", "/bin"] {
            let path = "\(folder)/\(name)"
            if Files.isExecutable(path) { return path }
        }
        return nil
    }
}
