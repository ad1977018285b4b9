// SPDX-License-Identifier: Apache-2.0

/// A feature of a format, and what can be done with images that have it.
struct FeatureRow {
    /// What can be done, in the order of the columns.
    enum Operation: String, CaseIterable {
        case read, write, create, convert, check, repair, snapshot
    }

    /// What shows that an operation works, or what the tool says instead.
    enum Cell {
        /// A test that passes, as `Suite/function`.
        case test(String)
        /// The tool's sentence for these arguments, in a folder that has the row's image.
        case sentence([String])
    }

    let name: String
    /// An image that has the feature; `nil` where a sentence needs none.
    let image: Sample?
    let cells: [Operation: Cell]

    init(_ name: String, _ image: Sample?, _ cells: [Operation: Cell]) {
        self.name = name
        self.image = image
        self.cells = cells
    }
}
