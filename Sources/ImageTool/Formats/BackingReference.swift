// SPDX-License-Identifier: Apache-2.0

/// What an image says of the image below it.
struct BackingReference: Equatable {
    /// As the image has it; a relative path counts from the image's folder.
    var path: String
    var format: String?

    /// The path as this process can open it.
    func resolved(from image: String) -> String {
        guard !path.hasPrefix("/"), let slash = image.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
        return image[...slash] + path
    }
}
