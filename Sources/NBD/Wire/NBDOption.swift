// SPDX-License-Identifier: Apache-2.0

/// The options of the negotiation ("NBD protocol", "Option types").
enum NBDOption: UInt32 {
    case exportName = 1
    case abort = 2
    case list = 3
    case startTLS = 5
    case info = 6
    case go = 7
    case structuredReply = 8
    case listMetaContext = 9
    case setMetaContext = 10
}
