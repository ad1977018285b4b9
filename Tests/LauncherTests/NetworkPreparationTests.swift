// SPDX-License-Identifier: Apache-2.0
import CMachine
import Configuration
import Glibc
import Host
import Testing

@testable import Launcher

@Suite("TAP interfaces that are opened", .enabled(if: NetworkBed.isPossible, "needs root and ip(8)"))
struct NetworkPreparationTests {
    /// Runs `body` on a thread in a network namespace of its own, with an interface `one` for one queue and `many` for
    /// several.
    private static func inNamespace(_ body: @escaping @Sendable () throws -> Void) throws {
        let thread = try NamedThread(name: "namespace") {
            do {
                guard unshare(CLONE_NEWNET) == 0 else { throw SystemCallError(call: "unshare", code: errno) }
                for words in ["one mode tap", "many mode tap multi_queue"] {
                    #expect(unsafe system("/usr/sbin/ip tuntap add dev \(words)") == 0)
                }
                try body()
            } catch {
                Issue.record(error)
            }
        }
        thread.join()
    }

    private static func preparation(
        _ name: String, _ change: (inout NetworkConfiguration) -> Void = { _ in }
    ) throws -> Preparation {
        var network = NetworkConfiguration(attachment: .tap(name: name))
        change(&network)
        var machine = MachineConfiguration(boot: .init(kernel: .path("/nothing")))
        machine.networks = [network]
        return Preparation(machine)
    }

    @Test("each queue pair gets a descriptor")
    func queues() throws {
        try Self.inNamespace {
            let preparation = try Self.preparation("many") { $0.queueCount = 3 }
            preparation.inspectNetwork(0)
            #expect(preparation.problems.isEmpty)
            #expect(preparation.machine.networks[0].attachment == .tap(name: "many", descriptors: [4, 5, 6]))
        }
    }

    @Test("an interface for several queues serves a card with one")
    func one() throws {
        try Self.inNamespace {
            let preparation = try Self.preparation("many")
            preparation.inspectNetwork(0)
            #expect(preparation.problems.isEmpty)
            #expect(preparation.machine.networks[0].attachment == .tap(name: "many", descriptors: [4]))
        }
    }

    @Test("an interface for one queue is refused where several are asked for")
    func tooFew() throws {
        try Self.inNamespace {
            let preparation = try Self.preparation("one") { $0.queueCount = 2 }
            preparation.inspectNetwork(0)
            #expect(preparation.problems.map(\.object) == ["one"])
            #expect(preparation.problems.first?.remedy.contains("multi_queue") == true)
        }
    }

    @Test("vhost-net that is not there is refused by its name", .enabled(if: !NetworkBed.hasVhost))
    func withoutVhost() throws {
        try Self.inNamespace {
            let preparation = try Self.preparation("one") { $0.vhost = true }
            preparation.inspectNetwork(0)
            #expect(preparation.problems.map(\.object) == ["/dev/vhost-net"])
            #expect(preparation.problems.first?.remedy.contains("vhost_net") == true)
        }
    }

    @Test("the interface takes the packet size that the guest is told, as far as it can")
    func packetSize() throws {
        try Self.inNamespace {
            let socket = Descriptor(owning: Glibc.socket(AF_INET, CInt(SOCK_DGRAM.rawValue), 0))
            let preparation = try Self.preparation("one") { $0.mtu = 4000 }
            try preparation.createNetwork(0)
            #expect(unsafe cmachine_interface_mtu(socket.borrowed, "one") == 4000)

            let large = try Self.preparation("one") { $0.mtu = 65535 }
            let problem = #expect(throws: LaunchProblem.self) { try large.createNetwork(0) }
            #expect(problem?.found.contains("4000") == true && problem?.found.contains("65535") == true)
            #expect(unsafe cmachine_interface_mtu(socket.borrowed, "one") == 4000)
        }
    }
}

/// What the tests need of the host.
private enum NetworkBed {
    static var isPossible: Bool {
        unsafe geteuid() == 0 && access("/dev/net/tun", R_OK | W_OK) == 0 && access("/usr/sbin/ip", X_OK) == 0
    }

    static var hasVhost: Bool { unsafe access("/dev/vhost-net", F_OK) == 0 }
}
