// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Sentences for whoever started the machine, on standard error.
enum Message {
    static func print(_ sentence: String) {
        let line = Array("apus-vmm: \(sentence)\n".utf8)
        _ = unsafe line.withUnsafeBytes { unsafe write(2, $0.baseAddress, $0.count) }
    }
}
