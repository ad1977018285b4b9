// SPDX-License-Identifier: Apache-2.0
package import Host

/// Why a file could not be read into the guest's memory.
package enum GuestFillError: Error, Equatable, Sendable {
    case memory(GuestMemoryError)
    case system(SystemCallError)
    case endOfFile(offset: UInt64)
}
