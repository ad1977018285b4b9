// SPDX-License-Identifier: Apache-2.0
import GuestKit

/// The project's disk image: what `make image` prints. Made at first use, which takes a minute.
enum StandardGuest {
    /// `nil` where it cannot be made here: no rights, no network.
    static let image = path(of: "plain")
    /// The variant that has cloud-init.
    static let cloudImage = path(of: "cloud-init")

    private static func path(of variant: String) -> String? {
        guard let output = try? Tool.run("\(EndToEndBed.root)/scripts/image", [variant], package: "bash") else {
            return nil
        }
        return String(decoding: output, as: UTF8.self).split(separator: "\n").last.map(String.init)
    }
}
