// SPDX-License-Identifier: Apache-2.0
package import CMachine
package import Host

extension Descriptor {
    /// Sends an ioctl that takes a number, retrying while a signal interrupts it; returns what the kernel did.
    @discardableResult
    package borrowing func control(
        _ request: cmachine_request, _ call: StaticString, argument: UInt = 0
    ) throws(SystemCallError) -> Int {
        while true {
            let result = cmachine_ioctl(borrowed, request, argument)
            if result != -Int(EINTR) { return try SystemCallError.check(result, call) }
        }
    }

    /// Sends an ioctl that takes a structure, which the kernel may change.
    @discardableResult
    package borrowing func control<Argument: BitwiseCopyable>(
        _ request: cmachine_request, _ call: StaticString, with argument: inout Argument
    ) throws(SystemCallError) -> Int {
        let number = borrowed
        let result = unsafe withUnsafeMutablePointer(to: &argument) { pointer in
            unsafe cmachine_ioctl_pointer(number, request, pointer)
        }
        return try SystemCallError.check(result, call)
    }

    /// Sends an ioctl that takes a counted array.
    @discardableResult
    package borrowing func control<Element: BitwiseCopyable>(
        _ request: cmachine_request, _ call: StaticString, with array: borrowing CountedArray<Element>
    ) throws(SystemCallError) -> Int {
        try SystemCallError.check(unsafe cmachine_ioctl_pointer(borrowed, request, array.pointer), call)
    }
}
