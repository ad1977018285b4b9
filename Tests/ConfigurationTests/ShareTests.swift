// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

@testable import Configuration

@Suite("Shares in options and documents")
struct ShareTests {
    static let options: [OptionCase<ShareConfiguration>] = [
        OptionCase("home=/srv/home", ShareConfiguration(tag: "home", source: .path("/srv/home"))),
        OptionCase("home=path=x=y", ShareConfiguration(tag: "home", source: .path("x=y"))),
        OptionCase("a=/b,,c,readonly", ShareConfiguration(tag: "a", source: .path("/b,c"), readOnly: true)),
        OptionCase(
            "a=/b,owners=mapped,readonly=off", ShareConfiguration(tag: "a", source: .path("/b"), owners: .mapped)),
        OptionCase("/srv/home", refused: "--share '/srv/home': no tag; write TAG=DIR: the guest mounts TAG"),
        OptionCase("=/srv", refused: "--share '=/srv': no tag; write TAG=DIR: the guest mounts TAG"),
        OptionCase("a=", refused: "--share 'a=': an empty part; double a comma that belongs to a value"),
        OptionCase("a=readonly=on", refused: "--share 'a=readonly=on': no directory; write a=DIR"),
        OptionCase(
            "a=/b,owners=maped", refused: "--share 'a=/b,owners=maped': owners=maped; did you mean 'mapped'?"),
        OptionCase(
            "a=/b,owners=mine",
            refused: "--share 'a=/b,owners=mine': owners=mine; use passthrough, mapped or squash"),
        OptionCase(
            "a=/b,read-only", refused: "--share 'a=/b,read-only': the unknown key 'read-only'; did you mean 'readonly'?"
        ),
    ]

    @Test("--share", arguments: options)
    func option(_ option: OptionCase<ShareConfiguration>) {
        let found: Result<ShareConfiguration, OptionRefusal>
        do { found = .success(try ShareConfiguration(option: option.text)) } catch {
            found = .failure(OptionRefusal(message: "\(error)"))
        }
        #expect(found == option.expected)
    }

    private static func machine(_ shares: ShareConfiguration...) -> MachineConfiguration {
        MachineConfiguration(boot: .init(kernel: .path("k")), shares: shares, kvm: .path("/dev/kvm"))
    }

    @Test("writing and reading are inverse")
    func document() throws {
        let machine = Self.machine(
            .init(tag: "a", source: .path("/a"), readOnly: true, owners: .squash),
            .init(tag: "b", source: .descriptor(7)))

        #expect(try MachineConfiguration(json: machine.json) == machine)
    }

    @Test("what a share needs is asked for, and no more is taken")
    func mistakes() {
        let text = #"{"boot": {"kernel": "k"}, "shares": [{"tag": 1, "owner": "x", "owners": "host"}]}"#

        let errors = #expect(throws: ConfigurationErrors.self) {
            try MachineConfiguration(document: Array(text.utf8), for: .launcher)
        }

        #expect(
            errors?.errors.map(\.object) == [
                "shares[0].owner", "shares[0].tag", "shares[0].source", "shares[0].owners",
            ])
    }

    @Test(
        "tags are short, plain and each one's own",
        arguments: ["", "a b", "a,b", "ä", String(repeating: "x", count: 32)])
    func tags(_ tag: String) {
        let machine = Self.machine(.init(tag: tag, source: .path("/a")))

        #expect(machine.problems(for: .launcher).first?.object == "shares[0].tag")
    }

    @Test("two shares have two tags")
    func twice() {
        let machine = Self.machine(.init(tag: "a", source: .path("/a")), .init(tag: "a", source: .path("/b")))

        #expect(machine.problems(for: .launcher).map(\.kind) == [.duplicate])
    }

    @Test("the machine's process is told what becomes of owners")
    func owners() {
        var machine = Self.machine(.init(tag: "a", source: .descriptor(9)))
        machine.boot.kernel = .descriptor(4)
        machine.kvm = .descriptor(5)
        machine.console = .streams(input: nil, output: 1)

        #expect(machine.problems(for: .machine).map(\.object) == ["shares[0].owners"])
        machine.shares[0].owners = .squash
        #expect(machine.problems(for: .machine) == [])
    }
}
