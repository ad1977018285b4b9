// SPDX-License-Identifier: Apache-2.0
internal import CMachine

extension Descriptor {
    /// Takes the next client of a listening socket, non-blocking; `nil` where there is none, or it has gone again.
    package borrowing func acceptClient() -> Descriptor? {
        while true {
            let result = cmachine_accept(borrowed)
            if result >= 0 { return Descriptor(owning: CInt(result)) }
            if result != -Int(EINTR) { return nil }
        }
    }
}
