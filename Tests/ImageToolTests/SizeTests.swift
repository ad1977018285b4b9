// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import ImageTool

@Suite("Sizes and options as qemu-img writes them")
struct SizeTests {
    @Test(
        "a size has a unit and perhaps a fraction",
        arguments: [
            ("512", 512), ("4k", 4096), ("4K", 4096), ("1M", 1 << 20), ("10G", 10 << 30), ("1.5k", 1536),
            ("0.1k", 102), ("0x200", 512), ("7b", 7), ("2T", 2 << 40), ("1P", 1 << 50), ("7E", 7 << 60), ("0", 0),
        ] as [(String, UInt64)])
    func sizes(_ text: String, _ byteCount: UInt64) throws {
        #expect(try ImageSize.parse(text, "size") == byteCount)
    }

    @Test(
        "everything else is no size",
        arguments: [
            "", "k", "-1", "1.5", "1kk", "1 k", "8E", "99999999999999999999", "1e3", "0xg", ".5k",
            "1.0000000000000000001k",
        ])
    func noSizes(_ text: String) {
        #expect(throws: ToolProblem.self) { try ImageSize.parse(text, "size") }
    }

    @Test(
        "sizes for people have three digits",
        arguments: [
            (0, "0 B"), (512, "512 B"), (999, "999 B"), (1000, "0.977 KiB"), (1024, "1 KiB"), (1536, "1.5 KiB"),
            (1 << 20, "1 MiB"), (10 << 30, "10 GiB"), (1_023_999, "1e+03 KiB"), (UInt64.max, "16 EiB"),
        ] as [(UInt64, String)])
    func human(_ byteCount: UInt64, _ text: String) {
        #expect(HumanText.size(byteCount) == text)
    }

    @Test("a comma in a value is written twice")
    func options() throws {
        var list = try OptionList(["a=1,b=x,,y", "a=2,c"])

        #expect(list.take("a") == "2")
        #expect(list.take("b") == "x,y")
        #expect(list.take("c") == "on")
        #expect(list.take("d") == nil)
    }
}
