// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Configuration

@Suite("Options of the command line")
struct OptionTests {
    private func result<Value>(_ read: () throws -> Value) -> Result<Value, OptionRefusal> {
        do {
            return .success(try read())
        } catch {
            return .failure(OptionRefusal(message: "\(error)"))
        }
    }

    static func rawDisk(_ path: String) -> DiskConfiguration {
        DiskConfiguration(source: .path(path), format: .raw)
    }

    static let disks: [OptionCase<DiskConfiguration>] = [
        OptionCase("d.img,format=raw", rawDisk("d.img")), OptionCase("path=d.img,format=raw", rawDisk("d.img")),
        OptionCase("format=raw,path=d.img", rawDisk("d.img")), OptionCase("a,,b,format=raw", rawDisk("a,b")),
        OptionCase("a,,,format=raw", rawDisk("a,")), OptionCase("/srv/a=b.img,format=raw", rawDisk("/srv/a=b.img")),
        OptionCase("d,format=raw,readonly=off", rawDisk("d")),
        OptionCase(
            "d,format=raw,readonly,serial=x y,queues=3",
            DiskConfiguration(source: .path("d"), format: .raw, readOnly: true, serial: "x y", queueCount: 3)),
        OptionCase(
            "d.img",
            refused: "--disk 'd.img': no format given; write format=raw or format=qcow2; \(DocumentTests.guess)"),
        OptionCase(
            "d,format=vmdk",
            refused: "--disk 'd,format=vmdk': format=vmdk; "
                + "convert it: apus image convert -O qcow2 IN OUT, then give OUT,format=qcow2"),
        OptionCase("d,format=qcow2", DiskConfiguration(source: .path("d"), format: .qcow2)),
        OptionCase("d,format=rwa", refused: "--disk 'd,format=rwa': format=rwa; did you mean 'raw'?"),
        OptionCase("d,frmat=raw", refused: "--disk 'd,frmat=raw': the unknown key 'frmat'; did you mean 'format'?"),
        OptionCase(
            "d,format=raw,read-only",
            refused: "--disk 'd,format=raw,read-only': the unknown key 'read-only'; did you mean 'readonly'?"),
        OptionCase(
            "d,format=raw,x=1",
            refused: "--disk 'd,format=raw,x=1': the unknown key 'x'; "
                + "known are path, format, readonly, serial, queues, bootindex, throttling.LIMIT"),
        OptionCase(
            "d,format=raw,throttling.iops-totl=1",
            refused: "--disk 'd,format=raw,throttling.iops-totl=1': the unknown key 'throttling.iops-totl'; "
                + "did you mean 'throttling.iops-total'?"),
        OptionCase(
            "d,format=raw,serial", refused: "--disk 'd,format=raw,serial': serial has no value; write serial=VALUE"),
        OptionCase(
            "d,format=raw,format=raw", refused: "--disk 'd,format=raw,format=raw': format is given twice; give it once"),
        OptionCase("d,path=e,format=raw", refused: "--disk 'd,path=e,format=raw': path is given twice; give it once"),
        OptionCase("format=raw", refused: "--disk 'format=raw': no path; write path=PATH or the path alone in front"),
        OptionCase("", refused: "--disk '': an empty part; double a comma that belongs to a value"),
        OptionCase("d,", refused: "--disk 'd,': an empty part; double a comma that belongs to a value"),
        OptionCase(
            "d,format=raw,readonly=maybe",
            refused: "--disk 'd,format=raw,readonly=maybe': readonly=maybe; "
                + "write readonly, readonly=on or readonly=off"),
        OptionCase(
            "d,format=raw,queues=two", refused: "--disk 'd,format=raw,queues=two': queues=two; write queues=NUMBER"),
    ]

    @Test("--disk", arguments: disks)
    func disk(_ option: OptionCase<DiskConfiguration>) {
        #expect(result { try DiskConfiguration(option: option.text) } == option.expected)
    }

    static let networks: [OptionCase<NetworkConfiguration>] = [
        OptionCase("user", .init(attachment: .user())), OptionCase("none", .init(attachment: .none)),
        OptionCase("tap=vm0", .init(attachment: .tap(name: "vm0"))),
        OptionCase(
            "mac=02:00:00:00:00:01,tap=vm0",
            .init(attachment: .tap(name: "vm0"), mac: MACAddress(rawValue: 0x0200_0000_0001))),
        OptionCase("tap=vm0,queues=4,mtu=9000,vhost,cpus=2-3+6", card { _ in }),
        OptionCase("tap=vm0,queues=4,mtu=9000,vhost=on,cpus=6+2-3+3", card { _ in }),
        OptionCase("tap=vm0,queues=4,mtu=9000,vhost=off,cpus=2-3,,6", card { $0.vhost = false }),
        OptionCase("tap=vm0,queues=4,mtu=9000,vhost,cpus=follow", card { $0.processors = .follow }),
        OptionCase("tap=vm0,queues=x", refused: "--net 'tap=vm0,queues=x': queues=x; write queues=NUMBER"),
        OptionCase("tap=vm0,cpus=3-2", refused: remark("3-2")), OptionCase("tap=vm0,cpus=1+", refused: remark("1+")),
        OptionCase("tap=vm0,cpus=1-2-3", refused: remark("1-2-3")),
        OptionCase("tap=vm0,cpus=-1", refused: remark("-1")), OptionCase("tap=vm0,cpus=1024", refused: remark("1024")),
        OptionCase("tap", refused: "--net 'tap': tap has no value; write tap=VALUE"),
        OptionCase("usr", refused: "--net 'usr': the unknown key 'usr'; did you mean 'user'?"),
        OptionCase("user,tap=a", refused: "--net 'user,tap=a': tap and user; write one of tap=NAME, user and none"),
        OptionCase(
            "mac=02:00:00:00:00:01",
            refused: "--net 'mac=02:00:00:00:00:01': nothing to connect to; "
                + "write one of tap=NAME, user and none"),
        OptionCase("user=1", refused: "--net 'user=1': user=1; write user without a value"),
        OptionCase(
            "user,mac=1",
            refused: "--net 'user,mac=1': mac=1; "
                + "write six pairs of hexadecimal digits, such as 52:54:00:12:34:56"),
    ]

    private static func card(_ change: (inout NetworkConfiguration) -> Void) -> NetworkConfiguration {
        var network = NetworkConfiguration(attachment: .tap(name: "vm0"))
        network.queueCount = 4
        network.mtu = 9000
        network.vhost = true
        network.processors = .fixed([2, 3, 6])
        change(&network)
        return network
    }

    private static func remark(_ list: String) -> String {
        "--net 'tap=vm0,cpus=\(list)': cpus=\(list); write processors such as 2-3 or 2+6-7, or follow"
    }

    @Test("--net", arguments: networks)
    func network(_ option: OptionCase<NetworkConfiguration>) {
        #expect(result { try NetworkConfiguration(option: option.text) } == option.expected)
    }

    static let consoles: [OptionCase<ConsoleConfiguration>] = [
        OptionCase("tty", .terminal), OptionCase("file=/tmp/a,,b", .file(.path("/tmp/a,b"))),
        OptionCase("socket=s", .socket(.path("s"))),
        OptionCase("fil=a", refused: "--console 'fil=a': the unknown key 'fil'; did you mean 'file'?"),
        OptionCase(
            "tty,file=a", refused: "--console 'tty,file=a': tty and file; write one of tty, file=PATH and socket=PATH"),
    ]

    @Test("--console", arguments: consoles)
    func console(_ option: OptionCase<ConsoleConfiguration>) {
        #expect(result { try ConsoleConfiguration(option: option.text) } == option.expected)
    }

    static let balloons: [OptionCase<BalloonConfiguration>] = [
        OptionCase("on", .init()), OptionCase("deflate-on-oom", .init(deflateOnOOM: true)),
        OptionCase(
            "on,deflate-on-oom=on,free-page-reporting", .init(deflateOnOOM: true, freePageReporting: true)),
        OptionCase("free-page-reporting=off,deflate-on-oom=off", .init()),
        OptionCase(
            "on=off", refused: "--balloon 'on=off': on has a value; write on alone; without --balloon there is none"),
        OptionCase(
            "off",
            refused: "--balloon 'off': the unknown key 'off'; known are on, deflate-on-oom, free-page-reporting"),
        OptionCase(
            "deflate-on-oom=1",
            refused: "--balloon 'deflate-on-oom=1': deflate-on-oom=1; "
                + "write deflate-on-oom, deflate-on-oom=on or deflate-on-oom=off"),
    ]

    @Test("--balloon", arguments: balloons)
    func balloon(_ option: OptionCase<BalloonConfiguration>) {
        #expect(result { try BalloonConfiguration(option: option.text) } == option.expected)
    }

    static let fileSystems: [OptionCase<FileSystemConfiguration>] = [
        OptionCase("w=/srv", .init(tag: "w", source: .path("/srv"))),
        OptionCase("w=/srv/a=b,,c,cache=none", .init(tag: "w", source: .path("/srv/a=b,c"), cache: .none)),
        OptionCase("/srv", refused: "--virtiofs '/srv': no tag and folder; write TAG=FOLDER in front"),
        OptionCase("w=", refused: "--virtiofs 'w=': no tag and folder; write TAG=FOLDER in front"),
        OptionCase("=/srv", refused: "--virtiofs '=/srv': no tag and folder; write TAG=FOLDER in front"),
        OptionCase(
            "w=/srv,cache=some",
            refused: "--virtiofs 'w=/srv,cache=some': cache=some; write cache=none, cache=auto or cache=always"),
    ]

    @Test("--virtiofs", arguments: fileSystems)
    func fileSystem(_ option: OptionCase<FileSystemConfiguration>) {
        #expect(result { try FileSystemConfiguration(option: option.text) } == option.expected)
    }

    static let channels: [OptionCase<ChannelConfiguration>] = [
        OptionCase("name=a.0,socket=s", .init(name: "a.0", socket: .path("s"))),
        OptionCase("name=a", refused: "--channel 'name=a': no socket; write socket=PATH"),
        OptionCase(
            "socket=a", refused: "--channel 'socket=a': no name; write name=org.qemu.guest_agent.0 or another name"),
    ]

    @Test("--channel", arguments: channels)
    func channel(_ option: OptionCase<ChannelConfiguration>) {
        #expect(result { try ChannelConfiguration(option: option.text) } == option.expected)
    }

    static let processors: [OptionCase<ProcessorConfiguration>] = [
        OptionCase("4", .init(count: 4)),
        OptionCase("4,threads=2", .init(count: 4, topology: .init(sockets: 1, cores: 2, threads: 2))),
        OptionCase("four", refused: "--cpus 'four': count=four; write count=NUMBER"),
    ]

    @Test("--cpus", arguments: processors)
    func cpus(_ option: OptionCase<ProcessorConfiguration>) {
        #expect(result { try ProcessorConfiguration(option: option.text) } == option.expected)
    }

    static let sizes: [OptionCase<UInt64>] = [
        OptionCase("512", 512 << 20), OptionCase("512M", 512 << 20), OptionCase("2g", 2 << 30),
        OptionCase("1T", 1 << 40), OptionCase("64K", 64 << 10), OptionCase("1GiB", 1 << 30),
        OptionCase(
            "1.5G", refused: "--memory '1.5G': it is not a size; write a whole number and K, M, G or T, such as 512M"),
        OptionCase("M", refused: "--memory 'M': it is not a size; write a whole number and K, M, G or T, such as 512M"),
        OptionCase(
            "-1", refused: "--memory '-1': it is not a size; write a whole number and K, M, G or T, such as 512M"),
        OptionCase("16777216T", refused: "--memory '16777216T': more than 63 bits of bytes; write less"),
        OptionCase(
            "99999999999999999999",
            refused: "--memory '99999999999999999999': more than 63 bits of bytes; write less"),
    ]

    @Test("--memory", arguments: sizes)
    func memory(_ option: OptionCase<UInt64>) {
        #expect(result { try MemoryConfiguration(option: option.text).byteCount } == option.expected)
    }

    @Test("the nearest name is found, and none when none is near")
    func nearestNames() {
        let names = ["kernel", "initrd", "append", "memory", "cpus", "name"]
        #expect(nearest(to: "kernal", in: names) == "kernel")
        #expect(nearest(to: "Memroy", in: names) == "memory")
        #expect(nearest(to: "inird", in: names) == "initrd")
        #expect(nearest(to: "cpu", in: names) == "cpus")
        #expect(nearest(to: "nmae", in: names) == "name")
        #expect(nearest(to: "frobnicate", in: names) == nil)
        #expect(nearest(to: "", in: names) == nil)
        #expect(nearest(to: String(repeating: "x", count: 1000), in: names) == nil)
    }

    @Test("hostile text in a message stays one short line")
    func quotation() {
        #expect(quoted("a\u{1B}[31m\nb") == "'a?[31m?b'")
        #expect(quoted(String(repeating: "x", count: 500)).count == 83)
    }
}
