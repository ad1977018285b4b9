// SPDX-License-Identifier: Apache-2.0

/// A leaf of CPUID; the fields are those of KVM's `kvm_cpuid_entry2`.
package struct CPUIDEntry: Equatable, Sendable {
    /// The flag that says that `index` matters (`KVM_CPUID_FLAG_SIGNIFCANT_INDEX`).
    package static let hasIndex: UInt32 = 1

    /// EAX of the question.
    package var function: UInt32
    /// ECX of the question.
    package var index: UInt32
    package var flags: UInt32
    package var eax: UInt32
    package var ebx: UInt32
    package var ecx: UInt32
    package var edx: UInt32

    package init(
        function: UInt32, index: UInt32 = 0, flags: UInt32 = 0, eax: UInt32 = 0, ebx: UInt32 = 0, ecx: UInt32 = 0,
        edx: UInt32 = 0
    ) {
        self.function = function
        self.index = index
        self.flags = flags
        self.eax = eax
        self.ebx = ebx
        self.ecx = ecx
        self.edx = edx
    }
}
