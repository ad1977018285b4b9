// SPDX-License-Identifier: Apache-2.0
import Testing

/// An image to look at, and how QEMU makes it in a bench.
struct Sample: Sendable, CustomTestStringConvertible {
    let name: String
    let format: String
    let commands: [[String]]
    var fills: [String] = []

    var testDescription: String { name }

    func make(in bench: Bench) throws {
        for command in commands {
            let outcome = try bench.qemu(command)
            try #require(outcome.status == 0, "\(outcome.errors)")
        }
        for fill in fills { try bench.fill(name, format: format, fill) }
    }

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

    /// Those whose extents the engine tells as QEMU does. QEMU looks for holes in the file of a preallocated image, and
    /// tells the place of subclusters that are absent.
    static let mapped = all.filter { !["extended.qcow2", "allocated.qcow2"].contains($0.name) }

    static let all = raw + qcow2 + chains + vmdk
}
