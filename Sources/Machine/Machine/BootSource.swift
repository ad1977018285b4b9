// SPDX-License-Identifier: Apache-2.0

/// What a machine starts, kept open for its resets.
package enum BootSource: Sendable {
    case kernel(KernelSource)
    case firmware(FirmwareSource)
}
