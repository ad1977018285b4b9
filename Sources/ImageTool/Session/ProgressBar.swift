// SPDX-License-Identifier: Apache-2.0

/// How much of a command's work is done, shown on standard error as qemu-img shows it. It is written when the work
/// has moved on by a hundredth, never by the clock.
final class ProgressBar {
    private let console: Console?
    private let total: UInt64
    private var done: UInt64 = 0
    private var shown = -1.0

    /// - Parameter isShown: Whether anything is written (`-p`).
    init(_ console: Console, total: UInt64, isShown: Bool) {
        self.console = isShown ? console : nil
        self.total = total
        show()
    }

    /// Some of the work is done; `amount` is in the unit of the total.
    func advance(by amount: UInt64) {
        let (sum, overflow) = done.addingReportingOverflow(amount)
        done = overflow ? total : min(total, sum)
        show()
    }

    /// All is done: the line ends.
    func finish() {
        guard let console else { return }
        done = total
        show()
        console.show("\n")
    }

    private func show() {
        guard let console else { return }
        let share = total == 0 ? 100 : Double(done) / Double(total) * 100
        guard share - shown >= 1 || (share == 100 && shown < 100) else { return }
        shown = share
        console.show("    (\(HumanText.percentage(share))/100%)\r")
    }
}
