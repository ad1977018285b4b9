// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL
internal import Glibc

/// Keys and certificates for TLS 1.2 and 1.3, read once, for any number of sessions.
///
/// Threads: unchecked, because OpenSSL's contexts take concurrent calls once they are set up.
@safe package final class SecureContext: @unchecked Sendable {
    package enum Side: Sendable { case server, client }

    let pointer: OpaquePointer
    package let side: Side

    /// Files in PEM that are read; `nil` for those that are not there.
    package struct Files: Sendable {
        /// Certificates of the authorities that the other side's must come from.
        package var authorities: String?
        /// This side's certificate, and those up to its authority.
        package var certificate: String?
        package var key: String?
        /// Certificates that the authority has taken back.
        package var revoked: String?
        package init() {}
    }

    /// - Parameter verifiesPeer: Whether the other side must show a certificate that an authority vouches for.
    package init(_ side: Side, _ files: Files, verifiesPeer: Bool) throws(SecureStreamError) {
        self.side = side
        var reason = [CChar](repeating: 0, count: 512)
        let context = unsafe files.authorities.withOptionalCString { authorities in
            unsafe files.certificate.withOptionalCString { certificate in
                unsafe files.key.withOptionalCString { key in
                    unsafe files.revoked.withOptionalCString { revoked in
                        unsafe copenssl_context(
                            side == .server ? 1 : 0, authorities, certificate, key, revoked, verifiesPeer ? 1 : 0,
                            &reason, reason.count)
                    }
                }
            }
        }
        guard let context = unsafe context else { throw SecureStreamError(reason: Self.text(reason)) }
        unsafe pointer = context
    }

    deinit { unsafe SSL_CTX_free(pointer) }

    static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension String? {
    fileprivate func withOptionalCString<Result>(_ body: (UnsafePointer<CChar>?) -> Result) -> Result {
        guard let self else { return body(nil) }
        return unsafe self.withCString { unsafe body($0) }
    }
}
