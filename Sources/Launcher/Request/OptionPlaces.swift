// SPDX-License-Identifier: Apache-2.0

/// What the places of a document are called for somebody who typed options instead.
///
/// An option that could not be read makes no element, so the numbers of the others are kept.
struct OptionPlaces {
    /// For each disk, which `--disk` it was, counted from 1; the others likewise.
    var disks: [Int] = []
    var networks: [Int] = []
    var channels: [Int] = []
    var fileSystems: [Int] = []
    var shares: [Int] = []
    /// How often each was given.
    var counts: (disks: Int, networks: Int, channels: Int, fileSystems: Int, shares: Int) = (0, 0, 0, 0, 0)

    private static let names = [
        "name": "--name", "processors": "--cpus", "processors.count": "--cpus",
        "processors.sockets": "--cpus, sockets", "processors.cores": "--cpus, cores",
        "processors.threads": "--cpus, threads", "memory.byteCount": "--memory", "boot.kernel": "--kernel",
        "boot.initrd": "--initrd", "boot.commandLine": "--append", "boot.firmware": "--firmware",
        "boot.firmware.image": "--firmware", "boot.firmware.variables": "--firmware, variables",
        "console.file": "--console", "console.socket": "--console", "monitor": "--qmp",
        "balloon": "--balloon", "fileSystems": "--virtiofs",
        "disks, networks, shares and file systems": "--disk, --net, --share and --virtiofs",
        "networks": "--net", "channels": "--channel", "seed.userData": "--user-data", "seed.metaData": "--meta-data",
        "seed.networkConfig": "--network-config",
    ]
    /// The keys of an option that the members of an element come from; the others are the option's own value.
    private static let keys = [
        "disks.serial": "serial", "disks.queueCount": "queues", "disks.bootIndex": "bootindex",
        "networks.name": "tap", "networks.mac": "mac", "networks.queueCount": "queues", "networks.mtu": "mtu",
        "networks.vhost": "vhost", "channels.name": "name", "channels.socket": "socket", "shares.owners": "owners",
    ]

    /// The option that says what stands at `place`, such as `--disk number 2, serial` for `disks[1].serial`.
    func name(of place: String) -> String {
        if let name = Self.names[place] { return name }
        let parts = place.split(maxSplits: 2) { "[].".contains($0) }
        guard parts.count > 1, let index = Int(parts[1]), let option = option(String(parts[0]), index) else {
            return place
        }
        guard parts.count == 3, let key = Self.keys["\(parts[0]).\(parts[2].drop { $0 == "." })"] else { return option }
        return "\(option), \(key)"
    }

    private func option(_ list: String, _ index: Int) -> String? {
        switch list {
        case "disks": Self.option("--disk", disks, index, of: counts.disks)
        case "networks": Self.option("--net", networks, index, of: counts.networks)
        case "fileSystems": Self.option("--virtiofs", fileSystems, index, of: counts.fileSystems)
        case "channels": Self.option("--channel", channels, index, of: counts.channels)
        case "imageFolders": "--image-folder"
        case "shares": Self.option("--share", shares, index, of: counts.shares)
        default: nil
        }
    }

    private static func option(_ name: String, _ numbers: [Int], _ index: Int, of count: Int) -> String? {
        guard numbers.indices.contains(index) else { return nil }
        return count == 1 ? name : "\(name) number \(numbers[index])"
    }
}
