// SPDX-License-Identifier: Apache-2.0
import Configuration
import Host
import Synchronization

@testable import Launcher

/// A launch on a thread of its own, which is what a launch wants.
enum Launch {
    static func status(of machine: MachineConfiguration, _ program: String) throws -> Int32 {
        let result = Mutex<Result<Int32, LaunchProblems>?>(nil)
        let box = Box(result)
        let thread = try NamedThread(name: "launch") {
            let outcome = Result { () throws(LaunchProblems) in try Launcher.run(machine, program: program) }
            box.result.withLock { $0 = outcome }
        }
        thread.join()
        guard let outcome = box.result.withLock({ $0 }) else { return -1 }
        return try outcome.get()
    }

    private final class Box: Sendable {
        let result: Mutex<Result<Int32, LaunchProblems>?>
        init(_ result: consuming Mutex<Result<Int32, LaunchProblems>?>) { self.result = result }
    }
}
