// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Host
internal import LabWire

/// The virtio-serial ports to the host, open and non-blocking.
///
/// Non-blocking matters: a blocking write makes the kernel spin until the host has taken the bytes.
struct Ports: ~Copyable {
    let control: Descriptor
    let stream: Descriptor
    let errors: Descriptor

    /// Waits until the kernel has made the ports and opens them.
    init() throws(AgentError) {
        let control = try Self.open(PortName.control)
        let stream = try Self.open(PortName.stream)
        let errors = try Self.open(PortName.errors)
        self.control = control
        self.stream = stream
        self.errors = errors
    }

    private static func open(_ name: String) throws(AgentError) -> Descriptor {
        // A port's name arrives in a message of its own, after its driver has been loaded.
        for _ in 0..<10_000 {
            if let device = device(named: name) {
                do { return try Descriptor(path: device, flags: O_RDWR | O_NONBLOCK) } catch {
                    if error.code != ENOENT { throw AgentError(error.description) }
                }
            }
            usleep(1000)
        }
        throw AgentError("the port \(name) did not appear")
    }

    private static func device(named name: String) -> String? {
        guard let folder = unsafe opendir("/sys/class/virtio-ports") else { return nil }
        defer { unsafe closedir(folder) }
        while let entry = unsafe readdir(folder) {
            let port = unsafe withUnsafeBytes(of: entry.pointee.d_name) { buffer in
                unsafe String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
            }
            if port.hasPrefix("vport"), portName(port) == name { return "/dev/\(port)" }
        }
        return nil
    }

    private static func portName(_ port: String) -> String? {
        guard let file = try? Descriptor(path: "/sys/class/virtio-ports/\(port)/name", flags: O_RDONLY),
            let text = try? file.read(upTo: 64)
        else { return nil }
        return String(decoding: text.prefix { $0 != 0x0a }, as: UTF8.self)
    }
}
