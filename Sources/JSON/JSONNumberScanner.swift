// SPDX-License-Identifier: Apache-2.0

/// Takes a number by the grammar of RFC 8259 §6.
struct JSONNumberScanner {
    private enum State {
        case minus, zero, whole, point, fraction, exponentMark, exponentSign, exponent
    }

    private var state = State.minus
    private var bytes: [UInt8] = []

    /// Begins with `byte`: a minus sign or a digit.
    mutating func begin(_ byte: UInt8) {
        bytes.removeAll(keepingCapacity: true)
        bytes.append(byte)
        state = byte == UInt8(ascii: "-") ? .minus : byte == UInt8(ascii: "0") ? .zero : .whole
    }

    /// Whether the bytes so far are a number.
    var mayEnd: Bool {
        switch state {
        case .zero, .whole, .fraction, .exponent: true
        case .minus, .point, .exponentMark, .exponentSign: false
        }
    }

    /// Takes a byte of the number, or returns `false` where the number ended before it.
    mutating func take(_ byte: UInt8) throws(JSONError.Reason) -> Bool {
        guard let next = successor(byte) else {
            // A digit, letter or point right behind a number is no new token: it is a number gone wrong.
            let continues = isDigit(byte) || isLetter(byte) || [0x2B, 0x2D, 0x2E].contains(byte)
            guard mayEnd, !continues else { throw .unexpected(byte: byte, expected: expected) }
            return false
        }
        state = next
        bytes.append(byte)
        return true
    }

    /// The number that was taken.
    func value() throws(JSONError.Reason) -> JSONValue {
        let text = String(decoding: bytes, as: UTF8.self)
        if state == .zero || state == .whole {
            if let number = Int64(text) { return .integer(number) }
            if let number = UInt64(text) { return .unsigned(number) }
        }
        guard let number = Double(text), number.isFinite else { throw .numberOutOfRange }
        return .double(number)
    }

    private func successor(_ byte: UInt8) -> State? {
        switch state {
        case .minus: byte == UInt8(ascii: "0") ? .zero : isDigit(byte) ? .whole : nil
        case .zero: afterWhole(byte)
        case .whole: isDigit(byte) ? .whole : afterWhole(byte)
        case .point: isDigit(byte) ? .fraction : nil
        case .fraction: isDigit(byte) ? .fraction : isExponentMark(byte) ? .exponentMark : nil
        case .exponentMark: isDigit(byte) ? .exponent : [0x2B, 0x2D].contains(byte) ? .exponentSign : nil
        case .exponentSign, .exponent: isDigit(byte) ? .exponent : nil
        }
    }

    private func afterWhole(_ byte: UInt8) -> State? {
        byte == UInt8(ascii: ".") ? .point : isExponentMark(byte) ? .exponentMark : nil
    }

    private var expected: String { mayEnd ? "the end of the number" : "a digit" }

    private func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }

    private func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private func isExponentMark(_ byte: UInt8) -> Bool {
        byte | 0x20 == UInt8(ascii: "e")
    }
}
