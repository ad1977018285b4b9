// SPDX-License-Identifier: Apache-2.0

/// The three words of JSON.
enum JSONLiteral: String {
    case null
    case `true`
    case `false`

    init?(firstByte: UInt8) {
        switch firstByte {
        case UInt8(ascii: "n"): self = .null
        case UInt8(ascii: "t"): self = .true
        case UInt8(ascii: "f"): self = .false
        default: return nil
        }
    }

    var bytes: [UInt8] { Array(rawValue.utf8) }

    var value: JSONValue {
        switch self {
        case .null: .null
        case .true: .bool(true)
        case .false: .bool(false)
        }
    }
}
