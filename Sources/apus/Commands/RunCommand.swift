// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Configuration
internal import GuestKit
internal import Launcher

/// `apus run`: starts one machine and stays with it until it ends.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a virtual machine until it powers off.",
        usage: """
            apus run --disk PATH,format=raw|qcow2 [--firmware bios|uefi|PATH] [OPTION...]
            apus run --kernel PATH [--initrd PATH] [--append TEXT] [OPTION...]
            apus run --config PATH
            """,
        discussion: """
            Starts a new machine from its disks, by a firmware as a PC does, or with a kernel that is given. On a \
            terminal the machine's console has that terminal: every key goes to the guest, and Ctrl-] twice ends the \
            machine. SIGTERM and SIGINT press the power button, a second one ends the machine.

            Where KVM cannot run a stock kernel the machine runs in the lab (see apus lab), and a line says so and \
            what is lost with it; sockets, TAP interfaces and huge pages need KVM on this host. APUS_KVM=here in the \
            environment forbids the lab.

            Examples:
              apus run --disk debian.img,format=raw --memory 1G
              apus run --disk debian.qcow2,format=qcow2 --image-folder /srv/base
              apus run --disk debian.img,format=raw --firmware uefi,variables=debian.vars
              apus run --kernel vmlinuz --initrd initrd.img --append console=ttyS0
              apus run --kernel vmlinuz --initrd initrd.img \\
                --append 'console=ttyS0 root=/dev/vda1' \\
                --memory 1G --cpus 2 --disk debian.img,format=raw --net user
              apus run --kernel vmlinuz --initrd initrd.img \\
                --append console=ttyS0 --net tap=tap0 \\
                --disk a.img,format=raw,readonly,serial=A1 \\
                --console socket=console.sock --qmp qmp.sock
              socat -,raw,echo=0,escape=0x1d UNIX-CONNECT:console.sock
              apus run --disk debian.img,format=raw --hugepages \\
                --channel name=org.qemu.guest_agent.0,socket=agent.sock
              apus agent agent.sock info
              apus run --name web --disk cloud.img,format=raw --mergeable \\
                --user-data user-data.yaml --network-config network.yaml
              sudo ip tuntap add dev tap1 mode tap multi_queue user "$USER"
              apus run --kernel vmlinuz --initrd initrd.img --cpus 4 \\
                --append console=ttyS0 --net tap=tap1,queues=4,vhost=on,mtu=9000
              apus run --kernel vmlinuz --initrd initrd.img --append console=ttyS0 \\
                --qmp qmp.sock --balloon deflate-on-oom,free-page-reporting
              sudo apus run --kernel vmlinuz --initrd initrd.img --append console=ttyS0 \\
                --virtiofs work=/srv/work,cache=auto
              apus run --kernel vmlinuz --initrd initrd.img --append console=ttyS0 \\
                --share home=/srv/home,readonly
                (in the guest: mount -t 9p -o trans=virtio,version=9p2000.L home /mnt)
              apus run --config machine.json

            The exit status is 0 when the guest powered off, 64 for a command line that cannot be understood, 65 for \
            a kernel, disk or configuration that cannot be used, 69 where the host cannot run the machine, 70 where \
            Apus failed, 71 after a panic of the guest, 72 after a triple fault, 73 where KVM could not go on, 75 \
            where the machine was ended from outside, 128 and the signal's number where a signal ended its process, \
            and 125 where the lab failed. With --debug-exit a guest that writes V to port 0xf4 makes it 2 × V + 1.
            """)

    // Arrays, so that an option that comes twice is seen: the parser would take the last.

    @Option(help: ArgumentHelp("The kernel: a bzImage or an ELF file.", valueName: "path"))
    var kernel: [String] = []

    @Option(help: ArgumentHelp("The initial RAM disk.", valueName: "path"))
    var initrd: [String] = []

    @Option(parsing: .unconditionalSingleValue, help: ArgumentHelp("The kernel's command line.", valueName: "text"))
    var append: [String] = []

    @Option(
        help: ArgumentHelp(
            "The firmware, where there is no kernel: bios, uefi or PATH, the latter two with ,variables=PATH if wanted "
                + "(default: bios).", valueName: "firmware"))
    var firmware: [String] = []

    @Option(help: ArgumentHelp("Memory, such as 512M or 2G (default: 512M).", valueName: "size"))
    var memory: [String] = []

    @Option(
        help: ArgumentHelp(
            "vCPUs, such as 2 or 8,sockets=2,cores=2,threads=2 (default: 1).", valueName: "n"))
    var cpus: [String] = []

    @Option(
        help: ArgumentHelp(
            "A disk: PATH,format=raw|qcow2[,readonly][,serial=TEXT][,queues=N][,bootindex=N]; may be repeated. The "
                + "backing images of a qcow2 image are those that its header names. QEMU's limits may follow, such as "
                + "throttling.iops-total=N.",
            valueName: "disk"))
    var disk: [String] = []

    @Option(
        help: ArgumentHelp(
            "A folder in which the headers of images may name backing images and data files, beside the folder of the "
                + "disk's own image; may be repeated.",
            valueName: "path"))
    var imageFolder: [String] = []

    @Option(
        help: ArgumentHelp(
            "A network card: tap=NAME[,queues=N][,vhost=on], user or none, each with ,mac=ADDRESS, ,mtu=N and "
                + ",cpus=2-3 or ,cpus=follow if wanted; may be repeated. vhost has the kernel move the frames. Two "
                + "machines on one network need different names (--name) or addresses: the default address follows "
                + "from the name.",
            valueName: "net"))
    var net: [String] = []

    @Option(help: ArgumentHelp("The console: tty, file=PATH or socket=PATH (default: tty).", valueName: "console"))
    var console: [String] = []

    @Option(
        help: ArgumentHelp(
            "A port of virtio-console: name=NAME,socket=PATH; may be repeated.", valueName: "channel"))
    var channel: [String] = []

    @Option(
        help: ArgumentHelp(
            "A folder for the guest by virtio-fs: TAG=FOLDER[,cache=none|auto|always]; may be repeated. The guest "
                + "mounts it with mount -t virtiofs TAG PLACE.", valueName: "share"))
    var virtiofs: [String] = []

    @Option(
        help: ArgumentHelp(
            "A directory of the host for the guest to mount (9p): "
                + "TAG=DIR[,readonly][,owners=passthrough|mapped|squash]; may be repeated. Owners are the host's "
                + "(passthrough, root's default), kept in extended attributes (mapped), or all yours (squash, "
                + "everybody else's default).",
            valueName: "share"))
    var share: [String] = []

    @Option(help: ArgumentHelp("The socket of the monitor (QMP).", valueName: "path"))
    var qmp: [String] = []

    @Option(
        help: ArgumentHelp(
            "A balloon, by which the monitor takes memory from the guest: on, deflate-on-oom, free-page-reporting, or "
                + "both with a comma (default: none).", valueName: "balloon"))
    var balloon: [String] = []

    @Option(help: ArgumentHelp("What the machine is called (default: apus).", valueName: "text"))
    var name: [String] = []

    @Option(
        help: ArgumentHelp(
            "A file for cloud-init in the guest (NoCloud), such as #cloud-config: on a disk labelled cidata, the last.",
            valueName: "path"))
    var userData: [String] = []

    @Option(help: ArgumentHelp("cloud-init's meta-data, instead of one with the machine's name.", valueName: "path"))
    var metaData: [String] = []

    @Option(help: ArgumentHelp("cloud-init's network configuration.", valueName: "path"))
    var networkConfig: [String] = []

    @Flag(help: "Take the memory from huge pages of 2 MiB.")
    var hugepages = false

    @Flag(help: "Let the kernel share equal pages between machines (KSM).")
    var mergeable = false

    @Flag(help: "Let the guest end the machine by a write to port 0xf4.")
    var debugExit = false

    @Option(
        help: ArgumentHelp("A JSON document that describes the machine, instead of all the above.", valueName: "path"))
    var config: [String] = []

    func run() throws {
        let status: Int32
        do throws(LaunchProblems) {
            let machine = try request.configuration()
            status = try Self.start(machine)
        } catch {
            for problem in error.problems { Progress().say("run: \(problem)") }
            throw ArgumentParser.ExitCode(error.exitStatus)
        }
        if status != 0 { throw ArgumentParser.ExitCode(status) }
    }

    private static func start(_ machine: MachineConfiguration) throws(LaunchProblems) -> Int32 {
        if let status = try RunInLab.execute(machine) { return status }
        return try Launcher.run(machine)
    }

    private var request: LaunchRequest {
        var request = LaunchRequest()
        request.take(config, of: "--config", \.document)
        request.take(kernel, of: "--kernel", \.kernel)
        request.take(initrd, of: "--initrd", \.initrd)
        request.take(append, of: "--append", \.commandLine)
        request.take(firmware, of: "--firmware", \.firmware)
        request.take(memory, of: "--memory", \.memory)
        request.take(cpus, of: "--cpus", \.processors)
        request.disks = disk
        request.imageFolders = imageFolder
        request.networks = net
        request.take(console, of: "--console", \.console)
        request.channels = channel
        request.shares = share
        request.take(qmp, of: "--qmp", \.monitor)
        request.fileSystems = virtiofs
        request.take(balloon, of: "--balloon", \.balloon)
        request.take(name, of: "--name", \.name)
        request.take(userData, of: "--user-data", \.userData)
        request.take(metaData, of: "--meta-data", \.metaData)
        request.take(networkConfig, of: "--network-config", \.networkConfiguration)
        request.hugePages = hugepages
        request.mergeable = mergeable
        request.debugExit = debugExit
        return request
    }
}
