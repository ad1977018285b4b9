// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Configuration

@Suite("Validation of a configuration")
struct ValidationTests {
    /// A change to a machine that runs, and what is said of it.
    struct Problem: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let audience: ConfigurationAudience
        let kind: ConfigurationError.Kind
        let object: String
        let change: @Sendable (inout MachineConfiguration) -> Void

        init(
            _ testDescription: String, _ kind: ConfigurationError.Kind, _ object: String,
            for audience: ConfigurationAudience = .launcher,
            _ change: @escaping @Sendable (inout MachineConfiguration) -> Void
        ) {
            self.testDescription = testDescription
            self.audience = audience
            self.kind = kind
            self.object = object
            self.change = change
        }
    }

    static let problems: [Problem] = [
        Problem("no name", .outOfRange, "name") { $0.name = "" },
        Problem("a long name", .outOfRange, "name") { $0.name = String(repeating: "x", count: 256) },
        Problem("a name of two lines", .invalidValue, "name") { $0.name = "a\nb" },
        Problem("no vCPU", .outOfRange, "processors.count") { $0.processors = .init(count: 0) },
        Problem("256 vCPUs", .outOfRange, "processors.count") { $0.processors = .init(count: 256) },
        Problem("a topology that does not add up", .conflict, "processors") { $0.processors.count = 3 },
        Problem("31 MiB", .outOfRange, "memory.byteCount") { $0.memory = .init(byteCount: 31 << 20) },
        Problem("half a MiB too much", .outOfRange, "memory.byteCount") { $0.memory.byteCount = 64 << 20 | 1 << 19 },
        Problem("8 TiB", .outOfRange, "memory.byteCount") { $0.memory.byteCount = 8 << 40 },
        Problem("half a huge page", .conflict, "memory.byteCount") { $0.memory.byteCount = 33 << 20 },
        Problem("an empty path", .outOfRange, "boot.kernel") { $0.boot.kernel = .path("") },
        Problem("a path with NUL", .invalidValue, "boot.initrd") { $0.boot.initrd = .path("a\0b") },
        Problem("a descriptor for the launcher", .wrongAudience, "boot.kernel") { $0.boot.kernel = .descriptor(3) },
        Problem("a long command line", .outOfRange, "boot.commandLine") {
            $0.boot.commandLine = String(repeating: "x", count: 2048)
        },
        Problem("one image twice", .duplicate, "disks[1].source") { $0.disks[1].source = $0.disks[0].source },
        Problem("an image below a raw one", .conflict, "disks[1].backing[0]") {
            $0.disks[1].backing = [.init(source: .path("x"), format: .raw)]
        },
        Problem("an image below a raw one below", .conflict, "disks[2].backing[2]") {
            $0.disks[2].backing?.append(.init(source: .path("x"), format: .qcow2))
        },
        Problem("a raw image with a data file", .conflict, "disks[1].dataFile") { $0.disks[1].dataFile = .path("x") },
        Problem("a raw backing image with a data file", .conflict, "disks[2].backing[1].dataFile") {
            $0.disks[2].backing?[1].dataFile = .path("x")
        },
        Problem("65 images below the disks' own", .outOfRange, "disks") {
            $0.disks[2].backing = (0..<64).map { .init(source: .path("x\($0)"), format: .qcow2) }
        },
        Problem("an empty folder for images", .outOfRange, "imageFolders[0]") { $0.imageFolders = [""] },
        Problem("a folder for images for the machine", .wrongAudience, "imageFolders[0]", for: .machine) {
            $0.imageFolders = ["/srv"]
        },
        Problem(
            "a path of a backing image for the machine", .wrongAudience, "disks[1].backing[0].source", for: .machine
        ) { $0.disks[1].backing?[0].source = .path("/srv") },
        Problem("one serial twice", .duplicate, "disks[1].serial") { $0.disks[1].serial = $0.disks[0].serial },
        Problem("21 bytes of serial", .outOfRange, "disks[1].serial") { $0.disks[1].serial = "123456789012345678901" },
        Problem("a serial that is not ASCII", .invalidValue, "disks[1].serial") { $0.disks[1].serial = "é" },
        Problem("65 queues", .outOfRange, "disks[0].queueCount") { $0.disks[0].queueCount = 65 },
        Problem("one MAC twice", .duplicate, "networks[1].mac") { $0.networks[1].mac = $0.networks[0].mac },
        Problem("the MAC of another card's making", .duplicate, "networks[1].mac") {
            $0.networks[0].mac = $0.macAddress(ofNetwork: 1)
        },
        Problem("a group's MAC", .invalidValue, "networks[0].mac") {
            $0.networks[0].mac = MACAddress(rawValue: 0x0100_5E00_0001)
        },
        Problem("one TAP twice", .duplicate, "networks[1].name") { $0.networks[1].attachment = .tap(name: "tap0") },
        Problem("a long TAP name", .outOfRange, "networks[0].name") {
            $0.networks[0].attachment = .tap(name: "sixteen-letters!")
        },
        Problem("a TAP name with a slash", .invalidValue, "networks[0].name") {
            $0.networks[0].attachment = .tap(name: "a/b")
        },
        Problem("one channel twice", .duplicate, "channels[1].name") {
            $0.channels.append(.init(name: $0.channels[0].name, socket: .path("/run/x")))
        },
        Problem("a channel's name with a blank", .invalidValue, "channels[0].name") { $0.channels[0].name = "a b" },
        Problem("one socket twice", .duplicate, "monitor") { $0.monitor = $0.channels[0].socket },
        Problem("a long socket path", .outOfRange, "monitor") {
            $0.monitor = .path("/" + String(repeating: "x", count: 107))
        },
        Problem("a balloon and huge pages", .conflict, "balloon") { $0.balloon = .init() },
        Problem("virtio-fs and mergeable memory", .conflict, "fileSystems") {
            $0.fileSystems = [.init(tag: "work", source: .path("/srv"))]
        },
        Problem("one tag twice", .duplicate, "fileSystems[1].tag", for: .machine) {
            $0.fileSystems.append(.init(tag: "work", source: .descriptor(13)))
        },
        Problem("a long tag", .outOfRange, "fileSystems[0].tag", for: .machine) {
            $0.fileSystems[0].tag = String(repeating: "x", count: 37)
        },
        Problem("a folder for the machine's process", .wrongAudience, "fileSystems[0].source", for: .machine) {
            $0.fileSystems[0].source = .path("/srv")
        },
        Problem("streams for the launcher", .wrongAudience, "console.output") {
            $0.console = .streams(input: nil, output: 1)
        },
        Problem("25 devices", .outOfRange, "disks, networks, shares and file systems") {
            for number in 0..<20 { $0.disks.append(.init(source: .path("\(number)"), format: .raw)) }
        },
        Problem("31 channels", .outOfRange, "channels") {
            for number in 0..<30 { $0.channels.append(.init(name: "\(number)", socket: .path("/run/\(number)"))) }
        },
        Problem("a path for the machine's process", .wrongAudience, "boot.kernel", for: .machine) {
            $0.boot.kernel = .path("/boot/vmlinuz")
        },
        Problem("a terminal for the machine's process", .wrongAudience, "console", for: .machine) {
            $0.console = .terminal
        },
        Problem("orders for cloud-init without a path", .outOfRange, "seed.userData") {
            $0.seed = .init(userData: .path(""))
        },
        Problem("orders for cloud-init for the machine's process", .wrongAudience, "seed", for: .machine) {
            $0.seed = .init(userData: .path("u"))
        },
        Problem("no KVM for the machine's process", .missing, "kvm", for: .machine) { $0.kvm = nil },
        Problem("no TAP queue for the machine's process", .outOfRange, "networks[0].descriptors", for: .machine) {
            $0.networks[0].attachment = .tap(name: "tap0")
        },
        Problem("two TAP queues for the machine's process", .outOfRange, "networks[0].descriptors", for: .machine) {
            $0.networks[0].attachment = .tap(name: "tap0", descriptors: [6, 7])
        },
        Problem("32 queue pairs", .outOfRange, "networks[3].queueCount") {
            $0.networks[3].vhost = false
            $0.networks[3].queueCount = 32
        },
        Problem("a negative number of queue pairs", .outOfRange, "networks[3].queueCount") {
            $0.networks[3].queueCount = .min
        },
        Problem("several queue pairs without a TAP", .conflict, "networks[1].queueCount") {
            $0.networks[1].queueCount = 2
        },
        Problem("vhost-net without a TAP", .conflict, "networks[1].vhost") { $0.networks[1].vhost = true },
        Problem("a packet size of 67", .outOfRange, "networks[3].mtu") { $0.networks[3].mtu = 67 },
        Problem("a packet size of 65536", .outOfRange, "networks[3].mtu") { $0.networks[3].mtu = 65536 },
        Problem("a packet size that passt does not take", .outOfRange, "networks[1].mtu") {
            $0.networks[1].mtu = 65521
        },
        Problem("more queues than descriptors can be handed over", .outOfRange, "networks") {
            for number in 0..<2 {
                var network = $0.networks[3]
                network.attachment = .tap(name: "many\(number)")
                network.queueCount = 31
                $0.networks.append(network)
            }
        },
        Problem("no vhost-net for the machine's process", .outOfRange, "networks[0].vhostDescriptors", for: .machine) {
            $0.networks[0].vhost = true
        },
        Problem("vhost-net that nobody asked for", .outOfRange, "networks[0].vhostDescriptors", for: .machine) {
            $0.networks[0].vhostDescriptors = [60]
        },
        Problem("no socket for user networking", .missing, "networks[1].descriptor", for: .machine) {
            $0.networks[1].attachment = .user()
        },
        Problem("one descriptor twice", .duplicate, "monitor", for: .machine) { $0.monitor = .descriptor(3) },
        Problem("a negative descriptor", .outOfRange, "kvm", for: .machine) { $0.kvm = .descriptor(-1) },
    ]

    @Test("what cannot run is said, and nothing else", arguments: problems)
    func finds(_ problem: Problem) {
        var machine = problem.audience == .launcher ? Samples.launcher : Samples.machine
        problem.change(&machine)

        let found = machine.problems(for: problem.audience)

        #expect(found.map(\.kind) == [problem.kind])
        #expect(found.map(\.object) == [problem.object])
        #expect(throws: ConfigurationErrors(found)) { try machine.validate(for: problem.audience) }
    }

    @Test("a message names the object, what was found and what to do")
    func message() {
        var machine = Samples.launcher
        machine.disks[1].source = machine.disks[0].source

        #expect(
            machine.problems(for: .launcher).map(\.description)
                == ["disks[1].source: the image '/srv/a.img' is that of disks[0].source already; use each image once"])
    }

    @Test("a derived address is local, stable, and another for each card")
    func derivedAddresses() {
        let addresses = (0..<300).map { MACAddress(machine: "web", index: $0) }

        #expect(addresses[0] == MACAddress(machine: "web", index: 0))
        #expect(addresses[0] != MACAddress(machine: "web2", index: 0))
        #expect(Set(addresses.map(\.rawValue)).count == 300)
        #expect(addresses.allSatisfy { $0.isUnicast && $0.description.hasPrefix("52:54:00:") })
    }

    @Test("addresses are read with colons or hyphens and written with colons")
    func addresses() {
        #expect(MACAddress("52-54-00-AB-cd-Ef")?.description == "52:54:00:ab:cd:ef")
        #expect(MACAddress("52:54:00:ab:cd:ef")?.bytes == [0x52, 0x54, 0, 0xAB, 0xCD, 0xEF])
        for text in [
            "", "52:54:00:ab:cd", "52:54-00:ab:cd:ef", "5g:54:00:ab:cd:ef", "525:4:00:ab:cd:ef", "525400abcdef",
        ] {
            #expect(MACAddress(text) == nil, "\(text)")
        }
    }

    @Test("a topology fills in what is left out")
    func topology() {
        typealias Topology = ProcessorTopology
        #expect(Topology(count: 8, sockets: nil, cores: nil, threads: 2) == Topology(sockets: 1, cores: 4, threads: 2))
        #expect(Topology(count: 8, sockets: 2, cores: nil, threads: nil) == Topology(sockets: 2, cores: 4, threads: 1))
        #expect(Topology(count: 8, sockets: nil, cores: 2, threads: 2) == Topology(sockets: 2, cores: 2, threads: 2))
        #expect(Topology(count: 8, sockets: .max, cores: nil, threads: .max).count == nil)
        #expect(ProcessorConfiguration(count: 4).effectiveTopology == Topology(sockets: 1, cores: 4, threads: 1))
    }
}
