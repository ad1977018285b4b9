// SPDX-License-Identifier: Apache-2.0
import MachineTesting
import Testing

extension SavableSubject: @retroactive CustomTestStringConvertible {
    public var testDescription: String { description }
}
