// SPDX-License-Identifier: Apache-2.0
// OpenSSL's TLS over memory: what Swift cannot call by itself, because OpenSSL has it as macros.
#pragma once
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stddef.h>
#include <string.h>

// A context for TLS 1.2 and 1.3. Files may be 0. On failure 0, and a sentence in `reason`.
static inline SSL_CTX *copenssl_context(int is_server, const char *authority, const char *certificate, const char *key,
                                        const char *revoked, int verifies, char *reason, size_t reason_size) {
    const char *file = 0;
    SSL_CTX *context = SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method());
    if (!context) goto failed;
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 0);
    file = authority;
    if (authority) {
        if (!SSL_CTX_load_verify_locations(context, authority, 0)) goto failed;
        if (is_server) SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(authority));
    }
    file = certificate;
    if (certificate && SSL_CTX_use_certificate_chain_file(context, certificate) != 1) goto failed;
    file = key;
    if (key && (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1 ||
                SSL_CTX_check_private_key(context) != 1)) goto failed;
    file = revoked;
    if (revoked) {
        X509_LOOKUP *lookup = X509_STORE_add_lookup(SSL_CTX_get_cert_store(context), X509_LOOKUP_file());
        if (!lookup || X509_load_crl_file(lookup, revoked, X509_FILETYPE_PEM) < 1) goto failed;
        X509_STORE_set_flags(SSL_CTX_get_cert_store(context), X509_V_FLAG_CRL_CHECK);
    }
    SSL_CTX_set_verify(context, verifies ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : SSL_VERIFY_NONE, 0);
    ERR_clear_error();
    return context;
failed:;
    unsigned long code = ERR_peek_last_error();
    const char *words = ERR_reason_error_string(code);
    BIO_snprintf(reason, reason_size, "%s%s%s", file ? file : "", file ? ": " : "", words ? words : "OpenSSL failed");
    ERR_clear_error();
    if (context) SSL_CTX_free(context);
    return 0;
}

// A session over two queues in memory. `host` is the name that the server's certificate must have, an address
// included; 0 where none is asked for.
static inline SSL *copenssl_session(SSL_CTX *context, int is_server, const char *host) {
    SSL *session = SSL_new(context);
    if (!session) return 0;
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
    if (!in || !out) {
        BIO_free(in);
        BIO_free(out);
        SSL_free(session);
        return 0;
    }
    BIO_set_mem_eof_return(in, -1);
    BIO_set_mem_eof_return(out, -1);
    SSL_set_bio(session, in, out);
    if (is_server) {
        SSL_set_accept_state(session);
        return session;
    }
    SSL_set_connect_state(session);
    if (!host) return session;
    X509_VERIFY_PARAM *parameters = SSL_get0_param(session);
    int is_address = X509_VERIFY_PARAM_set1_ip_asc(parameters, host);
    if (!is_address && (!SSL_set_tlsext_host_name(session, host) || !SSL_set1_host(session, host))) {
        SSL_free(session);
        return 0;
    }
    ERR_clear_error();
    return session;
}

// What the peer has sent is taken into the session.
static inline int copenssl_feed(SSL *session, const void *bytes, int count) {
    return BIO_write(SSL_get_rbio(session), bytes, count);
}
// What is to be sent to the peer: how many bytes wait, and taking them.
static inline size_t copenssl_waiting(SSL *session) { return BIO_ctrl_pending(SSL_get_wbio(session)); }
static inline int copenssl_drain(SSL *session, void *bytes, int count) {
    return BIO_read(SSL_get_wbio(session), bytes, count);
}
// Bytes that have come and were not looked at yet.
static inline size_t copenssl_unread(SSL *session) { return BIO_ctrl_pending(SSL_get_rbio(session)); }

enum { COPENSSL_DONE, COPENSSL_WAITS, COPENSSL_ENDED, COPENSSL_FAILED };

// What the result of a call means.
static inline int copenssl_outcome(SSL *session, int result) {
    if (result > 0) return COPENSSL_DONE;
    switch (SSL_get_error(session, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return COPENSSL_WAITS;
    case SSL_ERROR_ZERO_RETURN: return COPENSSL_ENDED;
    default: return COPENSSL_FAILED;
    }
}
static inline void copenssl_reason(SSL *session, char *reason, size_t size) {
    long verified = SSL_get_verify_result(session);
    unsigned long code = ERR_peek_last_error();
    const char *words = ERR_reason_error_string(code);
    if (verified != X509_V_OK)
        BIO_snprintf(reason, size, "the certificate was refused: %s", X509_verify_cert_error_string(verified));
    else
        BIO_snprintf(reason, size, "%s", words ? words : "the connection was cut");
    ERR_clear_error();
}

// The peer's distinguished name as RFC 2253 writes it; 0 where it has shown no certificate.
static inline int copenssl_peer_name(SSL *session, char *name, size_t size) {
    X509 *certificate = SSL_get1_peer_certificate(session);
    if (!certificate) return 0;
    BIO *text = BIO_new(BIO_s_mem());
    int result = text && X509_NAME_print_ex(text, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253) >= 0;
    if (result) {
        int count = BIO_read(text, name, (int)size - 1);
        name[count < 0 ? 0 : count] = 0;
    }
    BIO_free(text);
    X509_free(certificate);
    return result;
}
