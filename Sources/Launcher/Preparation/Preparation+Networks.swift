// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Configuration
internal import Glibc
internal import GuestKit
internal import Host

extension Preparation {
    private static let tunDevice = "/dev/net/tun"
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
                let number = table.hand(try Self.attach(name))
                machine.networks[index].attachment = .tap(name: name, descriptors: [number])
            } catch {
                problems.append(error)
            }
        }
    }

    /// Starts a card's user-mode stack.
    func createNetwork(_ index: Int) throws(LaunchProblem) {
        guard case .user = request.networks[index].attachment else { return }
        do throws(SystemCallError) {
            try SocketPair().split { (near, far) throws(SystemCallError) in
                services.append(try NetworkStack.start(far))
                machine.networks[index].attachment = .user(descriptor: table.hand(near))
            }
        } catch {
            throw LaunchProblem(
                "--net user", found: "passt cannot be started: \(error)", remedy: "look at it with passt --version",
                exitCode: .hostUnable)
        }
    }

    private static func attach(_ name: String) throws(LaunchProblem) -> Descriptor {
        let creation = "sudo ip tuntap add dev \(name) mode tap user \"$USER\" && sudo ip link set \(name) up"
        guard unsafe if_nametoindex(name) != 0 else {
            throw LaunchProblem(
                name, found: "there is no TAP interface of this name", remedy: "make it: \(creation)",
                exitCode: .hostUnable)
        }
        let descriptor = try openTunDevice()
        // An interface made for several queues wants to be told so even where one is used.
        let flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR
        var result = unsafe cmachine_tap_attach(descriptor.borrowed, name, Int16(flags))
        if result == -Int(EINVAL) {
            result = unsafe cmachine_tap_attach(descriptor.borrowed, name, Int16(flags | IFF_MULTI_QUEUE))
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
            case EINVAL: ("this interface is no TAP", "make one under another name")
            default:
                ("it cannot be attached to: \(SystemCallError(call: "ioctl", code: code).reason)", "give another one")
            }
        return LaunchProblem(name, found: found, remedy: remedy, exitCode: .hostUnable)
    }
}
