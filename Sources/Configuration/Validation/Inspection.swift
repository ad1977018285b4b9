// SPDX-License-Identifier: Apache-2.0

/// The mistakes found so far while a configuration is looked through, and what must not come twice.
struct Inspection {
    /// The longest path of a Unix socket, in bytes (`sun_path` without the closing NUL).
    static let maximumSocketPathByteCount = 107
    /// The longest path that the kernel takes, in bytes (PATH_MAX without the closing NUL).
    static let maximumPathByteCount = 4095

    let audience: ConfigurationAudience
    /// What a place of the document is called in messages.
    private let name: (String) -> String
    private(set) var errors: [ConfigurationError] = []
    private var seen: [(what: String, value: String, place: String)] = []
    private var descriptors: [(number: Int32, place: String)] = []

    init(audience: ConfigurationAudience, name: @escaping (String) -> String) {
        self.audience = audience
        self.name = name
    }

    mutating func report(_ kind: ConfigurationError.Kind, _ object: String, found: String, remedy: String) {
        errors.append(ConfigurationError(kind, name(object), found: found, remedy: remedy))
    }

    /// Notes that `value` is taken, and reports it where another place has taken it before.
    mutating func once(_ value: String, what: String, at place: String) {
        if let first = seen.first(where: { $0.what == what && $0.value == value }) {
            report(
                .duplicate, place, found: "the \(what) \(quoted(value)) is that of \(name(first.place)) already",
                remedy: "use each \(what) once")
        } else {
            seen.append((what, value, place))
        }
    }

    mutating func number(_ value: Int, in range: ClosedRange<Int>, unit: String, at place: String) {
        if range.contains(value) { return }
        let allowed = range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
        report(.outOfRange, place, found: "\(value) \(unit)", remedy: "use \(allowed)")
    }

    mutating func length(of text: String, in range: ClosedRange<Int>, at place: String) {
        let count = text.utf8.count
        if range.contains(count) { return }
        let found = count == 0 ? "an empty text" : "\(quoted(text)) has \(count) bytes"
        report(.outOfRange, place, found: found, remedy: "use \(range.lowerBound) to \(range.upperBound) bytes")
    }

    mutating func file(_ resource: Resource, at place: String) {
        self.resource(resource, pathLimit: Self.maximumPathByteCount, at: place)
    }

    mutating func socket(_ resource: Resource, at place: String) {
        self.resource(resource, pathLimit: Self.maximumSocketPathByteCount, at: place)
        if case .path(let path) = resource { once(path, what: "socket", at: place) }
    }

    mutating func descriptor(_ number: Int32, at place: String) {
        if audience == .launcher {
            report(
                .wrongAudience, place, found: "descriptor \(number)",
                remedy: "give a path or a name: only the machine's process takes descriptors")
        } else if number < 0 {
            report(.outOfRange, place, found: "descriptor \(number)", remedy: "descriptors are not negative")
        } else if let first = descriptors.first(where: { $0.number == number }) {
            report(
                .duplicate, place, found: "descriptor \(number) is that of \(name(first.place)) already",
                remedy: "hand over a descriptor of its own")
        } else {
            descriptors.append((number, place))
        }
    }

    /// The console's input and output may be one descriptor, as with a terminal or a socket.
    mutating func consoleStreams(input: Int32?, output: Int32) {
        if let input { descriptor(input, at: "console.input") }
        if input != output { descriptor(output, at: "console.output") }
    }

    private mutating func resource(_ resource: Resource, pathLimit: Int, at place: String) {
        switch resource {
        case .descriptor(let number): descriptor(number, at: place)
        case .path(let path):
            if audience == .machine {
                report(
                    .wrongAudience, place, found: "the path \(quoted(path))",
                    remedy: "open it and write {\"descriptor\": NUMBER}: the machine's process opens nothing")
            } else {
                length(of: path, in: 1...pathLimit, at: place)
                if path.utf8.contains(0) {
                    report(.invalidValue, place, found: "\(quoted(path)) contains a NUL", remedy: "leave it out")
                }
            }
        }
    }
}
