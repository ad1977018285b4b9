// SPDX-License-Identifier: Apache-2.0

extension FirmwareConfiguration {
    /// Reads the value of `--firmware`: `bios`, `uefi` or a file's path, each but `bios` with `,variables=PATH` if wanted.
    package init(option: String) throws(ConfigurationError) {
        let reader = try OptionReader("--firmware", option, firstKey: "image", keys: ["image", "variables"])
        guard let word = reader.value("image") else {
            throw reader.error(.missing, found: "no firmware", remedy: "write bios, uefi or a path in front")
        }
        let variables: Resource? = reader.value("variables").map { .path($0) }
        switch word {
        case "bios": self.init(kind: .bios, variables: variables)
        case "uefi": self.init(kind: .uefi, variables: variables)
        // A word alone is a kind that is misspelt; a file of this folder is written ./NAME.
        case let word where !word.utf8.contains(UInt8(ascii: "/")):
            throw reader.error(
                .invalidValue, found: "\(quoted(word)) is no firmware",
                remedy: "write bios, uefi or a path with a slash, such as ./\(word)")
        default: self.init(kind: .image, image: .path(word), variables: variables)
        }
    }
}
