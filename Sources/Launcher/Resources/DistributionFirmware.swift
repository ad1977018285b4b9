// SPDX-License-Identifier: Apache-2.0
internal import Configuration
internal import Glibc

/// Where distributions keep the firmware that Apus starts machines with.
enum DistributionFirmware {
    /// A firmware's image, and the empty store of variables that belongs to it.
    struct Location: Equatable {
        let image: String
        let variables: String?
    }

    /// The places by kind, in the order in which they are tried: Debian and Ubuntu, Fedora, Arch.
    private static let bios = [
        Location(image: "/usr/share/seabios/bios-256k.bin", variables: nil),
        Location(image: "/usr/share/qemu/bios-256k.bin", variables: nil),
    ]
    private static let uefi = [
        Location(image: "/usr/share/OVMF/OVMF_CODE_4M.fd", variables: "/usr/share/OVMF/OVMF_VARS_4M.fd"),
        Location(image: "/usr/share/edk2/ovmf/OVMF_CODE.fd", variables: "/usr/share/edk2/ovmf/OVMF_VARS.fd"),
        Location(image: "/usr/share/edk2/x64/OVMF_CODE.4m.fd", variables: "/usr/share/edk2/x64/OVMF_VARS.4m.fd"),
    ]

    /// Finds the distribution's firmware.
    static func find(_ kind: FirmwareConfiguration.Kind) throws(LaunchProblem) -> Location {
        let (places, package) = kind == .bios ? (bios, "seabios") : (uefi, "ovmf")
        if let place = places.first(where: { unsafe access($0.image, R_OK) == 0 }) { return place }
        throw LaunchProblem(
            "--firmware \(kind.rawValue)", found: "\(places[0].image) is not there",
            remedy: "install the package \(package), or write --firmware PATH", exitCode: .hostUnable)
    }
}
