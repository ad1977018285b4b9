// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// The threads of a process by their names, as /proc has them at one moment. A thread that has ended is in none.
struct ProcessThreads {
    private var threads: [(identifier: pid_t, name: String)] = []

    init(of process: pid_t) {
        for identifier in Self.numbers(in: "/proc/\(process)/task") {
            if let name = Self.name(in: "/proc/\(process)/task/\(identifier)") { threads.append((identifier, name)) }
        }
    }

    func thread(named name: String) -> pid_t? {
        threads.first { $0.name == name }?.identifier
    }

    /// The threads that run vCPUs, in the order of their numbers.
    var virtualProcessors: [pid_t] {
        let prefix = "vcpu"
        let found = threads.compactMap { thread in
            thread.name.hasPrefix(prefix)
                ? Int(thread.name.dropFirst(prefix.count)).map { (number: $0, identifier: thread.identifier) } : nil
        }
        return found.sorted { $0.number < $1.number }.map(\.identifier)
    }

    /// A process of this name, among all.
    static func process(named name: String) -> pid_t? {
        numbers(in: "/proc").first { Self.name(in: "/proc/\($0)") == name }
    }

    /// The processor that a thread runs on, or ran on last (proc(5), field 39 of stat).
    static func processor(of thread: pid_t, in process: pid_t) -> Int? {
        guard let text = Files.text(of: "/proc/\(process)/task/\(thread)/stat"),
            // The name, the second field, may hold anything.
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        return fields.count > 36 ? Int(fields[36]) : nil
    }

    private static func numbers(in folder: String) -> [pid_t] {
        guard let stream = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(stream) }
        var numbers: [pid_t] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let number = pid_t(name) { numbers.append(number) }
        }
        return numbers
    }

    private static func name(in folder: String) -> String? {
        Files.text(of: "\(folder)/comm").map { String($0.prefix { $0 != "\n" }) }
    }
}
