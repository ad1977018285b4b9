// SPDX-License-Identifier: Apache-2.0
import Board
import Testing

@Suite("Boot loaders")
struct BootLoaderTests {
    static func request(
        mebibytes: UInt64 = 64, commandLine: String = "quiet", initrd: UInt64? = 5000
    ) throws -> BootRequest {
        BootRequest(
            map: try AddressMap(memoryByteCount: mebibytes << 20), commandLine: commandLine, initrdByteCount: initrd,
            rootPointerAddress: 0xe_0000)
    }

    @Test("a bzImage starts at its 64-bit entry with boot_params")
    func bzImage() throws {
        let request = try Self.request()

        let image = try BootLoader.load(BytesFile(bytes: SampleKernels.bzImage()), for: request)

        #expect(image.format == .bzImage)
        #expect(
            image.segments.first
                == FileSegment(
                    source: .kernel, fileOffset: 2560, byteCount: 4096, guestAddress: 0x100_0000,
                    zeroByteCount: 0x7f_f000))
        #expect(image.entry.rip == 0x100_0200)
        #expect(image.entry.cs.isLong && image.entry.efer == 0x500 && image.entry.cr3 == 0x9000)
        #expect(image.entry.rflags == 2)
        let parameters = image.piece(at: image.entry.rsi)
        #expect(parameters.count == 4096)
        #expect(parameters.get(UInt64.self, at: 0x70) == 0xe_0000)
        #expect(parameters[0x210] == 0xff)
        #expect(parameters.text(at: 0x202).hasPrefix("HdrS"))
        #expect(parameters.get(UInt32.self, at: 0x21c) == 5000)
        #expect(parameters.get(UInt32.self, at: 0x218) == 0x3ff_e000)
        #expect(image.piece(at: UInt64(parameters.get(UInt32.self, at: 0x228))).text(at: 0) == "quiet")
        #expect(Int(parameters[0x1e8]) == request.map.memoryMap.count)
        #expect(parameters.get(UInt64.self, at: 0x2d0 + 8) == 0x9_fc00)
    }

    @Test("the page tables of the 64-bit entry map 4 GiB onto themselves")
    func identityMap() throws {
        let image = try BootLoader.load(BytesFile(bytes: SampleKernels.bzImage()), for: Self.request())
        let tables = image.piece(at: image.entry.cr3)
        let base = Int(image.entry.cr3)
        func table(_ entry: UInt64) -> Int { Int(entry & ~0xfff) - base }

        for address in [0, 0x100_0200, 0x7fff_ffff, 0xffe0_0000] as [UInt64] {
            let top = tables.get(UInt64.self, at: 8 * Int(address >> 39))
            let middle = tables.get(UInt64.self, at: table(top) + 8 * Int(address >> 30 & 511))
            let leaf = tables.get(UInt64.self, at: table(middle) + 8 * Int(address >> 21 & 511))
            #expect(top & 3 == 3 && middle & 3 == 3 && leaf & 0x83 == 0x83)
            #expect(leaf & ~0x1f_ffff == address & ~0x1f_ffff)
        }
    }

    @Test("a kernel that takes initrds only low gets it low")
    func initrdLimit() throws {
        var bytes = SampleKernels.bzImage()
        bytes.put(UInt32(0x37f_ffff), at: 0x22c)

        let image = try BootLoader.load(BytesFile(bytes: bytes), for: Self.request(mebibytes: 1024))

        #expect(image.segments.last?.guestAddress == 0x37f_e000)
    }

    @Test("an ELF kernel with a PVH note starts in protected mode with hvm_start_info")
    func pvh() throws {
        let request = try Self.request()

        let image = try BootLoader.load(BytesFile(bytes: SampleKernels.pvh()), for: request)

        #expect(image.format == .pvh)
        #expect(image.entry.rip == 0x100_0010)
        #expect(image.entry.cr0 == 0x11 && image.entry.cr4 == 0 && image.entry.efer == 0)
        #expect(image.entry.cs.is32Bit && !image.entry.cs.isLong && image.entry.cs.limit == .max)
        #expect(image.segments.map(\.guestAddress) == [0x20_0000, 0x100_0000, 0x3ff_e000])
        #expect(image.segments[1].zeroByteCount == 0x1000 - 64)
        let info = image.piece(at: image.entry.rbx)
        #expect(info.get(UInt32.self, at: 0) == 0x336e_c578)
        #expect(info.get(UInt32.self, at: 4) == 1)
        #expect(info.get(UInt32.self, at: 12) == 1)
        let module = Int(info.get(UInt64.self, at: 16) - image.entry.rbx)
        #expect(info.get(UInt64.self, at: module) == 0x3ff_e000)
        #expect(info.get(UInt64.self, at: module + 8) == 5000)
        #expect(image.piece(at: info.get(UInt64.self, at: 24)).text(at: 0) == "quiet")
        #expect(info.get(UInt64.self, at: 32) == 0xe_0000)
        let map = Int(info.get(UInt64.self, at: 40) - image.entry.rbx)
        for (index, entry) in request.map.memoryMap.enumerated() {
            #expect(info.get(UInt64.self, at: map + 24 * index) == entry.range.start)
            #expect(info.get(UInt64.self, at: map + 24 * index + 8) == entry.range.byteCount)
            #expect(info.get(UInt32.self, at: map + 24 * index + 16) == entry.kind.rawValue)
        }
        #expect(info.get(UInt32.self, at: 48) == UInt32(request.map.memoryMap.count))
        #expect(info.count == map + 24 * request.map.memoryMap.count)
    }

    @Test("an ELF kernel with a multiboot header starts in protected mode with the information")
    func multiboot() throws {
        let request = try Self.request()

        let image = try BootLoader.load(BytesFile(bytes: SampleKernels.multiboot()), for: request)

        #expect(image.format == .multiboot)
        #expect(image.entry.rip == 0x10_000c)
        #expect(image.entry.rax == 0x2bad_b002)
        let info = image.piece(at: image.entry.rbx)
        let base = UInt32(image.entry.rbx)
        #expect(info.get(UInt32.self, at: 0) == 0b10_0100_1101)
        #expect(info.get(UInt32.self, at: 4) == 639)
        #expect(info.get(UInt32.self, at: 8) == 63 * 1024)
        #expect(image.piece(at: UInt64(info.get(UInt32.self, at: 16))).text(at: 0) == "kernel quiet")
        #expect(info.get(UInt32.self, at: 20) == 1)
        let module = Int(info.get(UInt32.self, at: 24) - base)
        #expect(info.get(UInt32.self, at: module) == 0x3ff_e000)
        #expect(info.get(UInt32.self, at: module + 4) == 0x3ff_e000 + 5000)
        #expect(info.text(at: Int(info.get(UInt32.self, at: module + 8) - base)) == "")
        #expect(info.text(at: Int(info.get(UInt32.self, at: 64) - base)) == "apus")
        let map = Int(info.get(UInt32.self, at: 48) - base)
        #expect(Int(info.get(UInt32.self, at: 44)) == 24 * request.map.memoryMap.count)
        for (index, entry) in request.map.memoryMap.enumerated() {
            #expect(info.get(UInt32.self, at: map + 24 * index) == 20)
            #expect(info.get(UInt64.self, at: map + 24 * index + 4) == entry.range.start)
            #expect(info.get(UInt64.self, at: map + 24 * index + 12) == entry.range.byteCount)
        }
    }

    @Test("a multiboot kernel's virtual entry becomes its physical one")
    func virtualEntry() throws {
        var bytes = SampleKernels.multiboot()
        bytes.put(UInt32(0xc000_000c), at: 24)
        bytes.put(UInt32(0xc000_0000), at: 52 + 8)

        let image = try BootLoader.load(BytesFile(bytes: bytes), for: Self.request())

        #expect(image.entry.rip == 0x10_000c)
    }

    @Test("the owner of a file need not be copyable")
    func noncopyable() throws {
        struct Owner: KernelFile, ~Copyable {
            let file: BytesFile
            var byteCount: UInt64 { file.byteCount }

            borrowing func read(at offset: UInt64, count: Int) throws(KernelImageError) -> [UInt8] {
                try file.read(at: offset, count: count)
            }
        }
        let owner = Owner(file: BytesFile(bytes: SampleKernels.pvh()))

        let image = try BootLoader.load(owner, for: Self.request())

        #expect(image.format == .pvh)
    }

    @Test("with memory above 4 GiB the initrd stays below 2 GiB")
    func splitMemory() throws {
        let request = try Self.request(mebibytes: 8192)
        for kernel in SampleKernels.all {
            let image = try BootLoader.load(BytesFile(bytes: kernel.bytes), for: request)

            #expect(image.brokenPromises(kernelByteCount: UInt64(kernel.bytes.count), request: request).isEmpty)
            #expect(image.segments.last?.guestAddress == 0x7fff_e000, "\(kernel.name)")
        }
    }

    @Test("an ELF kernel that has both uses PVH")
    func both() throws {
        let kernel = SampleKernels.elf64(
            entry: 0x20_0000,
            segments: [
                .init(address: 0x20_0000, contents: SampleKernels.multibootHeader() + [0xf4, 0, 0, 0]),
                .init(type: 4, address: 0, contents: SampleKernels.pvhNote(entry: 0x20_000c)),
            ])

        let image = try BootLoader.load(BytesFile(bytes: kernel), for: Self.request())

        #expect(image.format == .pvh)
    }

    @Test("the note is found among others, with a description of 4 or 8 bytes")
    func otherNotes() throws {
        var other = [UInt8](repeating: 0, count: 12) + Array("GNU\0abcde\0\0\0".utf8)
        other.put(UInt32(4), at: 0)
        other.put(UInt32(5), at: 4)
        var short = Array(SampleKernels.pvhNote(entry: 0x20_0004).prefix(20))
        short.put(UInt32(4), at: 4)
        let kernel = SampleKernels.elf64(
            entry: 0,
            segments: [
                .init(address: 0x20_0000, contents: [UInt8](repeating: 0x90, count: 16)),
                .init(type: 4, address: 0, contents: other + short),
            ])

        #expect(try BootLoader.load(BytesFile(bytes: kernel), for: Self.request()).entry.rip == 0x20_0004)
    }

    @Test("without an initrd no format names one", arguments: SampleKernels.all.map(\.name))
    func noInitrd(name: String) throws {
        let kernel = try #require(SampleKernels.all.first { $0.name == name })

        let image = try BootLoader.load(BytesFile(bytes: kernel.bytes), for: Self.request(initrd: nil))

        #expect(image.segments.allSatisfy { $0.source == .kernel })
        switch image.format {
        case .bzImage: #expect(image.piece(at: image.entry.rsi).get(UInt64.self, at: 0x218) == 0)
        case .pvh: #expect(image.piece(at: image.entry.rbx).get(UInt32.self, at: 12) == 0)
        case .multiboot: #expect(image.piece(at: image.entry.rbx).get(UInt32.self, at: 0) & 8 == 0)
        }
    }

    @Test("the table in memory holds what the segment registers do", arguments: SampleKernels.all.map(\.name))
    func descriptorTable(name: String) throws {
        let kernel = try #require(SampleKernels.all.first { $0.name == name })
        let image = try BootLoader.load(BytesFile(bytes: kernel.bytes), for: Self.request())
        let state = image.entry
        let table = image.piece(at: state.gdt.base)

        #expect(table.count == Int(state.gdt.limit) + 1)
        let code: UInt64 = image.format == .bzImage ? 0x00af_9b00_0000_ffff : 0x00cf_9b00_0000_ffff
        #expect(table.get(UInt64.self, at: Int(state.cs.selector)) == code)
        #expect(table.get(UInt64.self, at: Int(state.ds.selector)) == 0x00cf_9300_0000_ffff)
        #expect(table.get(UInt64.self, at: Int(state.tr.selector)) == 0x0000_8b00_0000_0067)
        #expect(!state.ldt.isUsable)
    }
}
