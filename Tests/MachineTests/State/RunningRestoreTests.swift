// SPDX-License-Identifier: Apache-2.0
import Board
import Machine
import MachineTesting
import Testing

@Suite("A state for a device that runs")
struct RunningRestoreTests {
    private static let statusOffset: UInt64 = 0x14

    /// A function whose driver has said DRIVER_OK, without any queue.
    private func running(_ device: any ThreadedDevice) throws -> VirtioPCIFunction {
        let function = try DeviceFixtures.served(device)
        write(function, 1, at: 0x08, .long)
        write(function, VirtioFeature.version1 >> 32, at: 0x0c, .long)
        for status: UInt64 in [1, 3, 11, 15] { write(function, status, at: Self.statusOffset, .byte) }
        try #require(function.state.status == 15)
        return function
    }

    private func write(_ function: VirtioPCIFunction, _ value: UInt64, at offset: UInt64, _ width: AccessWidth) {
        function.writeBAR(
            VirtioPCILayout.registerBARIndex, value, at: VirtioPCILayout.commonOffset + offset, width: width)
    }

    @Test("a balloon takes over what its driver has given elsewhere")
    func balloon() throws {
        let device = try VirtioBalloon(memoryByteCount: 16 << 20)
        let function = try running(device)
        device.setTarget(byteCount: 12 << 20)
        device.writeConfiguration(1024, at: 4, width: .long)
        let state = function.state
        device.writeConfiguration(7, at: 4, width: .long)

        try function.restore(state)

        #expect(device.actualByteCount == 12 << 20)
        #expect(function.state == state)
    }

    @Test("a shared directory takes over the files that its driver holds elsewhere")
    func share() throws {
        var files = NinePState()
        files.messageByteCount = 8192
        // The directory itself, as fid 7.
        files.paths = [0, 0]
        files.fids = [7, 0, 0, 0] + [UInt8](repeating: 0, count: 9)
        let function = try running(DeviceFixtures.share())
        var state = function.state
        state.device = files.encoded

        try function.restore(state)

        #expect(function.state.device == files.encoded)
    }

    @Test("a refused state leaves a running balloon as it was")
    func refusal() throws {
        let device = try VirtioBalloon(memoryByteCount: 16 << 20)
        let function = try running(device)
        device.writeConfiguration(1024, at: 4, width: .long)
        let before = function.state
        var state = before
        state.device = [0xFF]

        #expect(throws: StateError.self) { try function.restore(state) }

        #expect(function.state == before)
    }
}
