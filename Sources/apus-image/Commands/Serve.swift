// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import ImageTool

/// `apus image serve`.
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Offer images to NBD clients.",
        discussion: """
            Options are qemu-nbd's. Several images are offered with --export, each under its own name.

            Examples:
              apus image serve -t -k /run/disk.sock -f raw disk.img
              apus image serve -r -f qcow2 -x disk --bind 192.0.2.1 --tls-creds /etc/pki/apus disk.qcow2
              apus image serve -t -e 8 -k disks.sock --export a=a.img,format=raw --export b=b.qcow2,format=qcow2,readonly
              qemu-img convert -O raw 'nbd+unix:///a?socket=disks.sock' copy.img
            """)

    @Option(
        name: .customShort("f", allowingJoined: true),
        help: ArgumentHelp("The image's format: raw, qcow2 or vmdk.", valueName: "format"))
    var format: String?

    @Flag(name: [.customShort("r"), .customLong("read-only")], help: "Clients may only read.")
    var readOnly = false

    @Option(
        name: [.customShort("x", allowingJoined: true), .customLong("export-name")],
        help: ArgumentHelp("The export's name (default: empty).", valueName: "name"))
    var exportName = ""

    @Option(
        name: [.customShort("D", allowingJoined: true), .long],
        help: ArgumentHelp("What clients are told of the export.", valueName: "text"))
    var description = ""

    @Option(
        name: [.customShort("B", allowingJoined: true), .long],
        help: ArgumentHelp("Tell a dirty bitmap of the image as qemu:dirty-bitmap:NAME.", valueName: "name"))
    var bitmap: [String] = []

    @Option(
        name: .customLong("export"),
        help: ArgumentHelp(
            "One more export: NAME=PATH[,format=F][,readonly][,bitmap=NAME][,description=TEXT]; a comma in a value is "
                + "written twice.",
            valueName: "export"))
    var exports: [String] = []

    @Option(
        name: [.customShort("k", allowingJoined: true), .long],
        help: ArgumentHelp("Listen on a socket in the file system.", valueName: "path"))
    var socket: String?

    @Option(
        name: [.customShort("b", allowingJoined: true), .long],
        help: ArgumentHelp("Listen on an address (default: 127.0.0.1).", valueName: "address"))
    var bind: String?

    @Option(
        name: [.customShort("p", allowingJoined: true), .long],
        help: ArgumentHelp("The port (default: 10809); 0 for a free one.", valueName: "port"))
    var port: UInt16?

    @Option(
        name: [.customShort("e", allowingJoined: true), .customLong("shared")],
        help: ArgumentHelp("Clients at a time, 0 for as many as come (default: 1).", valueName: "n"))
    var shared: UInt16 = 1

    @Flag(name: [.customShort("t"), .customLong("persistent")], help: "Go on when the last client has left.")
    var persistent = false

    @Option(
        name: .customLong("tls-creds"),
        help: ArgumentHelp(
            "Speak TLS alone, with ca-cert.pem, server-cert.pem and server-key.pem of a folder.", valueName: "folder"))
    var credentials: String?

    @Option(
        name: .customLong("tls-verify-peer"),
        help: ArgumentHelp("Whether clients must have a certificate: on (the default) or off.", valueName: "on|off"))
    var verifyPeer: String?

    @Option(
        name: .customLong("tls-authz"),
        help: ArgumentHelp("Admit clients whose certificate has this name alone, such as CN=backup.", valueName: "name")
    )
    var authorized: [String] = []

    @Flag(name: .customLong("fork"), help: "Return once clients can connect, and go on in the background.")
    var fork = false

    @Option(
        name: .customLong("pid-file"),
        help: ArgumentHelp("Write the number of the process there.", valueName: "path"))
    var pidFile: String?

    @Flag(name: [.short, .long], help: "Tell when clients leave.")
    var verbose = false

    @Argument(help: ArgumentHelp("The image.", valueName: "path"))
    var path: String?

    func run() throws {
        var settings = ServeCommand.Settings()
        settings.place = try place()
        settings.maximumClientCount = Int(shared)
        settings.isPersistent = persistent
        settings.credentials = try tls()
        settings.processFile = pidFile
        settings.isDetached = fork
        settings.isVerbose = verbose
        try finish(ServeCommand(try offered(), settings).run(ToolSession()))
    }

    private func offered() throws(ToolProblem) -> [ServeCommand.Export] {
        var offered: [ServeCommand.Export] = []
        if let path {
            var export = ServeCommand.Export(ImageReference(path, format: try apus_image.format(format, "-f")))
            export.name = exportName
            export.description = description
            export.isReadOnly = readOnly
            export.bitmaps = bitmap
            offered.append(export)
        } else if !exportName.isEmpty || !description.isEmpty || !bitmap.isEmpty || format != nil {
            throw ToolProblem(
                nil, found: "-x, -D, -B and -f belong to an image that is named without --export",
                remedy: "name it, or write them into --export")
        }
        for text in exports { offered.append(try ServeCommand.Export(parsing: text, isReadOnly: readOnly)) }
        return offered
    }

    private func place() throws(ToolProblem) -> ServingPlace {
        guard let socket else { return .internet(host: bind ?? "127.0.0.1", port: String(port ?? 10809)) }
        guard bind == nil, port == nil else {
            throw ToolProblem("-k", found: "a socket in the file system has no address", remedy: "leave -b and -p out")
        }
        return .unix(path: socket)
    }

    private func tls() throws(ToolProblem) -> TLSCredentials? {
        guard let credentials else {
            if verifyPeer == nil, authorized.isEmpty { return nil }
            throw ToolProblem(
                nil, found: "--tls-verify-peer and --tls-authz say something of TLS", remedy: "add --tls-creds")
        }
        var result = TLSCredentials(folder: credentials)
        switch verifyPeer {
        case nil, "on", "yes": break
        case "off", "no": result.verifiesPeer = false
        default:
            throw ToolProblem(
                "--tls-verify-peer \(verifyPeer ?? "")", found: "it is neither on nor off", remedy: "write on or off")
        }
        result.admittedNames = authorized
        return result
    }
}
