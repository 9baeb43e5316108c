// The handler `http-framework`: HTTP servers that an actor runs, with WebSockets, and answers that are
// written in pieces.
//
// The servers are an actor's own: the numbers that guests see count from one in each actor, so that no
// actor can name what belongs to another. See README.md in this folder.
#pragma once

#include "theater/actor/handler/handler.h"
#include "theater/handlers/http_framework/http_framework_session.h"

namespace theater {

// Safe from any thread.
class HttpFrameworkHandler final : public Handler {
 public:
  // `ports` is null where there is no network, `key_pairs` where the operator names none.
  explicit HttpFrameworkHandler(std::shared_ptr<HttpPorts> ports,
                                std::shared_ptr<KeyPairFiles> key_pairs = nullptr);

  Result<std::unique_ptr<Session>> make_session(const SessionContext& context) const override;
  std::unique_ptr<Holdings> make_holdings() const override;
  void actor_ended(const ActorId& id, const Manifest& manifest, JobRunner& jobs) const override;

 private:
  HttpFrameworkParts parts_;
};

}  // namespace theater
