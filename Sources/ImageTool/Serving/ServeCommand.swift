// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import DiskImage
internal import Glibc
internal import Host
internal import NBD

/// `apus image serve`: images as exports of an NBD server, until a signal or the last client ends it.
package struct ServeCommand {
    /// An image, and what it is offered as.
    package struct Export: Sendable {
        package var image: ImageReference
        package var name = ""
        package var description = ""
        package var isReadOnly = false
        /// The dirty bitmaps that are told.
        package var bitmaps: [String] = []

        package init(_ image: ImageReference) { self.image = image }
    }

    package struct Settings: Sendable {
        package var place = ServingPlace.internet(host: "127.0.0.1", port: "10809")
        /// Clients at a time; 0 for as many as come (`-e`).
        package var maximumClientCount = 1
        /// It goes on when the last client has left (`-t`).
        package var isPersistent = false
        package var credentials: TLSCredentials?
        /// A file for the number of the process.
        package var processFile: String?
        /// It goes on in the background once clients can connect.
        package var isDetached = false
        /// Clients that leave in order are told too.
        package var isVerbose = false

        package init() {}
    }

    private let exports: [Export]
    private let settings: Settings
    private static let maximumExportCount = 256

    package init(_ exports: [Export], _ settings: Settings) throws(ToolProblem) {
        self.exports = exports
        self.settings = settings
        guard !exports.isEmpty, exports.count <= Self.maximumExportCount else {
            throw ToolProblem(
                nil, found: "a server has 1 to \(Self.maximumExportCount) exports, not \(exports.count)",
                remedy: "name an image, or several with --export NAME=PATH")
        }
        var names: Set<String> = []
        for export in exports {
            guard names.insert(export.name).inserted else {
                throw ToolProblem(
                    "export '\(export.name)'", found: "there are two of that name", remedy: "give each its own")
            }
            guard max(export.name.utf8.count, export.description.utf8.count) <= NBDLimits.maximumNameLength else {
                throw ToolProblem(
                    "export '\(export.name)'",
                    found: "names and descriptions have at most \(NBDLimits.maximumNameLength) bytes")
            }
        }
    }

    package func run(_ session: ToolSession) throws(ToolProblem) -> Int32 {
        let background = settings.isDetached ? try Background() : nil
        let opener = ImageOpener(session: session, probing: .refused)
        var images: [OpenImage] = []
        for export in exports { images.append(try opener.open(export.image, isReadOnly: export.isReadOnly)) }
        do throws(ToolProblem) {
            try serve(images, session, background)
        } catch {
            for image in images { try? Self.close(image) }
            throw error
        }
        var problem: ToolProblem?
        for image in images {
            do throws(ToolProblem) { try Self.close(image) } catch { problem = problem ?? error }
        }
        if let problem { throw problem }
        return 0
    }

    private static func close(_ image: OpenImage) throws(ToolProblem) {
        if !image.node.isReadOnly { try ImageMaker.close(image.node, image.path, isDurable: true) }
    }

    private func serve(
        _ images: [OpenImage], _ session: ToolSession, _ background: Background?
    ) throws(ToolProblem) {
        var offered: [NBDExport] = []
        for (export, image) in zip(exports, images) { offered.append(try offer(export, image)) }
        let serverSettings = try serverSettings(session)
        let sockets = try ListeningSockets(at: settings.place)
        let processFile = try settings.processFile.map { path throws(ToolProblem) in try ProcessFile(path) }
        defer { processFile?.remove() }
        do throws(SystemCallError) {
            let server = try NBDServer(offered, ending: session.signalDescriptor, serverSettings)
            try sockets.handOver { descriptor throws(SystemCallError) in try server.listen(descriptor) }
            announce(sockets, session)
            background?.finishStart(keepsErrors: settings.isVerbose)
            try server.run()
        } catch {
            throw ToolProblem("serve", error)
        }
        session.takeSignal()
        _ = consume sockets
    }

    private func offer(_ export: Export, _ image: OpenImage) throws(ToolProblem) -> NBDExport {
        var settings = NBDExport.Settings()
        settings.name = export.name
        settings.description = export.description
        settings.isReadOnly = export.isReadOnly
        settings.admitsSeveral = self.settings.maximumClientCount != 1
        var bitmaps: [(name: String, map: any DirtyMap)] = []
        for name in export.bitmaps { bitmaps.append((name, try BitmapMap(of: image, named: name))) }
        return NBDExport(image.node, settings, bitmaps: bitmaps)
    }

    private func serverSettings(_ session: ToolSession) throws(ToolProblem) -> NBDServer.Settings {
        var result = NBDServer.Settings()
        result.maximumClientCount = settings.maximumClientCount
        result.isPersistent = settings.isPersistent
        result.security = try settings.credentials.map { credentials throws(ToolProblem) in
            try ConnectionSecurity(serving: credentials)
        }
        let isVerbose = settings.isVerbose
        result.clientDidEnd = { error in
            if let error {
                session.console.remark("a client was sent away: \(error)")
            } else if isVerbose {
                session.console.remark("a client has left")
            }
        }
        return result
    }

    private func announce(_ sockets: ListeningSockets, _ session: ToolSession) {
        for export in exports {
            let address = sockets.address(of: export.name, isSecure: settings.credentials != nil)
            session.console.remark("serving \(address)")
        }
    }
}
