// SPDX-License-Identifier: Apache-2.0
import Testing

/// The tests that boot L1, one at a time: a machine of two processors carries no more.
@Suite("The lab, end to end", .enabled(if: LabBed.isUsable, "QEMU and the built programs are needed"), .serialized)
enum LabEndToEnd {}
