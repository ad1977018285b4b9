// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc

/// A counting semaphore (sem_overview(7)): `signal()` on one thread lets one `wait()` return on another.
@safe package final class Semaphore: @unchecked Sendable {
    private let storage: UnsafeMutablePointer<sem_t>

    package init() {
        unsafe storage = .allocate(capacity: 1)
        unsafe sem_init(storage, 0, 0)
    }

    deinit {
        unsafe sem_destroy(storage)
        unsafe storage.deallocate()
    }

    package func signal() {
        unsafe sem_post(storage)
    }

    package func wait() {
        while unsafe sem_wait(storage) != 0 && errno == EINTR {}
    }
}
