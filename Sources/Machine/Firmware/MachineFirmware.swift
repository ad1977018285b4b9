// SPDX-License-Identifier: Apache-2.0
internal import Board

/// What a machine has for its firmware alone: the image in its memory, the flash with variables, and fw_cfg.
///
/// Used by the control thread before the guest runs, and with the bus lock held afterwards.
final class MachineFirmware {
    let memory: FirmwareMemory
    private let interface: FirmwareInterface
    private let flash: FlashMemory?

    private let board: BoardConfiguration
    private let bootOrder: [PCIFunctionAddress]

    init(_ memory: FirmwareMemory, board: BoardConfiguration, bootOrder: [PCIFunctionAddress], guest: GuestMemory) {
        self.memory = memory
        self.board = board
        self.bootOrder = bootOrder
        interface = FirmwareInterface(FirmwareFiles(board, bootOrder: bootOrder), memory: guest)
        flash = memory.contents.map(FlashMemory.init)
        flash?.onVisibility = { memory.follow(isArrayVisible: $0) }
    }

    /// Puts the devices at their ports and addresses; the legacy area follows the host bridge from now on.
    func insert(into bus: SystemBus, behind hostBridge: PCIBridge) {
        bus.ports.insert(
            interface, at: UInt64(FixedHardware.firmwarePort), byteCount: FirmwareInterface.portCount)
        if let flash, let range = memory.layout.variables {
            bus.memory.insert(flash, at: range.start, byteCount: range.byteCount)
        }
        let memory = memory
        hostBridge.onChange = { memory.follow($0.shadowRegisters) }
    }

    /// Lets the ACPI tables name the window in which firmware has placed the BARs.
    func follow(_ bars: @escaping () -> [AddressRange]) {
        let (board, bootOrder) = (board, bootOrder)
        interface.currentFiles = { FirmwareFiles(board.following(bars()), bootOrder: bootOrder) }
    }

    func reset() {
        interface.reset()
        flash?.reset()
    }
}
