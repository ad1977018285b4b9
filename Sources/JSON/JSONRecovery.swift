// SPDX-License-Identifier: Apache-2.0

/// Finds the end of a broken value without understanding it.
struct JSONRecovery: Sendable {
    enum Step: Equatable {
        /// The byte belongs to the broken value, and more of it follows.
        case goOn
        /// The byte is the last of the broken value.
        case done
        /// The byte belongs to the broken value no more.
        case doneBefore
    }

    private var depth: Int
    private var isInString: Bool
    private var isAfterBackslash: Bool

    init(depth: Int, isInString: Bool, isAfterBackslash: Bool) {
        self.depth = depth
        self.isInString = isInString
        self.isAfterBackslash = isAfterBackslash
    }

    mutating func skip(_ byte: UInt8) -> Step {
        if byte == 0xFF { return .done }
        if isInString { return skipInString(byte) }
        return depth > 0 ? skipInContainer(byte) : skipWord(byte)
    }

    private mutating func skipInString(_ byte: UInt8) -> Step {
        if byte == 0x0A { return .done }
        if isAfterBackslash {
            isAfterBackslash = false
        } else if byte == UInt8(ascii: "\\") {
            isAfterBackslash = true
        } else if byte == UInt8(ascii: "\"") {
            isInString = false
            if depth == 0 { return .done }
        }
        return .goOn
    }

    private mutating func skipInContainer(_ byte: UInt8) -> Step {
        switch byte {
        case UInt8(ascii: "\""): isInString = true
        case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
        case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
        default: break
        }
        return depth == 0 ? .done : .goOn
    }

    private func skipWord(_ byte: UInt8) -> Step {
        switch byte {
        case 0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: "\""), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"),
            UInt8(ascii: "}"), UInt8(ascii: ":"), UInt8(ascii: ","):
            .doneBefore
        default: .goOn
        }
    }
}
