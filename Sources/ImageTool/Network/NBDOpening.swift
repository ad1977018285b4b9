// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import DiskImage
internal import Glibc
internal import Host
internal import NBD

/// Opens an export of an NBD server as a raw image.
struct NBDOpening {
    let session: ToolSession

    func open(_ reference: ImageReference, isReadOnly: Bool) throws(ToolProblem) -> OpenImage {
        let path = reference.path
        guard reference.format ?? .raw == .raw else {
            throw ToolProblem(
                path, found: "what an NBD server offers is read as raw alone",
                remedy: "have the server read the format, as apus image serve -f does")
        }
        let address = try NBDAddress(parsing: path)
        var settings = NBDNode.Settings()
        settings.exportName = address.exportName
        settings.isReadOnly = isReadOnly
        settings.interruption = session.signalDescriptor
        settings.security = try address.credentials.map { credentials throws(ToolProblem) in
            try ConnectionSecurity(connecting: credentials, to: address.hostName)
        }
        let node: NBDNode
        do throws(NBDError) {
            node = try NBDNode(Connector(place: address.place), settings)
        } catch {
            try session.checkInterruption()
            throw ToolProblem(path, found: "\(error)", remedy: Self.remedy(error))
        }
        guard isReadOnly || !node.isReadOnly else {
            throw ToolProblem(
                path, found: "the server lets clients read alone", remedy: "end its -r, or copy the image")
        }
        if reference.format == nil { try refuseSignature(node, path) }
        return OpenImage(
            path: path, format: .raw, node: RawNode(file: node), file: nil, allocatedByteCount: nil,
            details: FormatDetails(), chain: [])
    }

    private func refuseSignature(_ node: NBDNode, _ path: String) throws(ToolProblem) {
        var buffer = BlockBuffer(capacity: ImageSignature.byteCount)
        let available = Int(min(UInt64(ImageSignature.byteCount), node.byteCount))
        do { try buffer.fill(from: node, at: 0, count: available) } catch { throw ToolProblem(path, error) }
        guard let signature = ImageSignature(beginning: buffer.bytes) else { return }
        throw ToolProblem(
            path, found: "no format is named, and it looks like \(signature.formatName)",
            remedy: "have the server read that format, or take it byte by byte with -f raw")
    }

    private static func remedy(_ error: NBDError) -> String? {
        switch error {
        case .system(let error) where error.code == ECONNREFUSED: "look whether the server runs"
        case .system(let error) where error.code == ENOENT: "look at the path, and whether the server runs"
        case .refused: "ask the server for its exports with nbdinfo --list"
        case .security: "look at the certificates of both sides"
        case .system, .violation, .closed: nil
        }
    }

    /// Connects for a node, once: the tool's commands are done again more easily than they wait.
    private final class Connector: NBDConnector {
        private let place: ServingPlace

        init(place: ServingPlace) { self.place = place }

        func connect(deadline: Int64) throws(NBDError) -> Descriptor {
            do throws(SystemCallError) {
                switch place {
                case .unix(let path): return try Self.connect(path)
                case .internet(let host, let port): return try Self.connect(host, port)
                }
            } catch {
                throw .system(error)
            }
        }

        private static func connect(_ path: String) throws(SystemCallError) -> Descriptor {
            let number = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
            guard number >= 0 else { throw SystemCallError(call: "socket", code: errno) }
            let descriptor = Descriptor(owning: number)
            try SystemCallError.check(unsafe cmachine_unix_connect(descriptor.borrowed, path), "connect")
            return descriptor
        }

        /// The first of a host's addresses that answers.
        private static func connect(_ host: String, _ port: String) throws(SystemCallError) -> Descriptor {
            var (index, lookup, code) = (CInt(0), CInt(0), EHOSTUNREACH)
            while true {
                let result = unsafe cmachine_internet_socket(host, port, 0, index, &lookup)
                if result >= 0 { return Descriptor(owning: CInt(result)) }
                guard lookup == 0 else {
                    throw SystemCallError(
                        call: "\(host): \(unsafe String(cString: cmachine_lookup_reason(lookup)))", code: EHOSTUNREACH)
                }
                guard result != -Int(ENXIO) else { throw SystemCallError(call: "connect", code: code) }
                code = CInt(-result)
                index += 1
            }
        }
    }
}
