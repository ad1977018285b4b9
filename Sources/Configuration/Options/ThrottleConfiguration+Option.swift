// SPDX-License-Identifier: Apache-2.0

extension ThrottleConfiguration {
    /// What stands before each key in an option.
    static let prefix = "throttling."

    /// The keys of an option.
    static var optionKeys: [String] { (Key.allCases.map(\.rawValue) + [groupKey]).map { prefix + $0 } }

    /// Takes the limits out of an option; `nil` where it has none.
    init?(_ reader: OptionReader) throws(ConfigurationError) {
        guard Self.optionKeys.contains(where: reader.has) else { return nil }
        var values: [Key: UInt64] = [:]
        for key in Key.allCases {
            guard let number = try reader.integer(Self.prefix + key.rawValue) else { continue }
            guard number >= 0 else {
                throw reader.error(
                    .outOfRange, found: "\(Self.prefix)\(key.rawValue)=\(number)",
                    remedy: "write a number that is not negative")
            }
            values[key] = UInt64(number)
        }
        self.init(values: values, group: reader.value(Self.prefix + Self.groupKey))
    }
}
