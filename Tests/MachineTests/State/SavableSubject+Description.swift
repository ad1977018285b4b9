// SPDX-License-Identifier: Apache-2.0
import MachineTesting
import Testing

extension SavableSubject: CustomTestStringConvertible {
    /// What the test log calls the device.
    package var testDescription: String { description }
}
