// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Host

/// The descriptors that the machine's process is handed, in the order of their numbers there.
///
/// 0 is `/dev/null`, 1 and 2 are this process's, 3 is the configuration; resources follow.
final class DescriptorTable {
    /// The number of the configuration in the machine's process.
    static let configurationNumber: Int32 = 3
    private static let firstNumber: Int32 = 4

    private var resources: [CInt] = []

    /// Takes over a descriptor and returns the number that it will have in the machine's process.
    func hand(_ descriptor: consuming Descriptor) -> Int32 {
        resources.append(descriptor.release())
        return Self.firstNumber + Int32(resources.count - 1)
    }

    /// What becomes descriptor 0, 1, 2 … of the machine's process.
    func numbers(null: borrowing Descriptor, configuration: borrowing Descriptor) -> [CInt] {
        [null.borrowed, STDOUT_FILENO, STDERR_FILENO, configuration.borrowed] + resources
    }

    /// Closes this process's copies, so that the machine's process is the only one that holds them.
    func closeAll() {
        for number in resources { _ = close(number) }
        resources = []
    }

    deinit { closeAll() }
}
