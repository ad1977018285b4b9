// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import GuestKit

@Suite("Module index")
struct ModuleIndexTests {
    static let index = ModuleIndex(
        dependencies: """
            kernel/a/top-module.ko: kernel/b/middle.ko kernel/c/bottom.ko.xz
            kernel/b/middle.ko: kernel/c/bottom.ko.xz
            kernel/c/bottom.ko.xz:
            kernel/d/loop1.ko: kernel/d/loop2.ko
            kernel/d/loop2.ko: kernel/d/loop1.ko
            """)

    @Test("what a module needs comes before it, once")
    func orders() {
        let order = Self.index.closure(of: ["middle", "top_module"])

        #expect(order == ["kernel/c/bottom.ko.xz", "kernel/b/middle.ko", "kernel/a/top-module.ko"])
    }

    @Test("a module that is built in is left out")
    func skipsUnknown() {
        #expect(Self.index.closure(of: ["virtio", "bottom"]) == ["kernel/c/bottom.ko.xz"])
    }

    @Test("modules that need each other do not hang it")
    func endsOnCycles() {
        #expect(Set(Self.index.closure(of: ["loop1"])) == ["kernel/d/loop1.ko", "kernel/d/loop2.ko"])
    }
}
