// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Host
internal import LabWire

/// The first process of L1: sets the lab up, runs one command and reports.
enum Agent {
    static func run() throws(AgentError) {
        try FileSystems.mountInitial()
        let modules = try Modules(folder: "/modules")
        try modules.load("early")
        try serve(try Ports(), modules)
    }

    private static func serve(_ ports: consuming Ports, _ modules: Modules) throws(AgentError) {
        let control = try duplicate(ports.control)
        do throws(AgentError) {
            var session = try prepare(ports, modules)
            try session.run()
        } catch {
            try? Reporting.send(.failed(status: error.status, reason: error.description), on: control)
            throw error
        }
        // The host ends this machine once it has everything.
        while true { pause() }
    }

    private static func prepare(_ ports: consuming Ports, _ modules: Modules) throws(AgentError) -> Session {
        let job = try order(from: ports.control)
        // kvm takes as long to load as all else together, and nothing before the command needs it.
        let outcome = Outcome()
        let loader: NamedThread
        do {
            loader = try NamedThread(name: "kvm modules") {
                do throws(AgentError) { try modules.load("kvm") } catch { outcome.fail(error) }
            }
        } catch {
            throw AgentError(error.description)
        }
        do throws(AgentError) {
            try enter(job, modules)
        } catch {
            loader.join()
            throw error
        }
        loader.join()
        try outcome.check()
        FileSystems.openDevices()
        return try Session(job, ports: ports)
    }

    private static func enter(_ job: Job, _ modules: Modules) throws(AgentError) {
        if job.hasScratchDisk || !job.disks.isEmpty { try modules.load("scratch") }
        let busybox: [UInt8]
        do throws(SystemCallError) {
            let file = try Descriptor(path: "/bin/busybox", flags: O_RDONLY)
            busybox = try file.read(at: 0, count: Int(try file.status().byteCount))
        } catch {
            throw AgentError(error.description)
        }
        let release = Kernel.release
        try FileSystems.enterHostRoot()
        try FileSystems.furnish(job)
        try Disks.place(job.disks)
        try FileSystems.provideModules(job, release: release, busybox: busybox)
        try modules.load("network")
        try Network.bringUp()
        unsafe sethostname("apus-lab", 8)
        guard unsafe chdir(job.workingDirectory) == 0 else {
            throw AgentError.system("the working directory \(job.workingDirectory) is not visible in the lab")
        }
    }

    /// Waits for the first order.
    private static func order(from port: borrowing Descriptor) throws(AgentError) -> Job {
        var reader = FrameReader()
        while true {
            var watched = pollfd(fd: port.borrowed, events: Int16(POLLIN), revents: 0)
            _ = unsafe poll(&watched, 1, -1)
            do {
                guard let bytes = try port.read(upTo: 65536) else { continue }
                reader.append(bytes)
                guard let (kind, payload) = try reader.next() else { continue }
                if case .start(let job) = try LabOrder(kind: kind, payload: payload) { return job }
            } catch {
                throw AgentError("control port: \(error)")
            }
        }
    }

    private static func duplicate(_ port: borrowing Descriptor) throws(AgentError) -> Descriptor {
        do { return try port.duplicate() } catch { throw AgentError(error.description) }
    }
}
