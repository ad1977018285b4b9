// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import GuestKit

@Suite("Packages of the host's distribution", .enabled(if: Environment.program("apt-cache") != nil, "apt is needed"))
struct PackageSourceTests {
    private static let unknown = "apus-no-such-package"

    @Test("apt's own words are in the message about a package that it does not give")
    func tellsCause() {
        let source = PackageSource(progress: Progress())

        let dependency = #expect(throws: GuestKitError.self) { try source.dependency(of: Self.unknown) }
        let candidate = #expect(throws: GuestKitError.self) { try source.candidate(for: Self.unknown) }

        for error in [dependency, candidate] {
            #expect(error?.description.contains("E: ") == true, "\(String(describing: error))")
            #expect(error?.description.contains(Self.unknown) == true)
        }
    }
}
