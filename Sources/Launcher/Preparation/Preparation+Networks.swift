// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Configuration
internal import Glibc
internal import GuestKit
internal import Host

extension Preparation {
    private static let tunDevice = "/dev/net/tun"
    private static let vhostDevice = "/dev/vhost-net"
    /// The header of virtio 1.x, with the count of merged buffers (virtio 1.2 §5.1.6).
    private static let headerByteCount: CInt = 12

    /// Attaches to a card's TAP interface, or looks for the program of its user-mode stack.
    func inspectNetwork(_ index: Int) {
        switch request.networks[index].attachment {
        case .none: break
        case .user:
            if Environment.program(NetworkStack.program) == nil {
                report(
                    "--net user", found: "the program passt is not installed",
                    remedy: "install the package passt, or use --net tap=NAME or --net none", .hostUnable)
            }
        case .tap(let name, _):
            do throws(LaunchProblem) {
                let queueCount = request.networks[index].queueCount
                var numbers: [Int32] = []
                for _ in 0..<queueCount { numbers.append(table.hand(try Self.attach(name, queueCount: queueCount))) }
                machine.networks[index].attachment = .tap(name: name, descriptors: numbers)
                if request.networks[index].vhost { try openVhost(index) }
            } catch {
                problems.append(error)
            }
        }
    }

    /// Starts a card's user-mode stack, has its interface agree with what the guest is told, and prepares to place its
    /// threads.
    func createNetwork(_ index: Int) throws(LaunchProblem) {
        let network = request.networks[index]
        switch network.attachment {
        case .none: break
        case .user: try createStack(index)
        case .tap(let name, _): if let mtu = network.mtu { try Self.setPacketSize(of: name, to: mtu) }
        }
        guard let processors = network.processors else { return }
        do throws(SystemCallError) {
            let event = try EventDescriptor()
            machine.networks[index].startEvent = table.hand(try event.descriptor.duplicate())
            placements.append(NetworkPlacement(card: index, network, processors, started: event))
        } catch {
            throw LaunchProblem(internal: error)
        }
    }

    private func createStack(_ index: Int) throws(LaunchProblem) {
        let mtu = request.networks[index].mtu
        do throws(SystemCallError) {
            try SocketPair().split { (near, far) throws(SystemCallError) in
                services.append(try NetworkStack.start(far, mtu: mtu))
                machine.networks[index].attachment = .user(descriptor: table.hand(near))
            }
        } catch {
            throw LaunchProblem(
                "--net user", found: "passt cannot be started: \(error)", remedy: "look at it with passt --version",
                exitCode: .hostUnable)
        }
    }

    /// Opens the kernel's service once for each queue pair.
    private func openVhost(_ index: Int) throws(LaunchProblem) {
        for _ in 0..<request.networks[index].queueCount {
            do {
                let device = try Descriptor(path: Self.vhostDevice, flags: O_RDWR)
                machine.networks[index].vhostDescriptors.append(table.hand(device))
            } catch {
                let remedy =
                    error.code == ENOENT || error.code == ENODEV
                    ? "load the module vhost_net, or leave vhost=on out"
                    : "give yourself the right, or leave vhost=on out"
                throw LaunchProblem(
                    Self.vhostDevice, found: "it cannot be opened: \(error.reason)", remedy: remedy,
                    exitCode: .hostUnable)
            }
        }
    }

    /// Gives the interface the packet size that the guest is told, where it has another one.
    private static func setPacketSize(of name: String, to mtu: Int) throws(LaunchProblem) {
        let socket = Glibc.socket(AF_INET, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw LaunchProblem(internal: SystemCallError(call: "socket", code: errno)) }
        let control = Descriptor(owning: socket)
        let now = unsafe cmachine_interface_mtu(control.borrowed, name)
        if now == mtu { return }
        let result = unsafe cmachine_interface_set_mtu(control.borrowed, name, CInt(mtu))
        guard result < 0 else { return }
        let remedy =
            result == -Int(EPERM)
            ? "set it: sudo ip link set \(name) mtu \(mtu), or give mtu=\(now)" : "give mtu=\(now), or another number"
        throw LaunchProblem(
            name,
            found: "its packets have at most \(now) bytes, and \(mtu) cannot be set: "
                + SystemCallError(call: "ioctl", code: CInt(-result)).reason,
            remedy: remedy, exitCode: .hostUnable)
    }

    private static func attach(_ name: String, queueCount: Int) throws(LaunchProblem) -> Descriptor {
        let kind = queueCount > 1 ? "tap multi_queue" : "tap"
        let creation = "sudo ip tuntap add dev \(name) mode \(kind) user \"$USER\" && sudo ip link set \(name) up"
        guard unsafe if_nametoindex(name) != 0 else {
            throw LaunchProblem(
                name, found: "there is no TAP interface of this name", remedy: "make it: \(creation)",
                exitCode: .hostUnable)
        }
        let descriptor = try openTunDevice()
        // An interface made for several queues wants to be told so even where one is used.
        let flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR
        var result = queueCount > 1 ? -Int(EINVAL) : unsafe cmachine_tap_attach(descriptor.borrowed, name, Int16(flags))
        if result == -Int(EINVAL) {
            result = unsafe cmachine_tap_attach(descriptor.borrowed, name, Int16(flags | IFF_MULTI_QUEUE))
        }
        if result == -Int(EINVAL), queueCount > 1 {
            throw LaunchProblem(
                name, found: "it is no TAP interface with several queues",
                remedy: "make it anew: sudo ip link del \(name) && \(creation), or leave queues=\(queueCount) out",
                exitCode: .hostUnable)
        }
        guard result == 0 else { throw refusal(of: name, code: CInt(-result), creation: creation) }
        let sized = cmachine_tap_set_header_size(descriptor.borrowed, headerByteCount)
        guard sized == 0 else {
            throw LaunchProblem(internal: SystemCallError(call: "ioctl(TUNSETVNETHDRSZ)", code: CInt(-sized)))
        }
        return descriptor
    }

    private static func openTunDevice() throws(LaunchProblem) -> Descriptor {
        do {
            return try Descriptor(path: tunDevice, flags: O_RDWR | O_NONBLOCK)
        } catch {
            let remedy = error.code == ENOENT ? "load the module tun" : "give yourself the right, or use --net user"
            throw LaunchProblem(
                tunDevice, found: "it cannot be opened: \(error.reason)", remedy: remedy, exitCode: .hostUnable)
        }
    }

    private static func refusal(of name: String, code: CInt, creation: String) -> LaunchProblem {
        let (found, remedy): (String, String) =
            switch code {
            case EPERM: ("you have no right to this TAP interface", "make it yours: \(creation), or use --net user")
            case EBUSY: ("the TAP interface is busy: another machine uses it", "end it, or give another one")
            case E2BIG: ("it has no more queues", "give fewer")
            case EINVAL: ("this interface is no TAP", "make one under another name")
            default:
                ("it cannot be attached to: \(SystemCallError(call: "ioctl", code: code).reason)", "give another one")
            }
        return LaunchProblem(name, found: found, remedy: remedy, exitCode: .hostUnable)
    }
}
