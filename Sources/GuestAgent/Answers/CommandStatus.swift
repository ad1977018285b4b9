// SPDX-License-Identifier: Apache-2.0
package import JSON

/// What became of a command that the agent started.
package struct CommandStatus: Equatable, Sendable {
    /// The command's exit status, 128 and the signal's number where a signal ended it; `nil` while it runs.
    package let exitStatus: Int32?
    package let output: [UInt8]
    package let errors: [UInt8]
    /// Whether the agent kept only a part of either.
    package let isTruncated: Bool

    package init(exitStatus: Int32?, output: [UInt8] = [], errors: [UInt8] = [], isTruncated: Bool = false) {
        self.exitStatus = exitStatus
        self.output = output
        self.errors = errors
        self.isTruncated = isTruncated
    }

    /// Reads the answer to `guest-exec-status`; `nil` where it is none.
    package init?(_ answer: JSONValue) {
        guard let hasExited = answer["exited"]?.boolValue else { return nil }
        guard hasExited else {
            self.init(exitStatus: nil)
            return
        }
        guard let output = Base64.decode(answer["out-data"]?.text ?? ""),
            let errors = Base64.decode(answer["err-data"]?.text ?? "")
        else { return nil }
        let status: Int32
        if let code = answer["exitcode"]?.integerValue {
            // A guest of another kind has larger numbers; what an exit status holds of them is not 0.
            status = (0...255).contains(code) ? Int32(code) : 255
        } else if let signal = answer["signal"]?.integerValue, (1...127).contains(signal) {
            status = 128 + Int32(signal)
        } else {
            return nil
        }
        let isTruncated = [answer["out-truncated"], answer["err-truncated"]].contains { $0?.boolValue == true }
        self.init(exitStatus: status, output: output, errors: errors, isTruncated: isTruncated)
    }
}
