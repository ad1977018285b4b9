// SPDX-License-Identifier: Apache-2.0
internal import DiskImage
internal import Glibc
internal import Host
internal import Machine
internal import MachineTesting

// Drives the real virtio-blk code as a guest would, one 4 KiB read at a time, and prints what it cost; or runs a tiny
// guest, so that its exits can be counted in instructions.
// Usage: apus-harness FILE REQUESTS [aio] [unfiltered]
//        apus-harness exits KERNEL
let arguments = CommandLine.arguments
do {
    if arguments.count == 3, arguments[1] == "exits" {
        try ExitHarness(kernel: arguments[2]).run()
        exit(0)
    }
    guard arguments.count >= 3, let requests = Int(arguments[2]) else {
        print("usage: apus-harness FILE REQUESTS [aio] [unfiltered] | exits KERNEL")
        exit(64)
    }
    var harness = try BlockHarness(path: arguments[1], usesAIO: arguments.contains("aio"))
    try harness.run(requests: requests, isFiltered: !arguments.contains("unfiltered"))
} catch {
    print("apus-harness: \(error)")
    exit(1)
}
