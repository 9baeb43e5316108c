// The handler `http-client`: requests to the world, as far as an actor may make them. See README.md
// in this folder.
#pragma once

#include "theater/actor/handler/handler.h"
#include "theater/base/hash.h"
#include "theater/handlers/http_client/http_client_session.h"

#include <memory>

namespace theater {

// Safe from any thread.
class HttpClientHandler final : public Handler {
 public:
  // A null transport stands for a node without a network: its sessions refuse every request.
  // `idempotency_key` is a secret of the node.
  HttpClientHandler(std::shared_ptr<HttpTransport> transport, const Hash& idempotency_key,
                    std::shared_ptr<SecretValues> secrets = {});

  Result<std::unique_ptr<Session>> make_session(const SessionContext& context) const override;
  std::unique_ptr<Holdings> make_holdings() const override;

 private:
  HttpClientParts parts_;
};

}  // namespace theater
