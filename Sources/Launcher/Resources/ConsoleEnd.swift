// SPDX-License-Identifier: Apache-2.0
internal import Host

/// The launcher's end of the sockets between the terminal and the guest's console.
final class ConsoleEnd {
    let descriptor: Descriptor

    init(_ descriptor: consuming Descriptor) {
        self.descriptor = descriptor
    }
}
