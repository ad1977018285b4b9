// SPDX-License-Identifier: Apache-2.0
internal import Configuration
internal import Glibc
internal import Host

extension Preparation {
    private static let defaultKVM = "/dev/kvm"
    private static let freeHugePages = "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"

    func openKVM() {
        let path: String =
            if case .path(let path) = request.kvm { path } else { Self.defaultKVM }
        do {
            machine.kvm = .descriptor(table.hand(try Descriptor(path: path, flags: O_RDWR)))
        } catch {
            let (found, remedy): (String, String) =
                switch error.code {
                case ENOENT, ENXIO, ENODEV:
                    (
                        "KVM is not there: \(error.reason)",
                        "turn on virtualization in the firmware and load kvm_intel or kvm_amd; apus doctor says more"
                    )
                case EACCES, EPERM:
                    (
                        "you have no right to use KVM: \(error.reason)",
                        "join the group kvm (sudo usermod -aG kvm \"$USER\") and log in again"
                    )
                default: ("KVM cannot be opened: \(error.reason)", "apus doctor says more")
                }
            report(path, found: found, remedy: remedy, .hostUnable)
        }
    }

    func inspectMemory() {
        guard request.memory.hugePages else { return }
        let needed = request.memory.byteCount / MemoryConfiguration.hugePageByteCount
        let free = Files.number(in: Self.freeHugePages) ?? 0
        if free < needed {
            report(
                "--hugepages", found: "the host has \(free) free huge pages of 2 MiB, and the machine needs \(needed)",
                remedy: "reserve them with sudo sysctl vm.nr_hugepages=NUMBER, or leave the option out", .hostUnable)
        }
    }
}
