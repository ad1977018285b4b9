// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// The list of an image's snapshots for people.
enum SnapshotTable {
    static let header = line(["ID", "TAG", "VM SIZE", "DATE", "VM CLOCK", "ICOUNT"])

    static func line(_ snapshot: SnapshotDetails) -> String {
        line([
            snapshot.identifier, snapshot.name, HumanText.size(snapshot.stateByteCount), date(snapshot.seconds),
            clock(snapshot.machineNanoseconds), snapshot.instructionCount.map(String.init) ?? "",
        ])
    }

    private static func line(_ cells: [String]) -> String {
        let left = HumanText.padded(cells[0], to: 9) + " " + HumanText.padded(cells[1], to: 16) + " "
        return left
            + zip(cells.dropFirst(2), [8, 20, 13, 11]).map { cell, width in
                String(repeating: " ", count: max(0, width - cell.count)) + cell
            }.joined()
    }

    /// The local date and time.
    private static func date(_ seconds: UInt64) -> String {
        var moment = time_t(clamping: seconds)
        var parts = unsafe tm()
        guard unsafe localtime_r(&moment, &parts) != nil else { return "" }
        let year = unsafe Int(parts.tm_year) + 1900
        let day = unsafe "\(year)-\(two(Int(parts.tm_mon) + 1))-\(two(Int(parts.tm_mday)))"
        return unsafe "\(day) \(two(Int(parts.tm_hour))):\(two(Int(parts.tm_min))):\(two(Int(parts.tm_sec)))"
    }

    private static func clock(_ nanoseconds: UInt64) -> String {
        let seconds = nanoseconds / 1_000_000_000
        let milliseconds = String(1000 + nanoseconds / 1_000_000 % 1000).dropFirst()
        return "\(two(Int(seconds / 3600))):\(two(Int(seconds / 60 % 60))):\(two(Int(seconds % 60))).\(milliseconds)"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
