// SPDX-License-Identifier: Apache-2.0

/// What `NBD_OPT_INFO` and `NBD_OPT_GO` tell of an export ("NBD protocol", "NBD_REP_INFO").
enum NBDInformation: UInt16 {
    case export = 0
    case name = 1
    case description = 2
    case blockSize = 3
}
