// One actor's part of the HTTP client: the request that its guest waits for, and its streams.
#pragma once

#include "theater/actor/handler/host_function.h"
#include "theater/actor/handler/session.h"
#include "theater/handlers/http_client/answer_receiver.h"
#include "theater/handlers/http_client/http_rules.h"
#include "theater/handlers/http_client/http_stream.h"
#include "theater/handlers/http_client/http_transport.h"
#include "theater/handlers/http_client/http_values.h"
#include "theater/handlers/http_client/wire_secrets.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace theater {

// What all sessions of a node share.
struct HttpClientParts {
  std::shared_ptr<HttpTransport> transport;  // Null where there is no network.
  std::shared_ptr<AnswerMemory> memory;
  std::shared_ptr<SecretValues> secrets;  // Null if the node has none.
  Hash idempotency_key;                   // Of the node.
  const ExportFunction& handle_stream;    // Lives as long as the program.
};

// Used by one actor's turn only. With the session its request and its streams end.
class HttpClientSession final : public Session {
 public:
  using Said = tl::expected<void, std::string>;
  using Opened = tl::expected<uint64_t, std::string>;

  static constexpr size_t kStreamsMax = 64;

  HttpClientSession(const SessionContext& context, const HttpClientParts& parts);
  ~HttpClientSession() override;

  // Tells the guest that the streams of the instance before have failed.
  void restore(ByteView held) override;

  Refusal refuses(const GuestRequest& request);
  Refusal refuses_streams() const;

  // The note of a request that carries an idempotency key; none for others.
  std::optional<log::Noted> note_of(const GuestRequest& request);

  void send(Responder<SendResult> reply, GuestRequest request);

  // The id is the position of the call's `intent`, so no two streams of an actor share one.
  Opened open(GuestRequest request);
  Said pause(uint64_t id);
  Said resume(uint64_t id);
  Said cancel(uint64_t id);

 private:
  // A request that is ready for the network.
  struct Prepared {
    WebRequest request;
    WebExchangeRules rules;
    std::shared_ptr<EchoGuard> guard;  // Null for an actor without secrets.
  };

  // A request that the rules allow, with a body of so many bytes or fewer. Guests often ask the same
  // again, and to judge it costs more than to compare it.
  struct Allowed {
    std::string method;
    std::string uri;
    size_t body_bytes = 0;
    Url url;
  };

  Result<Url> url_of(const std::string& uri) const;
  // The request of an actor's guest, or the error for the guest.
  tl::expected<Prepared, std::string> prepare(GuestRequest request, const WebBounds& bounds);
  void add_key(HttpHeaders& headers, std::optional<std::string>& why_not) const;
  WebExchangeRules exchange_rules(const std::shared_ptr<EchoGuard>& guard) const;
  std::shared_ptr<HttpTransport::Exchange> start(Prepared prepared,
                                                 std::shared_ptr<WebReceiver> receiver);
  void forget_ended();
  std::shared_ptr<HttpStream> find(uint64_t id);
  std::shared_ptr<HttpStream> add_stream(uint64_t id, std::shared_ptr<EchoGuard> guard);

  ActorContext& actor_;
  const HttpClientParts& parts_;
  Timers& timers_;
  JobRunner& jobs_;
  const std::shared_ptr<const HttpRules> rules_;
  const std::shared_ptr<const WireSecrets> wire_;
  const std::string pool_;  // Of the actor's requests.
  const size_t piece_max_;
  std::shared_ptr<ActorNotes> notes_;
  std::optional<Allowed> allowed_;  // The last one.
  std::shared_ptr<HttpTransport::Exchange> sending_;
  std::map<uint64_t, std::shared_ptr<HttpStream>> streams_;
  // The number of the next request of the call at this position.
  uint64_t call_seq_ = 0;
  uint64_t ordinal_ = 0;
  std::optional<std::string> key_;  // Of the request that begins.
};

}  // namespace theater
