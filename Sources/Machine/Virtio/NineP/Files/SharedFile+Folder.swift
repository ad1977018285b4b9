// SPDX-License-Identifier: Apache-2.0
internal import CMachine

/// What is done to the entries of a directory.
extension SharedFile {
    func makeFolder(_ name: NinePName, mode: UInt32) throws(NinePError) {
        let number = number
        try NinePError.check(unsafe CText.with(name.bytes) { unsafe cmachine_make_folder(number, $0, mode) })
    }

    func makeNode(_ name: NinePName, mode: UInt32, device: UInt64) throws(NinePError) {
        let number = number
        try NinePError.check(unsafe CText.with(name.bytes) { unsafe cmachine_make_node(number, $0, mode, device) })
    }

    func makeSymbolicLink(_ name: NinePName, to target: [UInt8]) throws(NinePError) {
        let number = number
        try NinePError.check(
            unsafe CText.with(target) { target in
                unsafe CText.with(name.bytes) { unsafe cmachine_make_symbolic_link(target, number, $0) }
            })
    }

    /// Gives the entry `name` here the further name `newName` in `folder`.
    func makeLink(
        _ name: NinePName, in folder: SharedFile, _ newName: NinePName
    ) throws(NinePError) {
        let (from, to) = (number, folder.number)
        try NinePError.check(
            unsafe CText.with(name.bytes) { old in
                unsafe CText.with(newName.bytes) { unsafe cmachine_make_link(from, old, to, $0) }
            })
    }

    func rename(_ name: NinePName, to folder: SharedFile, _ newName: NinePName) throws(NinePError) {
        let (from, to) = (number, folder.number)
        try NinePError.check(
            unsafe CText.with(name.bytes) { old in
                unsafe CText.with(newName.bytes) { unsafe cmachine_rename(from, old, to, $0) }
            })
    }

    func unlink(_ name: NinePName, isFolder: Bool) throws(NinePError) {
        let number = number
        try NinePError.check(
            unsafe CText.with(name.bytes) { unsafe cmachine_unlink(number, $0, isFolder ? AT_REMOVEDIR : 0) })
    }

    /// Reads entries from `offset` on as the kernel lays them out (getdents64(2)); empty at the end.
    func readEntries(from offset: UInt64, upTo capacity: Int) throws(NinePError) -> [UInt8] {
        try NinePError.check(cmachine_seek(number, offset))
        let number = number
        return unsafe try Self.bytes(upTo: capacity) { buffer in
            unsafe cmachine_read_folder(number, buffer.baseAddress, buffer.count)
        }
    }
}
