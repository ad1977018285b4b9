// SPDX-License-Identifier: Apache-2.0
import Testing

/// A folder of `scenarios`, by name. They run in this order.
enum Scenario: String, CaseIterable, CustomTestStringConvertible {
    case cloudELF1 = "boot-cloud-elf-1"
    case cloudELF4 = "boot-cloud-elf-4"
    case cloudBzImage2 = "boot-cloud-bzimage-2"
    case genericELF2 = "boot-generic-elf-2"
    case devices
    case userNetwork = "user-network"
    case queuePairs = "queue-pairs"
    case asynchronousIO = "aio"
    case reboot
    case panic
    case tripleFault = "triple-fault"
    case debugExit = "debug-exit"
    case powerButton = "power-button"
    case secondSignal = "second-signal"
    case hugePages = "hugepages"
    case tinyMemory = "tiny-memory"
    case monitor = "qmp"
    case monitoredPanic = "qmp-panic"
    case balloon
    case virtioFS = "virtio-fs"
    case freePages = "free-pages"
    case share
    case shareRootPassthrough = "share-root-passthrough"
    case shareRootMapped = "share-root-mapped"
    case shareRootSystemd = "share-root-systemd"
    case shadowPaging = "boot-shadow-paging"
    case sixteen = "boot-cloud-elf-16"
    case genericBzImage2 = "boot-generic-bzimage-2"
    case beyondTheHole = "boot-beyond-the-hole"
    case sharedPages = "shared-pages"

    case agent
    case firmwareUEFI = "firmware-uefi"
    case imageChain = "image-chain"
    case cloudInit = "cloud-init"

    var testDescription: String { rawValue }

    var batch: Batch {
        switch self {
        case .shadowPaging: .shadowPaging
        case .sixteen, .genericBzImage2, .beyondTheHole, .sharedPages, .shareRootSystemd: .proofs
        case .agent, .firmwareUEFI, .imageChain, .freePages, .virtioFS, .share, .shareRootPassthrough, .shareRootMapped:
            .secondHalf
        case .cloudInit: .cloudGuest
        default: .firstHalf
        }
    }

    /// Whether it is asked for, and what it needs is there.
    var isEnabled: Bool {
        if let selection = EndToEndBed.selection, !selection.contains(rawValue) { return false }
        if [.monitor, .monitoredPanic, .balloon].contains(self), QMPClientPackage.location == nil { return false }
        if [.agent, .firmwareUEFI, .imageChain].contains(self) { return StandardGuest.image != nil }
        if self == .cloudInit { return EndToEndBed.isProving && StandardGuest.cloudImage != nil }
        if needsSharedRoot, SharedRoot.location == nil { return false }
        return batch != .proofs || EndToEndBed.isProving
    }

    /// Whether it shares a whole Debian.
    private var needsSharedRoot: Bool {
        [.shareRootPassthrough, .shareRootMapped, .shareRootSystemd].contains(self)
            && (batch != .proofs || EndToEndBed.isProving)
    }

    /// What it left; the first call runs its whole batch.
    func result() throws -> ScenarioResult {
        let outcome = try batch.outcome()
        return ScenarioResult(
            name: rawValue, folder: "\(outcome.folder)/\(rawValue)", labOutput: outcome.output)
    }
}

extension Trait where Self == ConditionTrait {
    /// The test looks at what this scenario left.
    static func of(_ scenario: Scenario) -> Self {
        .enabled(if: scenario.isEnabled, "\(scenario.rawValue) is not asked for, or needs what is not here")
    }
}
