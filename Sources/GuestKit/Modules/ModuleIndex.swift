// SPDX-License-Identifier: Apache-2.0

/// What depmod knows of a kernel's modules: their files and what each needs.
package struct ModuleIndex: Sendable {
    private var files: [String: String] = [:]
    private var needs: [String: [String]] = [:]

    /// Reads the text of a `modules.dep`: lines of `FILE: FILE…`, with paths below the modules' folder.
    package init(dependencies text: String) {
        for line in text.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let file = String(line[..<colon])
            let others = line[line.index(after: colon)...].split(separator: " ").map(String.init)
            files[Self.name(of: file)] = file
            needs[file] = others
        }
    }

    /// The files to load for `names`, each behind what it needs. Names that the kernel has no module for are
    /// left out: it has them built in, or not at all.
    package func closure(of names: [String]) -> [String] {
        var order: [String] = []
        var seen: Set<String> = []
        for name in names {
            if let file = files[Self.name(of: name)] { visit(file, &order, &seen) }
        }
        return order
    }

    // A stack of our own: the depth comes from a file, and a cycle in it must not hang.
    private func visit(_ root: String, _ order: inout [String], _ seen: inout Set<String>) {
        var stack = [(file: root, expanded: false)]
        while let top = stack.popLast() {
            if top.expanded {
                order.append(top.file)
            } else if seen.insert(top.file).inserted {
                stack.append((top.file, true))
                // depmod lists the nearest need first, and the farthest has to be loaded first.
                stack += (needs[top.file] ?? []).map { (file: $0, expanded: false) }
            }
        }
    }

    /// A module's name, as the kernel has it, from a path or a name: without folders and endings, `-` as `_`.
    package static func name(of path: String) -> String {
        let file = path.split(separator: "/").last.map(String.init) ?? path
        let stem = file.split(separator: ".").first.map(String.init) ?? file
        return String(stem.map { $0 == "-" ? "_" : $0 })
    }
}
