// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL
internal import Glibc

/// One TLS connection without I/O: what the peer sent goes in, what it must be sent comes out. One thread at a time.
@safe package final class SecureSession {
    /// How far a call has come.
    package enum Outcome: Equatable, Sendable {
        /// It is done, with so many bytes.
        case done(Int)
        /// The peer has to send more first, once what waits for it has been sent.
        case needsInput
        /// The peer has ended the session.
        case ended
    }

    private let context: SecureContext
    private let session: OpaquePointer

    /// - Parameter hostName: The name or address that the server's certificate must have; `nil` for any.
    package init(_ context: SecureContext, hostName: String? = nil) throws(SecureStreamError) {
        self.context = context
        let isServer: CInt = context.side == .server ? 1 : 0
        let session: OpaquePointer?
        if let hostName {
            unsafe session = hostName.withCString { unsafe copenssl_session(context.pointer, isServer, $0) }
        } else {
            unsafe session = copenssl_session(context.pointer, isServer, nil)
        }
        guard let session = unsafe session else { throw SecureStreamError(reason: "there is no memory for a session") }
        unsafe self.session = session
    }

    deinit { unsafe SSL_free(session) }

    /// Takes what the peer has sent.
    package func feed(_ bytes: RawSpan) throws(SecureStreamError) {
        let count = bytes.byteCount
        guard count > 0 else { return }
        let taken = unsafe bytes.withUnsafeBytes { unsafe copenssl_feed(session, $0.baseAddress, CInt(count)) }
        guard taken == count else { throw SecureStreamError(reason: "there is no memory for what has come") }
    }

    /// How many bytes wait to be sent to the peer.
    package var waitingByteCount: Int { unsafe copenssl_waiting(session) }
    /// Whether something has come that was not looked at yet.
    package var hasUnreadInput: Bool { unsafe copenssl_unread(session) > 0 || SSL_has_pending(session) != 0 }

    /// Takes what waits to be sent, at most the span's size; returns how many bytes.
    package func drain(into span: inout MutableRawSpan) -> Int {
        let limit = CInt(clamping: span.byteCount)
        guard limit > 0 else { return 0 }
        let count = unsafe span.withUnsafeMutableBytes { unsafe copenssl_drain(session, $0.baseAddress, limit) }
        return max(0, Int(count))
    }

    /// Goes on with the handshake.
    package func shakeHands() throws(SecureStreamError) -> Outcome {
        ERR_clear_error()
        return try outcome(unsafe SSL_do_handshake(session))
    }

    /// Decrypts into the front of a span.
    package func read(into span: inout MutableRawSpan) throws(SecureStreamError) -> Outcome {
        let limit = CInt(clamping: span.byteCount)
        guard limit > 0 else { return .done(0) }
        ERR_clear_error()
        return try outcome(unsafe span.withUnsafeMutableBytes { unsafe SSL_read(session, $0.baseAddress, limit) })
    }

    /// Encrypts some of the bytes; what they become waits to be sent.
    package func write(_ bytes: RawSpan) throws(SecureStreamError) -> Outcome {
        let limit = CInt(clamping: bytes.byteCount)
        guard limit > 0 else { return .done(0) }
        ERR_clear_error()
        return try outcome(unsafe bytes.withUnsafeBytes { unsafe SSL_write(session, $0.baseAddress, limit) })
    }

    /// The distinguished name in the peer's certificate (RFC 2253), such as `CN=backup,O=Example`; `nil` where it has
    /// shown none.
    package var peerName: String? {
        var name = [CChar](repeating: 0, count: 1024)
        guard unsafe copenssl_peer_name(session, &name, name.count) != 0 else { return nil }
        return SecureContext.text(name)
    }

    private func outcome(_ result: CInt) throws(SecureStreamError) -> Outcome {
        switch unsafe copenssl_outcome(session, result) {
        case CInt(COPENSSL_DONE): return .done(Int(result))
        case CInt(COPENSSL_WAITS): return .needsInput
        case CInt(COPENSSL_ENDED): return .ended
        default:
            var reason = [CChar](repeating: 0, count: 512)
            unsafe copenssl_reason(session, &reason, reason.count)
            throw SecureStreamError(reason: SecureContext.text(reason))
        }
    }
}
