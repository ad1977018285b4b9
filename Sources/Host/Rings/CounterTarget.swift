// SPDX-License-Identifier: Apache-2.0

/// Eight bytes that an asynchronous read of an event descriptor may write at any time.
@safe package struct CounterTarget: ~Copyable, @unchecked Sendable {
    // Only the kernel writes it and nobody reads it: a read's completion is the news, not its value.
    @unsafe let pointer: UnsafeMutablePointer<UInt64>

    package init() {
        unsafe pointer = .allocate(capacity: 1)
        unsafe pointer.initialize(to: 0)
    }

    deinit { unsafe pointer.deallocate() }
}
