// SPDX-License-Identifier: Apache-2.0
internal import Configuration
internal import Launcher

/// The way of `apus run` round a KVM that cannot run stock guests.
enum RunInLab {
    /// Runs this very command in the lab where that is the only way, and returns its exit status; `nil` where the
    /// machine is to run here.
    static func execute(_ machine: MachineConfiguration) throws(LaunchProblems) -> Int32? {
        nil
    }
}
