// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Host

// Drives the VMM's own code without a guest, for a counter of instructions to look at:
//   apus-harness FILE REQUESTS [aio] [unfiltered]   virtio-blk, one 4 KiB read at a time, and its memory
//   apus-harness exits COUNT                        a byte to a serial register, from its exit to the next entry
let arguments = CommandLine.arguments
guard arguments.count >= 3, let count = Int(arguments[2]) else {
    print("usage: apus-harness FILE REQUESTS [aio] [unfiltered] | apus-harness exits COUNT")
    exit(64)
}
do {
    if arguments[1] == "exits" {
        try ExitHarness().run(exits: count)
    } else {
        var harness = try BlockHarness(path: arguments[1], usesAIO: arguments.contains("aio"))
        try harness.run(requests: count, isFiltered: !arguments.contains("unfiltered"))
    }
} catch {
    print("apus-harness: \(error)")
    exit(1)
}
