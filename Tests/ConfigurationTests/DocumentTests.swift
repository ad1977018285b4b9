// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

@testable import Configuration

@Suite("Configuration documents")
struct DocumentTests {
    @Test(
        "a configuration is what reading its document makes",
        arguments: [Samples.launcher, Samples.machine, Samples.least])
    func roundTrip(_ machine: MachineConfiguration) throws {
        #expect(try MachineConfiguration(json: machine.json) == machine)
        #expect(try MachineConfiguration(json: JSONValue(parsing: machine.json.bytes())) == machine)
    }

    @Test("what runs has no problems")
    func noProblems() throws {
        #expect(Samples.launcher.problems(for: .launcher) == [])
        #expect(Samples.least.problems(for: .launcher) == [])
        #expect(Samples.machine.problems(for: .machine) == [])
        #expect(try MachineConfiguration(document: Samples.machine.json.bytes(), for: .machine) == Samples.machine)
    }

    /// A document and the lines that refuse it.
    struct Refusal: CustomTestStringConvertible {
        let text: String
        let messages: [String]

        init(_ text: String, _ messages: String...) {
            self.text = text
            self.messages = messages
        }

        var testDescription: String { text }
    }

    static let guess = "it is never guessed, because a guest can write the signature of another format into its disk"

    static let refusals: [Refusal] = [
        Refusal("[]", "configuration: an array; write an object"),
        Refusal("{", "configuration: it is not JSON: byte 1: the text ends too early; correct the text there"),
        Refusal(
            #"{"boot": {"kernel": "k"}, "boot": 1}"#,
            "configuration: it is not JSON: byte 35: the key 'boot' comes twice in one object; correct the text there"),
        Refusal("{}", #"boot: it is not given; write {"kernel": "PATH"} or {"firmware": {"kind": "bios"}}"#),
        Refusal(
            #"{"boot": {"kernal": "k"}, "nmae": "x", "zzz": 1}"#,
            "nmae: an unknown key; did you mean 'name'?",
            "zzz: an unknown key; known are name, processors, memory, boot, disks, imageFolders, networks, console, "
                + "channels, shares, monitor, debugExit, entropy, panicDevice, balloon, fileSystems, kvm, seed",
            "boot.kernal: an unknown key; did you mean 'kernel'?",
            "boot.kernel: it is not given; write the path of the kernel's image, or a firmware"),
        Refusal(
            #"{"boot": {"kernel": "k"}, "disks": [{"source": "a", "format": "raw"}, {"source": "b"}]}"#,
            "disks[1].format: no format given; write \"format\": \"raw\" or \"qcow2\"; \(guess)"),
        Refusal(
            #"{"boot": {"kernel": "k"}, "disks": [{"source": "a", "format": "rwa"}, {"source": 7, "format": "vmdk"}]}"#,
            "disks[0].format: 'rwa'; did you mean 'raw'?",
            #"disks[1].source: a number; write a path as a string, or {"descriptor": NUMBER}"#,
            "disks[1].format: 'vmdk'; convert it: apus image convert -O qcow2 IN OUT, then give OUT with "
                + "\"format\": \"qcow2\""),
        Refusal(
            #"{"boot": {"kernel": "k"}, "disks": [{"source": "a", "format": "qcow2", "backing": [{"path": "b"}]}]}"#,
            "disks[0].backing[0].path: an unknown key; known are source, format, dataFile",
            "disks[0].backing[0].source: it is not given; write the path of the image",
            "disks[0].backing[0].format: no format given; write \"format\": \"raw\" or \"qcow2\"; \(guess)"),
        Refusal(
            #"{"boot": {"kernel": {"descriptor": "3"}}, "processors": {"count": 1.5}, "memory": {"byteCount": -1}}"#,
            "processors.count: the number 1.5; write an integer",
            "memory.byteCount: the number -1; write an integer that is not negative",
            "boot.kernel.descriptor: a string; write the number of a descriptor"),
        Refusal(
            #"{"boot": {"kernel": "k"}, "disks": {}, "entropy": 1, "console": {"kind": "tty"}, "networks": [3]}"#,
            "disks: an object; write an array", "networks[0]: a number; write an object",
            "console.kind: 'tty'; use terminal, streams, file or socket", "entropy: the number 1; write true or false"),
        Refusal(
            #"{"boot": {"kernel": "k"}, "networks": [{"kind": "user", "name": "t"}, {"kind": "none", "mac": "x"}]}"#,
            "networks[0].name: an unknown key; known are kind, mac, mtu, processors, startEvent, "
                + "descriptor",
            "networks[1].mac: 'x'; write six pairs of hexadecimal digits, such as 52:54:00:12:34:56"),
        Refusal(
            #"{"boot": {"kernel": "k", "initrd": null}, "channels": [{"socket": "s"}], "processors": {}}"#,
            "processors.count: it is not given; write the number of vCPUs",
            #"boot.initrd: null; write a path as a string, or {"descriptor": NUMBER}"#,
            #"channels[0].name: it is not given; write a name such as "org.qemu.guest_agent.0""#),
    ]

    @Test("a document with mistakes is refused with all of them", arguments: refusals)
    func refuses(_ refusal: Refusal) {
        let error = #expect(throws: ConfigurationErrors.self) {
            try MachineConfiguration(document: Array(refusal.text.utf8), for: .launcher)
        }

        #expect(error?.errors.map(\.description) == refusal.messages)
    }

    @Test("a document with one byte changed is read or refused", arguments: 0..<30)
    func mutations(round: Int) {
        let seed = UInt64.random(in: 0 ... .max)
        var state = seed
        var bytes = Samples.launcher.json.bytes()
        for _ in 0..<3 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 25)
        }

        do throws(ConfigurationErrors) {
            let machine = try MachineConfiguration(document: bytes, for: .launcher)
            #expect(machine.problems(for: .launcher).isEmpty, "seed \(seed)")
        } catch {
            #expect(!error.errors.isEmpty, "seed \(seed)")
        }
    }
}
