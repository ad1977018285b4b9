// SPDX-License-Identifier: Apache-2.0
import Testing

/// The tests that boot stock kernels in machines; the first one of a batch runs the lab for all of them.
@Suite(
    "Machines, end to end", .enabled(if: EndToEndBed.isUsable, "QEMU and the release build are needed"), .serialized)
enum EndToEnd {}
