// SPDX-License-Identifier: Apache-2.0

/// A device broke one of the laws in `StateLaws`; the sentence says which, for which device and with which seed.
package struct StateLawViolation: Error, CustomStringConvertible {
    package let description: String
}
