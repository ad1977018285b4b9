// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc

/// A counter that wakes whoever waits for it (eventfd(2)); non-blocking. Any thread may signal it.
package struct EventDescriptor: ~Copyable, Sendable {
    package let descriptor: Descriptor

    package init() throws(SystemCallError) {
        let number = eventfd(0, CInt(EFD_CLOEXEC) | CInt(EFD_NONBLOCK))
        guard number >= 0 else { throw SystemCallError(call: "eventfd", code: errno) }
        descriptor = Descriptor(owning: number)
    }

    /// Takes over an eventfd that another process made.
    package init(owning descriptor: consuming Descriptor) {
        self.descriptor = descriptor
    }

    package var number: CInt { descriptor.borrowed }

    /// Adds one to the counter. A counter that is full has already woken its reader.
    package borrowing func signal() {
        var one: UInt64 = 1
        _ = unsafe Glibc.write(number, &one, 8)
    }

    /// The same for a number that somebody else owns, and keeps open meanwhile.
    package static func signal(borrowing number: CInt) {
        var one: UInt64 = 1
        _ = unsafe Glibc.write(number, &one, 8)
    }

    /// Takes the counter back to zero and returns what it was; `nil` where it was zero.
    package borrowing func take() -> UInt64? {
        var value: UInt64 = 0
        return unsafe Glibc.read(number, &value, 8) == 8 ? value : nil
    }

    /// Takes the counter back to zero; true if it was above.
    @discardableResult
    package borrowing func clear() -> Bool {
        var value: UInt64 = 0
        return unsafe Glibc.read(number, &value, 8) == 8
    }
}
