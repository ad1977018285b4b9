// SPDX-License-Identifier: Apache-2.0
@testable import Configuration

/// Configurations for the tests.
enum Samples {
    /// A launcher's machine that uses every member.
    static let launcher = MachineConfiguration(
        name: "web 1", processors: .init(count: 4, topology: .init(sockets: 1, cores: 2, threads: 2)),
        memory: .init(byteCount: 2 << 30, mergeable: true, hugePages: true),
        boot: .init(kernel: .path("/boot/vmlinuz"), initrd: .path("/boot/initrd"), commandLine: "console=ttyS0 quiet"),
        disks: [
            .init(source: .path("/srv/a.img"), format: .raw, readOnly: true, serial: "A-1", queueCount: 2),
            .init(source: .path("/dev/vg/b"), format: .raw),
            .init(
                source: .path("/srv/c.qcow2"), format: .qcow2,
                backing: [
                    .init(source: .path("/srv/d.qcow2"), format: .qcow2, dataFile: .path("/srv/d.data")),
                    .init(source: .path("/srv/e.img"), format: .raw),
                ], dataFile: .path("/srv/c.data")),
        ],
        imageFolders: ["/srv/base"],
        networks: [
            .init(attachment: .tap(name: "tap0"), mac: MACAddress(rawValue: 0x5254_0012_3456)),
            .init(attachment: .user()), .init(attachment: .none), queued,
        ],
        console: .socket(.path("/run/c.sock")),
        channels: [.init(name: "org.qemu.guest_agent.0", socket: .path("/run/ga.sock"))],
        shares: [.init(tag: "home", source: .path("/srv/home"), readOnly: true, owners: .squash)],
        monitor: .path("/run/qmp.sock"), debugExit: true, entropy: false, panicDevice: false, kvm: .path("/dev/kvm"),
        seed: .init(userData: .path("/srv/u"), metaData: .path("/srv/m"), networkConfiguration: .path("/srv/n")))

    /// A card with everything that only a TAP interface can have.
    private static var queued: NetworkConfiguration {
        var network = NetworkConfiguration(attachment: .tap(name: "tap1"))
        network.queueCount = 4
        network.mtu = 9000
        network.vhost = true
        network.processors = .fixed([2, 3, 6])
        return network
    }

    /// A machine's process's machine that uses every member.
    static let machine = MachineConfiguration(
        name: "web 1", processors: .init(count: 2),
        boot: .init(kernel: .descriptor(3), initrd: .descriptor(4), commandLine: ""),
        disks: [
            .init(source: .descriptor(5), format: .raw, label: "/srv/a.img"),
            .init(
                source: .descriptor(23), format: .qcow2, backing: [.init(source: .descriptor(24), format: .raw)],
                label: "/srv/b.qcow2"),
        ],
        networks: [
            .init(attachment: .tap(name: "tap0", descriptors: [6])), .init(attachment: .user(descriptor: 8)),
        ],
        console: .streams(input: 0, output: 0), channels: [.init(name: "a", socket: .descriptor(9))],
        monitor: .descriptor(10), balloon: .init(deflateOnOOM: true, freePageReporting: true),
        fileSystems: [.init(tag: "work", source: .descriptor(12), cache: .none)], kvm: .descriptor(11))

    /// The least that a launcher runs.
    static let least = MachineConfiguration(boot: .init(kernel: .path("k")))
}
