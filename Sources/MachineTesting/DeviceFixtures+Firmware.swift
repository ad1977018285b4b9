// SPDX-License-Identifier: Apache-2.0
internal import Board
internal import CMachine
internal import Glibc
internal import Host
package import Machine

extension DeviceFixtures {
    /// fw_cfg of a small machine, before memory of 2 MiB.
    @Sendable package static func firmwareInterface() -> FirmwareInterface {
        do {
            let board = BoardConfiguration(
                map: try AddressMap(memoryByteCount: 64 << 20),
                topology: try ProcessorTopology(sockets: 1, cores: 1, threads: 1))
            return FirmwareInterface(
                FirmwareFiles(board, bootOrder: []), memory: try GuestMemory(lowByteCount: 2 << 20))
        } catch {
            preconditionFailure("a test's process has memory: \(error)")
        }
    }

    /// A flash memory of 8 KiB.
    @Sendable package static func flash() -> FlashMemory {
        let number = unsafe memfd_create("flash", 0)
        guard number >= 0, ftruncate(number, 8192) == 0,
            let contents = try? FlashContents(sharing: Descriptor(owning: number), byteCount: 8192)
        else { preconditionFailure("a test's process has memory") }
        return FlashMemory(contents)
    }

    /// The host bridge, which nothing follows.
    @Sendable package static func hostBridge() -> PCIBridge { PCIBridge(.hostBridge(), name: "mch") }

    /// Random accesses to configuration space.
    @Sendable package static func driveConfiguration(_ bridge: PCIBridge, seed: UInt64, count: Int) {
        var random = SplitMix(seed: seed)
        for _ in 0..<count {
            let byteCount = 1 << Int(random.next() % 3)
            let offset = Int(random.next() % 260)
            if random.next() % 2 == 0 {
                bridge.writeConfiguration(UInt32(truncatingIfNeeded: random.next()), at: offset, byteCount: byteCount)
            } else {
                _ = bridge.readConfiguration(at: offset, byteCount: byteCount)
            }
        }
    }
}
