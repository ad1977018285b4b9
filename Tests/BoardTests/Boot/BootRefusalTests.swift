// SPDX-License-Identifier: Apache-2.0
import Board
import Testing

@Suite("Refused kernels")
struct BootRefusalTests {
    /// A file that is refused, and a part of the sentence that says why.
    struct Refusal: CustomTestStringConvertible {
        let testDescription: String
        let bytes: [UInt8]
        let sentence: String
        var mebibytes: UInt64 = 64
        var commandLine = ""
        var initrd: UInt64?
    }

    static func bzImage(_ change: (inout [UInt8]) -> Void) -> [UInt8] {
        var bytes = SampleKernels.bzImage()
        change(&bytes)
        return bytes
    }

    static func pvh(_ change: (inout [UInt8]) -> Void) -> [UInt8] {
        var bytes = SampleKernels.pvh()
        change(&bytes)
        return bytes
    }

    static func padded(_ text: String, at offset: Int = 0) -> [UInt8] {
        [UInt8](repeating: 0, count: offset) + Array(text.utf8) + [UInt8](repeating: 0, count: 256)
    }

    static let refusals: [Refusal] = [
        Refusal(testDescription: "an empty file", bytes: [], sentence: "the file is empty"),
        Refusal(testDescription: "a text", bytes: Array("#!/bin/sh\n".utf8), sentence: "23 21 2f 62 69 6e 2f 73"),
        Refusal(testDescription: "gzip", bytes: [0x1f, 0x8b, 8, 0], sentence: "compressed with gzip"),
        Refusal(testDescription: "xz", bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], sentence: "compressed with xz"),
        Refusal(testDescription: "zstd", bytes: [0x28, 0xb5, 0x2f, 0xfd], sentence: "compressed with zstd"),
        Refusal(testDescription: "an arm64 Image", bytes: padded("ARM\u{64}", at: 56), sentence: "for aarch64"),
        Refusal(testDescription: "an EFI program", bytes: padded("MZ"), sentence: "EFI only"),
        Refusal(
            testDescription: "a flat multiboot image", bytes: SampleKernels.multibootHeader(), sentence: "flat image"),
        Refusal(
            testDescription: "an aarch64 ELF",
            bytes: SampleKernels.elf64(entry: 0, segments: [.init(address: 0x20_0000, contents: [0])], machine: 183),
            sentence: "for aarch64"),
        Refusal(
            testDescription: "a kernel module",
            bytes: SampleKernels.elf64(entry: 0, segments: [.init(address: 0x20_0000, contents: [0])], type: 1),
            sentence: "module"),
        Refusal(testDescription: "a big-endian ELF", bytes: pvh { $0[5] = 2 }, sentence: "big-endian"),
        Refusal(
            testDescription: "an ELF without note and header",
            bytes: SampleKernels.elf64(entry: 0, segments: [.init(address: 0x20_0000, contents: [0])]),
            sentence: "neither a PVH note nor a multiboot header"),
        Refusal(
            testDescription: "an ELF with nothing to load",
            bytes: SampleKernels.elf64(entry: 0, segments: [.init(type: 4, address: 0, contents: [0])]),
            sentence: "no segment is to be loaded"),
        Refusal(
            testDescription: "a multiboot kernel that demands a video mode", bytes: SampleKernels.multiboot(flags: 7),
            sentence: "0x4 (a video mode)"),
        Refusal(
            testDescription: "a 32-bit bzImage", bytes: bzImage { $0.put(UInt16(0), at: 0x236) },
            sentence: "32-bit x86"),
        Refusal(
            testDescription: "an old bzImage", bytes: bzImage { $0.put(UInt16(0x20a), at: 0x206) },
            sentence: "version 2.10"),
        Refusal(testDescription: "a zImage", bytes: bzImage { $0[0x211] = 0 }, sentence: "zImage"),
        Refusal(
            testDescription: "a bzImage that was cut off", bytes: Array(SampleKernels.bzImage().dropLast()),
            sentence: "ends at byte 6656, and the file has 6655"),
        Refusal(
            testDescription: "a bzImage for below 1 MiB", bytes: bzImage { $0.put(UInt64(0x8_0000), at: 0x258) },
            sentence: "0x80000, below 1 MiB"),
        Refusal(
            testDescription: "a bzImage that wraps", bytes: bzImage { $0.put(UInt64.max, at: 0x258) },
            sentence: "preferred address"),
        Refusal(
            testDescription: "a bzImage for more memory than there is",
            bytes: bzImage { $0.put(UInt32(0x3f9_8000), at: 0x260) },
            sentence: "the kernel needs 80 MiB of memory below 4 GiB, and the machine has 64 MiB"),
        Refusal(
            testDescription: "an initrd for more memory than there is", bytes: SampleKernels.bzImage(),
            sentence: "the kernel and its initrd need 65 MiB", initrd: (40 << 20) + 1),
        Refusal(
            testDescription: "an initrd of 16 EiB", bytes: SampleKernels.pvh(), sentence: "the kernel and its initrd",
            initrd: .max),
        Refusal(testDescription: "an empty initrd", bytes: SampleKernels.pvh(), sentence: "empty file", initrd: 0),
        Refusal(
            testDescription: "a long command line", bytes: SampleKernels.bzImage(),
            sentence: "has 2048 bytes, and this kernel takes 2047", commandLine: String(repeating: "x", count: 2048)),
        Refusal(
            testDescription: "a zero in the command line", bytes: SampleKernels.pvh(), sentence: "zero byte",
            commandLine: "a\0b"),
        Refusal(
            testDescription: "segments that overlap", bytes: pvh { $0.put(UInt64(0x100_0800), at: 64 + 56 + 24) },
            sentence: "0x1000000 to 0x1001000 overlaps the one at 0x1000800"),
        Refusal(
            testDescription: "a segment that wraps", bytes: pvh { $0.put(UInt64.max, at: 64 + 24) },
            sentence: "wraps around"),
        Refusal(
            testDescription: "a segment above 4 GiB", bytes: pvh { $0.put(UInt64(1) << 33, at: 64 + 24) },
            sentence: "above 4 GiB"),
        Refusal(
            testDescription: "a segment over the boot information", bytes: pvh { $0.put(UInt64(0x7000), at: 64 + 24) },
            sentence: "below 1 MiB"),
        Refusal(
            testDescription: "a segment that is larger than its memory", bytes: pvh { $0.put(UInt64(1), at: 64 + 40) },
            sentence: "more bytes in the file than in memory"),
        Refusal(
            testDescription: "a segment past the end of the file", bytes: pvh { $0.put(UInt64.max - 5, at: 64 + 8) },
            sentence: "the segment at 0x1000000 ends at byte 18446744073709551615"),
        Refusal(
            testDescription: "notes past the end of the file",
            bytes: pvh { $0.put(UInt64(1) << 40, at: 64 + 112 + 32) }, sentence: "the segment of notes ends at byte"),
        Refusal(
            testDescription: "program headers past the end of the file", bytes: pvh { $0.put(UInt64.max, at: 32) },
            sentence: "the table of program headers"),
        Refusal(
            testDescription: "more program headers than any kernel has", bytes: pvh { $0.put(UInt16.max, at: 56) },
            sentence: "65535 program headers"),
        Refusal(
            testDescription: "a PVH entry outside the kernel", bytes: pvh { $0.put(UInt64(0x5000), at: $0.count - 8) },
            sentence: "the PVH entry 0x5000 lies in no segment"),
        Refusal(
            testDescription: "a PVH kernel for more memory than there is",
            bytes: pvh { $0.put(UInt64(48 << 20), at: 64 + 40) }, sentence: "the kernel needs 64 MiB",
            mebibytes: 32),
    ]

    @Test("each is refused with a sentence that names what was found", arguments: refusals)
    func refused(_ refusal: Refusal) throws {
        let request = try BootLoaderTests.request(
            mebibytes: refusal.mebibytes, commandLine: refusal.commandLine, initrd: refusal.initrd)

        let error = #expect(throws: KernelImageError.self) {
            try BootLoader.load(BytesFile(bytes: refusal.bytes), for: request)
        }

        #expect(error?.description.contains(refusal.sentence) == true, "\(error?.description ?? "")")
    }

    @Test("a file cut off anywhere is refused or keeps its promises", arguments: SampleKernels.all.map(\.name))
    func cutOff(name: String) throws {
        let kernel = try #require(SampleKernels.all.first { $0.name == name })
        let request = try BootLoaderTests.request()

        let headers = Array(0..<min(kernel.bytes.count, 0x2a0))
        for count in headers + Array(stride(from: 0x2a0, to: kernel.bytes.count, by: 61)) {
            let error = #expect(throws: KernelImageError.self, "\(count) bytes") {
                try BootLoader.load(BytesFile(bytes: Array(kernel.bytes.prefix(count))), for: request)
            }
            if case .unreadable = error { Issue.record("\(count) bytes: \(error?.description ?? "")") }
        }
    }

    @Test("a damaged file is refused or keeps its promises", arguments: SampleKernels.all.map(\.name))
    func damaged(name: String) throws {
        let kernel = try #require(SampleKernels.all.first { $0.name == name })
        let request = try BootLoaderTests.request()
        let seed: UInt64 = 0x5eed_0001
        var generator = SeededGenerator(seed: seed)
        let extremes: [UInt8] = [0, 1, 0x7f, 0x80, 0xff]

        for round in 0..<1000 {
            var bytes = kernel.bytes
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let offset = Int.random(in: 0..<min(bytes.count, 700), using: &generator)
                let extreme = extremes[Int.random(in: 0..<extremes.count, using: &generator)]
                let byte = Bool.random(using: &generator) ? extreme : UInt8.random(in: 0...255, using: &generator)
                for position in offset..<min(offset + [1, 2, 4, 8][round % 4], bytes.count) { bytes[position] = byte }
            }
            do throws(KernelImageError) {
                let image = try BootLoader.load(BytesFile(bytes: bytes), for: request)
                let broken = image.brokenPromises(kernelByteCount: UInt64(bytes.count), request: request)
                #expect(broken.isEmpty, "seed \(seed), round \(round): \(broken)")
            } catch {
                if case .unreadable = error { Issue.record("seed \(seed), round \(round): \(error)") }
            }
        }
    }
}
