// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Glibc

/// An unnamed file in memory that can be handed to other processes. Its size is sealed: nobody who holds it can make
/// a page of another's mapping go away.
package final class SharedMemoryFile: Sendable {
    package let descriptor: Descriptor

    /// Makes the file; no page of it is touched.
    ///
    /// - Parameter hugePages: Take it from the pool of huge pages of 2 MiB.
    package init(byteCount: Int, hugePages: Bool = false) throws(SystemCallError) {
        let number = unsafe cmachine_shared_memory("apus-memory", Int64(byteCount), hugePages ? 1 : 0)
        guard number >= 0 else { throw SystemCallError(call: "memfd_create", code: CInt(-number)) }
        descriptor = Descriptor(owning: CInt(number))
    }
}
