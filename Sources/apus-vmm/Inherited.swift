// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Host

/// The descriptors that the launcher handed over; each is taken once.
enum Inherited {
    /// Takes ownership of a descriptor.
    ///
    /// - Throws: Where the number is not open.
    static func take(_ number: Int32, _ object: String) throws(BuildError) -> Descriptor {
        guard number > 2, fcntl(number, F_GETFD) >= 0 else {
            throw BuildError(object, "descriptor \(number) is not open; the launcher hands it over")
        }
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
        return Descriptor(owning: number)
    }
}
