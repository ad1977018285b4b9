// SPDX-License-Identifier: Apache-2.0

/// Counts what a device asks for, on the test's own thread.
final class Counter {
    private(set) var count = 0

    func increment() { count += 1 }
}
