// SPDX-License-Identifier: Apache-2.0
internal import ImageTool

/// What has to be done to qemu-img's arguments before the parser can read them.
enum ArgumentsReading {
    /// Refuses bytes that are no text: they would name another file than the one that is meant.
    static func checkText() throws(ToolProblem) {
        for (index, text) in CommandLine.arguments.enumerated() {
            guard let bytes = unsafe CommandLine.unsafeArgv[index], unsafe String(validatingCString: bytes) == nil
            else {
                continue
            }
            throw ToolProblem(text, found: "argument \(index) is not UTF-8", remedy: "give the file another name")
        }
    }

    /// `resize`'s last argument may be `-1G`: a size, and no option.
    static func prepared(_ arguments: [String]) -> [String] {
        guard arguments.first == "resize", let last = arguments.last, !arguments.contains("--"),
            last.utf8.first == UInt8(ascii: "-"), let digit = last.utf8.dropFirst().first,
            digit >= UInt8(ascii: "0") && digit <= UInt8(ascii: "9")
        else { return arguments }
        return arguments.dropLast() + ["--", last]
    }
}
