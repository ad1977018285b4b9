// SPDX-License-Identifier: Apache-2.0
import Testing

/// An image to look at, and how QEMU makes it in a bench.
struct Sample: Sendable, CustomTestStringConvertible {
    let name: String
    let format: String
    let commands: [[String]]
    var fills: [String] = []
    /// What is changed in the file at last, without QEMU.
    var patches: [Patch] = []

    struct Patch: Sendable {
        let offset: Int
        let bytes: [UInt8]
    }

    var testDescription: String { name }

    func make(in bench: Bench) throws {
        for command in commands {
            let outcome = try bench.qemu(command)
            try #require(outcome.status == 0, "\(outcome.errors)")
        }
        for fill in fills { try bench.fill(name, format: format, fill) }
        guard !patches.isEmpty else { return }
        var bytes = bench.exists(name) ? [UInt8](try bench.bytes(name)) : [UInt8](repeating: 0, count: 4096)
        for patch in patches {
            bytes.replaceSubrange(patch.offset..<patch.offset + patch.bytes.count, with: patch.bytes)
        }
        try bench.write(name, bytes)
    }

    /// The same under another name, without contents, and with other bytes somewhere.
    func patched(_ name: String, at offset: Int, _ bytes: [UInt8]) -> Sample {
        let commands = commands.map { $0.map { $0 == self.name ? name : $0 } }
        return Sample(name: name, format: format, commands: commands, patches: [Patch(offset: offset, bytes: bytes)])
    }

    /// An image of a format that is recognised and nothing more; QEMU makes those that it makes.
    static func foreign(_ format: String) -> Sample {
        let name = "disk.\(format)"
        guard format == "luks" else {
            return Sample(name: name, format: format, commands: [["create", "-q", "-f", format, name, "8M"]])
        }
        let signature: [UInt8] = [0x4C, 0x55, 0x4B, 0x53, 0xBA, 0xBE, 0, 1]
        return Sample(name: name, format: format, commands: [], patches: [Patch(offset: 0, bytes: signature)])
    }

    static let vmdkChain = Sample(
        name: "child.vmdk", format: "vmdk",
        commands: [
            ["create", "-q", "-f", "vmdk", "parent.vmdk", "8M"],
            ["create", "-q", "-f", "vmdk", "-b", "parent.vmdk", "-F", "vmdk", "child.vmdk"],
        ])

    private static let writes = ["write -P 17 0 64k", "write -P 5 1M 100k", "write -z 2M 256k", "write -P 9 7M 1M"]

    static let raw = [
        Sample(name: "empty.raw", format: "raw", commands: [["create", "-q", "-f", "raw", "empty.raw", "8M"]]),
        Sample(
            name: "full.raw", format: "raw", commands: [["create", "-q", "-f", "raw", "full.raw", "8M"]],
            fills: writes),
    ]

    static let qcow2 =
        ([
            ("plain", []), ("old", ["-o", "compat=0.10"]), ("small", ["-o", "cluster_size=4k"]),
            ("lazy", ["-o", "lazy_refcounts=on"]), ("wide", ["-o", "refcount_bits=64"]),
            ("extended", ["-o", "extended_l2=on"]), ("allocated", ["-o", "preallocation=metadata"]),
            ("tiny", ["-o", "cluster_size=512,refcount_bits=1"]), ("external", ["-o", "data_file=external.data"]),
            ("rawdata", ["-o", "data_file=rawdata.data,data_file_raw=on"]),
        ] as [(String, [String])]).map { name, options in
            Sample(
                name: "\(name).qcow2", format: "qcow2",
                commands: [["create", "-q", "-f", "qcow2"] + options + ["\(name).qcow2", "8M"]], fills: writes)
        }

    static let chains = [
        Sample(
            name: "top.qcow2", format: "qcow2",
            commands: [
                ["create", "-q", "-f", "raw", "base.raw", "8M"],
                ["create", "-q", "-f", "qcow2", "-b", "base.raw", "-F", "raw", "middle.qcow2"],
                ["create", "-q", "-f", "qcow2", "-b", "middle.qcow2", "-F", "qcow2", "top.qcow2"],
            ], fills: writes)
    ]

    static let vmdk = [
        "monolithicSparse", "streamOptimized", "monolithicFlat", "twoGbMaxExtentFlat",
        "twoGbMaxExtentSparse",
    ].map { kind in
        Sample(
            name: "\(kind).vmdk", format: "vmdk",
            commands: [
                ["create", "-q", "-f", "qcow2", "source.qcow2", "8M"],
                [
                    "bench", "-q", "-w", "-f", "qcow2", "-c", "3", "-d", "1", "-s", "65536", "-S", "1048576",
                    "--pattern=77", "source.qcow2",
                ],
                ["convert", "-f", "qcow2", "-O", "vmdk", "-o", "subformat=\(kind)", "source.qcow2", "\(kind).vmdk"],
            ])
    }

    static let compressed = ["zlib", "zstd"].map { kind in
        Sample(
            name: "\(kind).qcow2", format: "qcow2",
            commands: [
                ["create", "-q", "-f", "qcow2", "source.qcow2", "8M"],
                [
                    "bench", "-q", "-w", "-f", "qcow2", "-c", "5", "-d", "1", "-s", "65536", "-S", "196608",
                    "--pattern=78", "source.qcow2",
                ],
                [
                    "convert", "-c", "-f", "qcow2", "-O", "qcow2", "-o", "compression_type=\(kind)", "source.qcow2",
                    "\(kind).qcow2",
                ],
            ], fills: ["write -P 3 200k 10k"])
    }

    static let all = raw + qcow2 + compressed + chains + vmdk
}
