// SPDX-License-Identifier: Apache-2.0

/// What has to be done to qemu-img's arguments before the parser can read them.
enum ArgumentsReading {
    /// `resize`'s last argument may be `-1G`: a size, and no option.
    static func prepared(_ arguments: [String]) -> [String] {
        guard arguments.first == "resize", let last = arguments.last, !arguments.contains("--"),
            last.utf8.first == UInt8(ascii: "-"), let digit = last.utf8.dropFirst().first,
            digit >= UInt8(ascii: "0") && digit <= UInt8(ascii: "9")
        else { return arguments }
        return arguments.dropLast() + ["--", last]
    }
}
