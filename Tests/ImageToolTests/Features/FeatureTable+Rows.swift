// SPDX-License-Identifier: Apache-2.0

extension FeatureTable {
    private typealias Operation = FeatureRow.Operation
    private typealias Cell = FeatureRow.Cell

    static let rawRows = [
        FeatureRow(
            "raw, a file", Sample.raw[1],
            [
                .read: .test("MakingTests/convert"), .write: .test("KindTests/write"),
                .create: .test("MakingTests/create"), .convert: .test("MakingTests/convert"),
                .check: .sentence(["check", "-f", "raw", "full.raw"]),
                .repair: .sentence(["check", "-r", "all", "-f", "raw", "full.raw"]),
                .snapshot: .sentence(["snapshot", "-c", "s", "-f", "raw", "full.raw"]),
            ]),
        FeatureRow(
            "raw, a block device", Sample.raw[1],
            [
                .read: .test("FileNodeTests/device"), .write: .test("FileNodeTests/device"),
                .create: .test("TroubleTests/device"), .convert: .test("TroubleTests/device"),
                .check: .sentence(["check", "-f", "raw", "full.raw"]),
                .repair: .sentence(["check", "-r", "all", "-f", "raw", "full.raw"]),
                .snapshot: .sentence(["snapshot", "-c", "s", "-f", "raw", "full.raw"]),
            ]),
        FeatureRow(
            "raw, room set aside", Sample.raw[1],
            [
                .read: .test("MakingTests/convert"), .write: .test("KindTests/write"),
                .create: .test("MakingTests/create"), .convert: .test("MakingTests/resizeWithRoom"),
                .check: .sentence(["check", "-f", "raw", "full.raw"]),
                .repair: .sentence(["check", "-r", "all", "-f", "raw", "full.raw"]),
                .snapshot: .sentence(["snapshot", "-c", "s", "-f", "raw", "full.raw"]),
            ]),
    ]

    /// What is shown for every kind of qcow2, and what is not so with one.
    private static func qcow2(
        _ name: String, _ image: String, _ others: [Operation: Cell] = [:]
    ) -> FeatureRow {
        let cells: [Operation: Cell] = [
            .read: .test("MakingTests/convert"), .write: .test("KindTests/write"), .create: .test("RoomTests/create"),
            .convert: .test("KindTests/convert"), .check: .test("LookingTests/check"),
            .repair: .test("KindTests/repair"), .snapshot: .test("KindTests/snapshot"),
        ]
        return FeatureRow(name, Sample.all.first { $0.name == image }, cells.merging(others) { $1 })
    }

    static let qcow2Rows = [
        qcow2("qcow2, compat=1.1", "plain.qcow2", [.create: .test("CreationTests/matrix")]),
        qcow2("qcow2, compat=0.10", "old.qcow2", [.create: .test("MakingTests/create")]),
        qcow2(
            "clusters of 512 bytes to 2 MiB", "small.qcow2",
            [.create: .test("CreationTests/matrix"), .write: .test("DifferentialTests/sequence")]),
        qcow2("reference counts of 2 to 64 bits", "wide.qcow2", [.create: .test("CreationTests/matrix")]),
        qcow2(
            "reference counts of one bit", "tiny.qcow2",
            [.snapshot: .sentence(["snapshot", "-c", "s", "-f", "qcow2", "tiny.qcow2"])]),
        qcow2(
            "backing images", "top.qcow2",
            [.create: .test("MakingTests/create"), .convert: .test("ConvertingTests/backing")]),
        qcow2(
            "clones", "plain.qcow2",
            [
                .create: .test("CloningTests/clone"), .read: .test("CloningTests/clone"),
                .convert: .test("ConvertingTests/backing"),
            ]),
        qcow2(
            "zero clusters", "plain.qcow2",
            [.create: .test("DifferentialTests/sequence"), .convert: .test("ConvertingTests/targetIsZero")]),
        qcow2("compressed clusters, zlib", "zlib.qcow2", [.convert: .test("MakingTests/compress")]),
        qcow2("compressed clusters, zstd", "zstd.qcow2", [.convert: .test("MakingTests/compress")]),
        qcow2("lazy reference counts", "lazy.qcow2"),
        qcow2("extended L2 entries", "extended.qcow2"),
        qcow2(
            "an external data file", "external.qcow2",
            [.snapshot: .sentence(["snapshot", "-c", "s", "-f", "qcow2", "external.qcow2"])]),
        qcow2(
            "a raw external data file", "rawdata.qcow2",
            [.snapshot: .sentence(["snapshot", "-c", "s", "-f", "qcow2", "rawdata.qcow2"])]),
        qcow2("room set aside", "allocated.qcow2"),
        qcow2(
            "internal snapshots", "plain.qcow2",
            [
                .read: .test("ConvertingTests/snapshot"), .write: .test("SnapshotTests/cycle"),
                .create: .test("SnapshotTests/cycle"), .convert: .test("ConvertingTests/snapshot"),
                .check: .test("SnapshotTests/cycle"), .repair: .test("RepairTests/refcounts"),
                .snapshot: .test("SnapshotTests/theirs"),
            ]),
        qcow2(
            "unknown header extensions", "plain.qcow2",
            [.read: .test("KindTests/unknown"), .write: .test("KindTests/unknown"), .check: .test("KindTests/unknown")]),
        everywhere(
            "unknown incompatible features",
            Sample.qcow2[0].patched("unknown.qcow2", at: 72, [0x40]), "unknown.qcow2", "qcow2",
            option: "bit62=on"),
        everywhere(
            "encryption with LUKS", Sample.qcow2[0].patched("luks.qcow2", at: 35, [2]), "luks.qcow2", "qcow2"),
        everywhere("encryption with AES", Sample.qcow2[0].patched("aes.qcow2", at: 35, [1]), "aes.qcow2", "qcow2"),
    ]

    static let vmdkRows =
        Sample.vmdk.map { sample in
            FeatureRow(
                "vmdk, \(sample.name.split(separator: ".")[0])", sample,
                [
                    .read: .test("MakingTests/convert"),
                    .write: .sentence(["bench", "-w", "-f", "vmdk", sample.name]),
                    .create: .sentence(["create", "-f", "vmdk", "new.vmdk", "1M"]),
                    .convert: .sentence(["convert", "-f", "vmdk", "-O", "vmdk", sample.name, "new.vmdk"]),
                    .check: .sentence(["check", "-f", "vmdk", sample.name]),
                    .repair: .sentence(["check", "-r", "all", "-f", "vmdk", sample.name]),
                    .snapshot: .sentence(["snapshot", "-c", "s", "-f", "vmdk", sample.name]),
                ])
        } + [everywhere("vmdk, over another one", Sample.vmdkChain, "child.vmdk", "vmdk")]

    static let foreignRows =
        [everywhere("LUKS", Sample.foreign("luks"), "disk.luks", nil)]
        + ["qcow", "qed", "vdi", "vhdx", "vpc", "parallels"].map { format in
            everywhere(format, Sample.foreign(format), "disk.\(format)", nil)
        }

    /// Images with which nothing is done; without a format they are refused by what they look like.
    private static func everywhere(
        _ name: String, _ image: Sample, _ file: String, _ format: String?, option: String = "encryption=on"
    ) -> FeatureRow {
        let said = format.map { ["-f", $0] } ?? []
        let created = format ?? String(file.split(separator: ".")[1])
        let isMade = created == "qcow2"
        return FeatureRow(
            name, image,
            [
                .read: .sentence(["map"] + said + [file]), .write: .sentence(["bench", "-w"] + said + [file]),
                .create: isMade
                    ? .sentence(["create", "-f", created, "-o", option, "new", "1M"])
                    : .sentence(["create", "-f", created, "new", "1M"]),
                .convert: .sentence(["convert"] + said + ["-O", isMade ? "raw" : created, file, "new"]),
                .check: .sentence(["check"] + said + [file]),
                .repair: .sentence(["check", "-r", "all"] + said + [file]),
                .snapshot: .sentence(["snapshot", "-c", "s"] + said + [file]),
            ])
    }
}
