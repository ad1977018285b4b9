// SPDX-License-Identifier: Apache-2.0

/// What every command has: its outputs, and the signals that end it. Main thread only.
package final class ToolSession {
    package let console: Console
    private let interruption = Interruption()

    /// - Parameter isQuiet: Whether nothing but problems is written (`-q`).
    package init(isQuiet: Bool = false) {
        console = Console(isQuiet: isQuiet)
    }

    /// Readable while a signal asks for the end.
    var signalDescriptor: CInt { interruption.number }

    /// Takes a signal that was heeded.
    func takeSignal() { interruption.take() }

    /// Throws where a signal asked for the end. Called between two pieces of work.
    func checkInterruption() throws(ToolProblem) { try interruption.check() }

    /// Waits for a while, and throws as soon as a signal asks for the end.
    func wait(milliseconds: Int) throws(ToolProblem) { try interruption.wait(milliseconds: milliseconds) }
}
