// SPDX-License-Identifier: Apache-2.0

extension BalloonConfiguration {
    func inspect(_ inspection: inout Inspection, at place: String, with memory: MemoryConfiguration) {
        guard memory.hugePages else { return }
        inspection.report(
            .conflict, place, found: "a balloon gives back pages of 4 KiB, and the memory is on huge pages of 2 MiB",
            remedy: "leave out the balloon or the huge pages")
    }
}
