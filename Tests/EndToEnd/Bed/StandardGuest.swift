// SPDX-License-Identifier: Apache-2.0

/// The project's disk image: what `make image` prints. Made at first use, which takes a minute.
enum StandardGuest {
    /// `nil` where it cannot be made here: no rights, no network.
    static let image = EndToEndBed.place(madeBy: "image", ["plain"])
    /// The variant that has cloud-init.
    static let cloudImage = EndToEndBed.place(madeBy: "image", ["cloud-init"])
}
