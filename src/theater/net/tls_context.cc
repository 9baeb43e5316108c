#include "theater/net/tls_context.h"

#include <boost/asio/ssl/context.hpp>
#include <openssl/ssl.h>

#include <array>
#include <string>
#include <utility>

namespace theater {

namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using boost::system::error_code;

// Picks `http/1.1` where the client offers it. A client that offers only other protocols gets no
// choice and continues without.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* in, unsigned in_size, void*) {
  static constexpr std::array<unsigned char, 9> kHttp1 = {8,   'h', 't', 't', 'p',
                                                          '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kHttp1.data(), kHttp1.size(), in, in_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

Result<std::unique_ptr<ssl::context>> make_context(ssl::context::method method) {
  auto context = std::make_unique<ssl::context>(method);
  SSL_CTX* native = context->native_handle();
  if (SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION) != 1)
    return fail(ErrorCode::kIo, "preparing TLS: OpenSSL refuses TLS 1.2");
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  // Without it OpenSSL would ask the terminal for the password of an encrypted key.
  SSL_CTX_set_default_passwd_cb(native, [](char*, int, int, void*) { return 0; });
  return context;
}

asio::const_buffer buffer(ByteView bytes) {
  return {bytes.data(), bytes.size()};
}

}  // namespace

TlsContext::TlsContext(std::unique_ptr<ssl::context> context) : context_(std::move(context)) {}
TlsContext::~TlsContext() = default;

Result<std::unique_ptr<TlsContext>> TlsContext::for_server(const TlsIdentity& identity) {
  auto context = THEATER_TRY(make_context(ssl::context::tls_server));
  error_code error;
  context->use_certificate_chain(buffer(identity.certificate_chain), error);
  if (error) {
    return fail(ErrorCode::kInvalidArgument,
                "the certificate chain cannot be read as PEM: {}; it begins with the server's own "
                "certificate",
                error.message());
  }
  context->use_private_key(buffer(identity.private_key), ssl::context::pem, error);
  if (error) {
    return fail(ErrorCode::kInvalidArgument,
                "the private key cannot be used: {}; it must be PEM, not encrypted, and belong to "
                "the first certificate of the chain",
                error.message());
  }
  if (SSL_CTX_check_private_key(context->native_handle()) != 1) {
    return fail(ErrorCode::kInvalidArgument,
                "the private key does not belong to the first certificate of the chain");
  }
  SSL_CTX_set_alpn_select_cb(context->native_handle(), choose_protocol, nullptr);
  return std::unique_ptr<TlsContext>(
      new TlsContext(std::move(context)));  // tidy: owned by the unique_ptr around it
}

Result<std::unique_ptr<TlsContext>> TlsContext::for_client(ByteView authorities) {
  auto context = THEATER_TRY(make_context(ssl::context::tls_client));
  error_code error;
  if (authorities.empty()) {
    context->set_default_verify_paths(error);
  } else {
    context->add_certificate_authority(buffer(authorities), error);
  }
  if (!error) context->set_verify_mode(ssl::verify_peer, error);
  if (error) {
    return fail(ErrorCode::kInvalidArgument, "the authorities cannot be read as PEM: {}",
                error.message());
  }
  return std::unique_ptr<TlsContext>(
      new TlsContext(std::move(context)));  // tidy: owned by the unique_ptr around it
}

}  // namespace theater
