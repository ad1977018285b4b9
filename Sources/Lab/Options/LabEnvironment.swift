// SPDX-License-Identifier: Apache-2.0

/// The part of an environment that makes sense in L1.
package enum LabEnvironment {
    private static let names: Set<String> = [
        "PATH", "HOME", "TERM", "COLORTERM", "LANG", "LANGUAGE", "TZ", "USER", "LOGNAME", "SHELL", "EDITOR", "PAGER",
        "NO_COLOR",
    ]

    /// Keeps the variables that hold for L1 as well, and adds `APUS_LAB=1` and `APUS_LAB_OUTPUT`.
    package static func inherited(from variables: [String]) -> [String] {
        var result: [String] = []
        for variable in variables {
            let name = String(variable.prefix { $0 != "=" })
            let isKept = names.contains(name) || name.hasPrefix("LC_") || name.hasPrefix("APUS_")
            guard isKept, !name.hasPrefix("APUS_LAB") else { continue }
            // The command is root in L1, and an ordinary user's PATH may lack the system's programs.
            result.append(name == "PATH" ? withSystemFolders(variable) : variable)
        }
        if !result.contains(where: { $0.hasPrefix("PATH=") }) {
            result.append("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
        }
        return result + ["APUS_LAB=1", "APUS_LAB_OUTPUT=/lab"]
    }

    private static func withSystemFolders(_ path: String) -> String {
        let present = path.dropFirst(5).split(separator: ":")
        return ["/usr/sbin", "/sbin"].reduce(path) { present.contains($1[...]) ? $0 : "\($0):\($1)" }
    }
}
