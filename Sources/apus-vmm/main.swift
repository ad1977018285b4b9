// SPDX-License-Identifier: Apache-2.0
internal import CMachine
internal import Configuration
internal import Glibc

ProcessSignals.ignoreFailedWrites()
// One heap for all threads: an arena each would cost more memory than the locks cost time.
_ = mallopt(M_ARENA_MAX, 1)
let arguments = CommandLine.arguments
guard arguments.count == 3, ["--config", "--image-header"].contains(arguments[1]), let number = Int32(arguments[2]),
    number > 2
else {
    Message.print("usage: apus-vmm --config DESCRIPTOR; it is started by apus run, which opens what it needs")
    exit(ExitCode.usage.rawValue)
}
if arguments[1] == "--image-header" { exit(ImageHeaderProbe.main(image: number)) }
exit(MachineProcess.main(configuration: number))
