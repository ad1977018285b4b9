// SPDX-License-Identifier: Apache-2.0
import CMachine

/// SOCK_STREAM, which the C library declares as an enumeration.
let streamSocket = CInt(SOCK_STREAM.rawValue)
