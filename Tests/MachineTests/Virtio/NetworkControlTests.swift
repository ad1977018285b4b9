// SPDX-License-Identifier: Apache-2.0
import CMachine
import Configuration
import Host
import Machine
import MachineTesting
import Testing

@Suite("Control queue of a network card")
struct NetworkControlTests {
    private typealias Bench = Workbench<VirtioNetwork>
    private static let own: [UInt8] = [0x52, 0x54, 0, 1, 2, 3]
    private static let other: [UInt8] = [0x52, 0x54, 0, 1, 2, 4]
    private static let group: [UInt8] = [0x33, 0x33, 0, 0, 0, 1]
    private static let broadcast = [UInt8](repeating: 0xFF, count: 6)
    private static let done: UInt8 = 0
    private static let refused: UInt8 = 1

    /// A card on a socket, and the socket's other end.
    private final class Card {
        let bench: Bench
        let far: Descriptor
        let device: VirtioNetwork

        init(features: UInt64 = .max, mtu: UInt16? = nil) throws {
            let pair = try SocketPair()
            device = try VirtioNetwork(
                attachment: PasstAttachment(owning: try pair.near.duplicate()),
                address: MACAddress(rawValue: 0x5254_0001_0203), mtu: mtu)
            far = try pair.far.duplicate()
            bench = try Bench(device, features: device.offeredFeatures & features)
        }

        /// Which of the destinations' frames reach the driver, by their positions. The last must.
        func received(_ destinations: [[UInt8]]) throws -> [Int] {
            for (index, destination) in destinations.enumerated() {
                try far.writeAll([0, 0, 0, 60] + destination + [UInt8](repeating: UInt8(index), count: 54))
            }
            var found: [Int] = []
            while found.last != destinations.count - 1 {
                try bench.offer([.init(Bench.buffers, 2000, isWritable: true)], to: 0)
                _ = try bench.collect(from: 0)
                found.append(Int(try bench.memory.load(UInt8.self, at: Bench.buffers + 12 + 30)))
            }
            return found
        }
    }

    private static func table(_ unicast: [[UInt8]], _ multicast: [[UInt8]]) -> [UInt8] {
        [1, 0] + list(unicast) + list(multicast)
    }

    private static func list(_ addresses: [[UInt8]]) -> [UInt8] {
        [UInt8(addresses.count & 0xFF), UInt8(addresses.count >> 8), 0, 0] + addresses.flatMap { $0 }
    }

    @Test("every frame passes until the driver chooses")
    func unfiltered() throws {
        let card = try Card()
        #expect(try card.received([Self.other, Self.group, Self.broadcast, Self.own]) == [0, 1, 2, 3])
    }

    @Test("without promiscuous mode a card receives its own frames, those for everyone, and what is in the tables")
    func filtered() throws {
        let card = try Card()
        #expect(try card.bench.command([0, 0, 0]) == Self.done)
        #expect(try card.received([Self.other, Self.group, Self.broadcast, Self.own]) == [2, 3])
        #expect(card.device.counters.filtered == 2)

        #expect(try card.bench.command(Self.table([Self.other], [Self.group])) == Self.done)
        #expect(try card.received([Self.other, Self.group, Self.broadcast, Self.own]) == [0, 1, 2, 3])

        #expect(try card.bench.command(Self.table([], [])) == Self.done)
        #expect(try card.received([Self.other, Self.group, Self.own]) == [2])
    }

    @Test(
        "a mode lets a kind of frame pass, or keeps it out",
        arguments: [(1, [1, 2, 3]), (2, [0, 2, 3]), (3, [2, 3]), (5, [3])] as [(UInt8, [Int])])
    func modes(_ command: UInt8, _ expected: [Int]) throws {
        let card = try Card()
        #expect(try card.bench.command([0, 0, 0]) == Self.done)
        #expect(try card.bench.command([0, command, 1]) == Self.done)
        #expect(try card.received([Self.other, Self.group, Self.broadcast, Self.own]) == expected)
        #expect(try card.bench.command([0, command, 0]) == Self.done)
        #expect(try card.received([Self.other, Self.group, Self.broadcast, Self.own]) == [2, 3])
    }

    @Test("no single address passes where the driver wants none")
    func noUnicast() throws {
        let card = try Card()
        #expect(try card.bench.command([0, 0, 0]) == Self.done)
        #expect(try card.bench.command([0, 4, 1]) == Self.done)
        #expect(try card.received([Self.own, Self.broadcast]) == [1])
    }

    @Test("more addresses than are kept let every frame of their kind pass, and of no other")
    func overflow() throws {
        let card = try Card()
        #expect(try card.bench.command([0, 0, 0]) == Self.done)
        let many = (0..<65).map { [0x33, 0x33, 9, 9, 9, UInt8($0)] }
        #expect(try card.bench.command(Self.table([], many)) == Self.done)
        #expect(try card.received([Self.other, Self.group, Self.own]) == [1, 2])
        #expect(card.device.settings.filter.hasMulticastOverflow)

        let full = (0..<64).map { [0x52, 0x54, 9, 9, 9, UInt8($0)] }
        #expect(try card.bench.command(Self.table(full, [])) == Self.done)
        #expect(try card.received([Self.other, Self.group, full[63], Self.own]) == [2, 3])
        #expect(try card.bench.command(Self.table(full + [Self.group], [])) == Self.done)
        #expect(try card.received([Self.other, Self.group, Self.own]) == [0, 2])
    }

    @Test("the driver changes the address, and a reset brings the old one back")
    func address() throws {
        let card = try Card()
        #expect(try card.bench.command([0, 0, 0]) == Self.done)
        #expect(try card.bench.command([1, 1] + Self.other) == Self.done)
        #expect(card.device.readConfiguration(at: 0, width: .quad) & 0xFFFF_FFFF_FFFF == 0x0402_0100_5452)
        #expect(try card.received([Self.own, Self.other]) == [1])

        try card.bench.reset()
        #expect(card.device.readConfiguration(at: 0, width: .quad) & 0xFFFF_FFFF_FFFF == 0x0302_0100_5452)
        #expect(card.device.settings.filter.mode == .promiscuous)
    }

    @Test(
        "a command that makes no sense is refused and changes nothing",
        arguments: [
            [0, 6, 1], [0, 0], [0, 0, 1, 1], [1, 2], [1, 1, 1, 2, 3, 4, 5], [1, 1, 1, 2, 3, 4, 5, 6, 7],
            [1, 0], [1, 0, 0, 0, 0, 0], [1, 0, 1, 0, 0, 0, 1, 2, 3, 4, 5, 6], [1, 0, 0xFF, 0xFF, 0xFF, 0xFF],
            [1, 0, 0, 0, 0, 0, 0, 0, 0, 0x80], [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [2, 0, 1, 0], [3, 0], [3, 1],
            [4, 0, 1, 0],
            [4, 1, 1, 0], [5, 0, 0], [255, 255],
        ] as [[UInt8]])
    func refusals(_ bytes: [UInt8]) throws {
        let card = try Card()
        let before = card.device.settings
        #expect(try card.bench.command(bytes) == Self.refused)
        #expect(card.device.settings == before)
        #expect(!card.device.wires.isBroken)
    }

    @Test("what was not negotiated is refused")
    func notNegotiated() throws {
        let card = try Card(
            features: ~(NetworkFeature.receiveMode | NetworkFeature.addressCommand | NetworkFeature.guestAnnounce))
        #expect(try card.bench.command([0, 0, 0]) == Self.refused)
        #expect(try card.bench.command(Self.table([], [])) == Self.refused)
        #expect(try card.bench.command([1, 1] + Self.other) == Self.refused)
        #expect(try card.bench.command([0, 2, 1]) == Self.done)
        #expect(!card.device.announce())
    }

    @Test("a command without a header, or without room for the answer, breaks the card", arguments: [false, true])
    func malformed(_ hasHeader: Bool) throws {
        let card = try Card()
        if hasHeader {
            try card.bench.offer([.init(Bench.buffers, 3)], to: 2)
        } else {
            try card.bench.offer([.init(Bench.buffers, 1), .init(Bench.buffers + 8, 1, isWritable: true)], to: 2)
        }
        while !card.device.wires.isBroken { _ = try card.device.step() }
    }

    @Test("the card asks for an announcement until the driver has made it")
    func announcement() throws {
        let card = try Card()
        #expect(card.device.readConfiguration(at: 6, width: .word) == 1)
        #expect(card.device.announce())
        #expect(card.device.readConfiguration(at: 6, width: .word) == 3)
        #expect(card.device.wires.clearConfigurationCall())

        #expect(try card.bench.command([3, 0]) == Self.done)
        #expect(card.device.readConfiguration(at: 6, width: .word) == 1)
        #expect(try card.bench.command([3, 0]) == Self.refused)
    }

    @Test("the driver is told of the largest packet where there is one")
    func packetSize() throws {
        let plain = try Card()
        #expect(plain.device.offeredFeatures & NetworkFeature.maximumTransmissionUnit == 0)
        let card = try Card(mtu: 65535)
        #expect(card.device.offeredFeatures & NetworkFeature.maximumTransmissionUnit != 0)
        #expect(card.device.readConfiguration(at: 10, width: .word) == 65535)
        #expect(card.device.readConfiguration(at: 8, width: .word) == 1)
    }

    @Test("what the driver chose holds in another process, where the card asks for an announcement")
    func restored() throws {
        let card = try Card()
        #expect(try card.bench.command([0, 0, 0]) == Self.done)
        #expect(try card.bench.command([0, 5, 1]) == Self.done)
        #expect(try card.bench.command(Self.table([Self.other], [Self.group])) == Self.done)
        card.device.sleep()
        let state = card.device.deviceStateBytes

        let copy = try Card()
        copy.device.deactivate()
        try copy.device.restoreDeviceState(state)
        try copy.bench.activate()
        #expect(copy.device.deviceStateBytes == state)
        #expect(copy.device.settings == card.device.settings)
        #expect(try copy.received([Self.broadcast, Self.group, Self.other, Self.own]) == [1, 2, 3])
        #expect(copy.device.readConfiguration(at: 6, width: .word) == 1)
        copy.device.sleep()
        copy.device.wake()
        #expect(copy.device.readConfiguration(at: 6, width: .word) == 3)
    }

    @Test("while the link is held down frames are lost, and afterwards they pass")
    func heldLink() throws {
        let card = try Card()
        card.device.setLink(isUp: false)
        #expect(card.device.readConfiguration(at: 6, width: .word) == 0)
        #expect(card.device.wires.clearConfigurationCall())
        try card.bench.memory.write([UInt8](repeating: 0, count: 72), at: Bench.buffers)
        try card.bench.offer([.init(Bench.buffers, 72)], to: 1)
        _ = try card.bench.collect(from: 1)
        #expect(card.device.counters.droppedSending == 1)

        card.device.setLink(isUp: true)
        #expect(card.device.readConfiguration(at: 6, width: .word) == 1)
        try card.bench.offer([.init(Bench.buffers, 72)], to: 1)
        _ = try card.bench.collect(from: 1)
        #expect(card.device.counters.sent == 1)
    }
}
