// SPDX-License-Identifier: Apache-2.0

/// The firmware that starts a machine from its disks.
package struct FirmwareConfiguration: Equatable, Sendable {
    /// Which firmware it is.
    package enum Kind: String, CaseIterable, Sendable {
        /// The distribution's SeaBIOS.
        case bios
        /// The distribution's OVMF.
        case uefi
        /// A file that is named.
        case image
    }

    package var kind: Kind
    /// The firmware's file. The launcher takes one for `.image` alone and finds the others itself.
    package var image: Resource?
    /// The file that keeps UEFI's variables; without one they are lost with the machine.
    package var variables: Resource?

    package init(kind: Kind, image: Resource? = nil, variables: Resource? = nil) {
        self.kind = kind
        self.image = image
        self.variables = variables
    }
}
