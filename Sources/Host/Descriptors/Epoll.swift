// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc

/// A set of descriptors that one thread waits on (epoll(7)).
package struct Epoll: ~Copyable, Sendable {
    private let descriptor: Descriptor

    /// What a descriptor is ready for.
    package struct Events: OptionSet, Sendable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }
        package static let readable = Events(rawValue: 0x1)
        package static let writable = Events(rawValue: 0x4)
        package static let failed = Events(rawValue: 0x8)
        package static let hungUp = Events(rawValue: 0x10)
        /// Reported once per change instead of for as long as it holds.
        package static let edgeTriggered = Events(rawValue: 1 << 31)

        // Bits, because the algebra of sets comes to other modules unspecialized: 7 % of a busy network thread's time.
        /// A read will not wait: there is something, or an end or an error to hear of.
        package var canRead: Bool { rawValue & 0x19 != 0 }
        /// A write will not wait.
        package var canWrite: Bool { rawValue & 0x4 != 0 }
    }

    package init() throws(SystemCallError) {
        let number = epoll_create1(CInt(EPOLL_CLOEXEC))
        guard number >= 0 else { throw SystemCallError(call: "epoll_create1", code: errno) }
        descriptor = Descriptor(owning: number)
    }

    package borrowing func add(_ number: CInt, _ events: Events, token: UInt64) throws(SystemCallError) {
        try control(EPOLL_CTL_ADD, number, events, token)
    }

    package borrowing func change(_ number: CInt, _ events: Events, token: UInt64) throws(SystemCallError) {
        try control(EPOLL_CTL_MOD, number, events, token)
    }

    package borrowing func remove(_ number: CInt) throws(SystemCallError) {
        try control(EPOLL_CTL_DEL, number, [], 0)
    }

    /// Waits for at most `timeoutMilliseconds` (-1: for ever) and calls `body` with each token that is ready.
    /// A signal ends the wait early, without a call.
    package borrowing func wait(
        timeoutMilliseconds: CInt = -1, _ body: (_ token: UInt64, _ events: Events) -> Void
    ) throws(SystemCallError) {
        var ready = unsafe (epoll_event(), epoll_event(), epoll_event(), epoll_event())
        let number = descriptor.borrowed
        let count = unsafe withUnsafeMutableBytes(of: &ready) { buffer in
            unsafe epoll_wait(
                number, buffer.baseAddress?.assumingMemoryBound(to: epoll_event.self), 4, timeoutMilliseconds)
        }
        if count < 0 {
            let code = errno
            if code == EINTR { return }
            throw SystemCallError(call: "epoll_wait", code: code)
        }
        unsafe withUnsafeBytes(of: ready) { buffer in
            for index in 0..<Int(count) {
                // struct epoll_event is packed on x86-64: 4 bytes of events, 8 of data.
                let bits = unsafe buffer.loadUnaligned(fromByteOffset: index * 12, as: UInt32.self)
                let token = unsafe buffer.loadUnaligned(fromByteOffset: index * 12 + 4, as: UInt64.self)
                body(token, Events(rawValue: bits))
            }
        }
    }

    private borrowing func control(
        _ operation: CInt, _ number: CInt, _ events: Events, _ token: UInt64
    ) throws(SystemCallError) {
        var event = unsafe epoll_event()
        unsafe event.events = events.rawValue
        unsafe event.data.u64 = token
        guard unsafe epoll_ctl(descriptor.borrowed, operation, number, &event) == 0 else {
            throw SystemCallError(call: "epoll_ctl", code: errno)
        }
    }
}
