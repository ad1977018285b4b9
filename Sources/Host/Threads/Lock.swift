// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// A mutual exclusion lock with a condition to wait for (pthread_mutex_t and pthread_cond_t).
@safe package final class Lock: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    package init() {
        unsafe mutex = .allocate(capacity: 1)
        unsafe condition = .allocate(capacity: 1)
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(condition, nil)
    }

    deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe pthread_cond_destroy(condition)
        unsafe mutex.deallocate()
        unsafe condition.deallocate()
    }

    package func lock() { unsafe pthread_mutex_lock(mutex) }
    package func unlock() { unsafe pthread_mutex_unlock(mutex) }

    /// Performs `body` with the lock held.
    package func holding<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        lock()
        defer { unlock() }
        return try body()
    }

    /// Gives the lock up until `wake()`; it may return early. Called with the lock held.
    package func wait() { unsafe pthread_cond_wait(condition, mutex) }

    /// Lets every `wait()` return.
    package func wake() { unsafe pthread_cond_broadcast(condition) }
}
