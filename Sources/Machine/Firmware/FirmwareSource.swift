// SPDX-License-Identifier: Apache-2.0

/// The firmware that a machine starts, in open files.
package struct FirmwareSource: Sendable {
    let image: OpenFile
    let variables: OpenFile?
    /// Which of the machine's devices it is to start from, by their position; first choice first.
    let bootOrder: [Int]

    /// - Parameter variables: A file that is read and written; its pages are the flash memory.
    package init(image: OpenFile, variables: OpenFile?, bootOrder: [Int]) {
        self.image = image
        self.variables = variables
        self.bootOrder = bootOrder
    }
}
