// The keys and rules of TLS, for a server or for a client.
//
// Both speak TLS 1.2 or later. A server shows its certificate and asks for none. A client checks
// the server's certificate against the authorities that it trusts, and against the host's name.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"

#include <memory>

namespace boost::asio::ssl {
class context;
}

namespace theater {

// What a server proves its name with, both PEM.
struct TlsIdentity {
  Bytes certificate_chain;  // The server's certificate first, then those of its issuers.
  Bytes private_key;        // Not encrypted.
};

// Used by the connections of one loop thread. May be made and destroyed by any thread, and outlives
// its connections.
class TlsContext {
 public:
  // Fails with kInvalidArgument, saying which of the two parts cannot be read and why, or that the
  // key is not the one of the certificate.
  static Result<std::unique_ptr<TlsContext>> for_server(const TlsIdentity& identity);

  // Trusts the authorities in `authorities`, PEM, or the system's if it is empty. Fails with
  // kInvalidArgument for authorities that cannot be read.
  static Result<std::unique_ptr<TlsContext>> for_client(ByteView authorities = {});

  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  // Asio's context, for the sources of this module.
  boost::asio::ssl::context& get() { return *context_; }

 private:
  explicit TlsContext(std::unique_ptr<boost::asio::ssl::context> context);

  const std::unique_ptr<boost::asio::ssl::context> context_;
};

}  // namespace theater
