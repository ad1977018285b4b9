// SPDX-License-Identifier: Apache-2.0

/// An archive in the "newc" format that the kernel unpacks as its initrd (Linux
/// Documentation/driver-api/early-userspace/buffer-format.rst).
///
/// Every entry belongs to root and has a fixed time, so that equal contents give equal bytes.
package struct CpioArchive: Sendable {
    private var bytes: [UInt8] = []
    private var inode: UInt32 = 0

    package init() {}

    /// Adds a folder. Its parents must have been added before.
    package mutating func addFolder(_ path: String) {
        add(path, mode: 0o040755, contents: [])
    }

    package mutating func addFile(_ path: String, _ contents: [UInt8], executable: Bool = false) {
        add(path, mode: executable ? 0o100755 : 0o100644, contents: contents)
    }

    package mutating func addSymbolicLink(_ path: String, to target: String) {
        add(path, mode: 0o120777, contents: Array(target.utf8))
    }

    /// Adds a character device.
    package mutating func addCharacterDevice(_ path: String, major: UInt32, minor: UInt32) {
        add(path, mode: 0o020600, contents: [], major: major, minor: minor)
    }

    /// The archive as it stands, closed by its trailer. Several archives may follow each other in one initrd.
    package func finished() -> [UInt8] {
        var copy = self
        copy.add("TRAILER!!!", mode: 0, contents: [])
        return copy.bytes
    }

    private mutating func add(
        _ path: String, mode: UInt32, contents: [UInt8], major: UInt32 = 0, minor: UInt32 = 0
    ) {
        precondition(UInt64(contents.count) <= UInt64(UInt32.max), "a file of an archive is shorter than 4 GiB")
        inode += 1
        let name = Array(path.utf8)
        let fields: [UInt32] = [
            mode == 0 ? 0 : inode, mode, 0, 0, 1, 0, UInt32(contents.count), 0, 0, major, minor, UInt32(name.count + 1),
            0,
        ]
        bytes.reserveCapacity(bytes.count + 128 + name.count + contents.count)
        bytes += Array("070701".utf8)
        for field in fields { appendHexadecimal(field) }
        bytes += name
        bytes.append(0)
        pad()
        bytes += contents
        pad()
    }

    private mutating func appendHexadecimal(_ value: UInt32) {
        let digits = Array("0123456789ABCDEF".utf8)
        for shift in stride(from: UInt32(28), through: 0, by: -4) {
            bytes.append(digits[Int(value >> shift & 15)])
        }
    }

    private mutating func pad() {
        while bytes.count % 4 != 0 { bytes.append(0) }
    }
}
