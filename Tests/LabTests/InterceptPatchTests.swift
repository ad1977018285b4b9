// SPDX-License-Identifier: Apache-2.0
import GuestKit
import Testing

@testable import Lab

@Suite("The change to kvm-amd")
struct InterceptPatchTests {
    private static func stockModule() throws -> [UInt8] {
        let kernel = try GuestKit(cache: try CacheFolder()).kernel(.generic)
        let file = try #require(try kernel.moduleIndex().closure(of: ["kvm_amd"]).last)
        return try kernel.module(file)
    }

    @Test("one instruction and the mark of the signature differ from the stock module")
    func difference() throws {
        let stock = try Self.stockModule()
        let changed = try #require(InterceptPatch.apply(to: stock))
        let places = stock.indices.filter { stock[$0] != changed[$0] }
        #expect(stock.count == changed.count && places.count == 2)
        #expect(changed[places[0]] == 0xc3 && stock[places[0] - 5] == 0xe8)
        #expect(places[1] > stock.count - 28)
    }

    @Test("a file that is cut off, or is no module, is refused")
    func refusal() throws {
        let stock = try Self.stockModule()
        for count in [0, 3, 16, 63, 64, stock.count / 2, stock.count - 20_000] {
            #expect(InterceptPatch.apply(to: Array(stock.prefix(count))) == nil)
        }
        var wild = stock
        for index in 40..<64 { wild[index] = 0xff }
        #expect(InterceptPatch.apply(to: wild) == nil)
    }
}
