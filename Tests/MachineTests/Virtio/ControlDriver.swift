// SPDX-License-Identifier: Apache-2.0
import Machine
import MachineTesting

extension Workbench where Device == VirtioNetwork {
    /// Gives a network card a command by its control queue and returns its answer: 0 for done, 1 for refused.
    ///
    /// - Parameter wait: Waits until the card has returned the command; by default the card works on this thread.
    func command(
        _ bytes: [UInt8], queue: Int, wait: (Workbench) throws -> Void
    ) throws -> UInt8 {
        let start = Self.buffers + 0x70_0000
        try memory.write(bytes + [0xEE], at: start)
        let head = UInt32(min(2, bytes.count))
        let rest = UInt32(bytes.count) - head
        var chain: [DriverQueue.Buffer] = [.init(start, head)]
        if rest > 0 { chain.append(.init(start + UInt64(head), rest)) }
        chain.append(.init(start + UInt64(bytes.count), 1, isWritable: true))
        try offer(chain, to: queue)
        try wait(self)
        return try memory.load(at: start + UInt64(bytes.count))
    }

    func command(_ bytes: [UInt8]) throws -> UInt8 {
        try command(bytes, queue: 2) { _ = try $0.collect(from: 2) }
    }
}
