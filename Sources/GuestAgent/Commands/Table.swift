// SPDX-License-Identifier: Apache-2.0

/// Columns of text.
enum Table {
    /// Where a column is wider, the cells in it are not padded further: each row would grow with one cell.
    private static let maximumWidth = 48

    /// The rows, with every column but the last as wide as its widest cell, or `maximumWidth`.
    static func text(_ rows: [[String]]) -> String {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in
            rows.map { column < $0.count ? min($0[column].count, maximumWidth) : 0 }.max() ?? 0
        }
        return rows.map { row in
            row.enumerated().map { column, cell in
                let padding = max(0, widths[column] - cell.count)
                return column + 1 == row.count ? cell : cell + String(repeating: " ", count: padding)
            }
            .joined(separator: "  ")
        }
        .joined(separator: "\n")
    }
}
