// SPDX-License-Identifier: Apache-2.0
internal import Board

/// What a machine has for its firmware alone: the image in its memory, the flash with variables, and fw_cfg.
///
/// Used by the control thread before the guest runs, and with the bus lock held afterwards.
final class MachineFirmware {
    let memory: FirmwareMemory
    private let interface: FirmwareInterface
    private let flash: FlashMemory?

    init(_ memory: FirmwareMemory, files: FirmwareFiles, guest: GuestMemory) {
        self.memory = memory
        interface = FirmwareInterface(files, memory: guest)
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

    func reset() {
        interface.reset()
        flash?.reset()
    }
}
