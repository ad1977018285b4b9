// SPDX-License-Identifier: Apache-2.0

/// The numbers by which messages begin.
enum NBDMagic {
    /// `NBDMAGIC`.
    static let greeting: UInt64 = 0x4E42_444D_4147_4943
    /// `IHAVEOPT`: fixed newstyle negotiation.
    static let option: UInt64 = 0x4948_4156_454F_5054
    static let optionReply: UInt64 = 0x0003_E889_0455_65A9
    static let request: UInt32 = 0x2560_9513
    static let simpleReply: UInt32 = 0x6744_6698
    static let structuredReply: UInt32 = 0x668E_33EF
}
