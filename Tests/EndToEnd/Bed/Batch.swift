// SPDX-License-Identifier: Apache-2.0
import GuestKit
import Host

/// Scenarios that share one start of the lab.
enum Batch: String, CaseIterable {
    /// What every run of the tests covers, in two halves of about the same length.
    case firstHalf = "first-half"
    case secondHalf = "second-half"
    /// The same kernel where the processor has no nested paging.
    case shadowPaging = "shadow-paging"
    /// The project's disk image with cloud-init, which takes too long for every run.
    case cloudGuest = "cloud-guest"
    /// What takes too long for every run.
    case proofs

    var scenarios: [Scenario] { Scenario.allCases.filter { $0.batch == self && $0.isEnabled } }

    /// The results of all its scenarios; the lab runs once.
    func outcome() throws -> LabOutcome {
        switch self {
        case .firstHalf, .secondHalf:
            guard let run = Self.runs[self] else { return try LabOutcome(of: self) }
            return try run.get()
        case .shadowPaging: return try Self.shadowPagingOutcome.get()
        case .proofs: return try Self.proofsOutcome.get()
        case .cloudGuest: return try Self.cloudGuestOutcome.get()
        }
    }

    // Each takes minutes, so the first that is asked for starts both.
    private static let runs = Dictionary(
        uniqueKeysWithValues: [Batch.firstHalf, .secondHalf].filter { !$0.scenarios.isEmpty }.map {
            ($0, BatchRun(of: $0))
        })
    private static let shadowPagingOutcome = Result { try LabOutcome(of: .shadowPaging) }
    private static let cloudGuestOutcome = Result { try LabOutcome(of: .cloudGuest) }
    private static let proofsOutcome = Result { try LabOutcome(of: .proofs) }

    var options: [String] {
        switch self {
        case .firstHalf: ["--memory", "3G", "--scratch", "1G"]
        case .secondHalf: ["--memory", "3G", "--scratch", "1G"] + Self.disk(StandardGuest.image)
        case .shadowPaging: []
        case .cloudGuest: Self.disk(StandardGuest.cloudImage)
        // Slower, and where the guest's processors are interrupted at any instruction.
        case .proofs: ["--memory", "6G", "--cpus", "2", "--scratch", "1G"]
        }
    }

    /// A disk that the lab sees, without what is written to it.
    private static func disk(_ image: String?) -> [String] { image.map { ["--disk", $0] } ?? [] }

    /// How long the lab may take, many times what it needs on two idle cores.
    var limitSeconds: Int {
        switch self {
        case .firstHalf, .secondHalf: 600
        case .shadowPaging: 240
        case .cloudGuest: 600
        case .proofs: 1200
        }
    }

    /// What the lab does before the first scenario.
    var preparation: String {
        switch self {
        case .firstHalf, .secondHalf, .proofs, .cloudGuest: ":"
        case .shadowPaging: "modprobe -r kvm-amd && modprobe kvm-amd npt=0 && chmod 666 /dev/kvm"
        }
    }
}
