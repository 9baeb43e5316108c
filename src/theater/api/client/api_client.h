// Asks a server of the management API, one request at a time.
//
//   auto client = THEATER_TRY(ApiClient::connect(address));
//   views::Json page = THEATER_TRY(client->get("/v1/actors?limit=100"));
//
// All calls block. An answer that is an error becomes an Error (api_error.h). The connection stays
// open between calls. If the server has closed it meanwhile, the client connects again, and repeats
// a GET once. It repeats no POST that it has sent: the server may have done what the POST asked for
// before the connection was lost. A POST with an idempotency key is the exception: the client
// repeats it until the server has an outcome, for as long as it would wait for an answer. It waits
// for a server that still recovers its actors in the same way, whatever it asks.
#pragma once

#include "theater/api/client/server_address.h"
#include "theater/api/client/upload_form.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/net/http_message.h"
#include "theater/views/json.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace theater {
class EventReader;
class HttpClient;
struct HttpCall;
}  // namespace theater

namespace theater::api {

struct ApiClientOptions {
  // How long the client waits for a server that says nothing.
  std::chrono::milliseconds wait_time{60'000};
};

// An event of a stream. Value type.
struct StreamedEvent {
  std::string id;
  std::string name;
  std::string data;
};

// The events that a server sends until it ends the stream. Has a connection of its own. Not
// thread-safe.
class EventStream {
 public:
  explicit EventStream(std::unique_ptr<HttpClient> client);
  ~EventStream();
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  // The next event; none at the end of the stream. Fails with kUnavailable if the stream is cut
  // off, or if the server sends nothing for so long that it must be gone.
  Result<std::optional<StreamedEvent>> next();

 private:
  const std::unique_ptr<HttpClient> client_;
  const std::unique_ptr<EventReader> reader_;
};

// Not thread-safe.
class ApiClient {
 public:
  // Connects, and finds the token for the server. Fails with kUnavailable if no server listens
  // there (the hint says what starts one), kPermissionDenied if a foreign user does or a token
  // could be read on the way, and as HttpClient::connect() and find_token() do.
  static Result<std::unique_ptr<ApiClient>> connect(ServerAddress address,
                                                    ApiClientOptions options = {});
  ~ApiClient();
  ApiClient(const ApiClient&) = delete;
  ApiClient& operator=(const ApiClient&) = delete;

  const ServerAddress& address() const { return address_; }

  // All of these fail as error_of_answer() and HttpClient::send() do. Those that return Json also
  // fail with kCorrupt for an answer that is no JSON.
  Result<views::Json> get(const std::string& target);
  Result<HttpAnswer> get_bytes(const std::string& target);
  Result<views::Json> post(const std::string& target);
  // An empty `key` is no idempotency key.
  Result<HttpAnswer> post_bytes(const std::string& target, Bytes body, const std::string& key = {});
  Result<views::Json> upload(const std::string& target, const UploadForm& form,
                             const std::string& key = {});

  // The stream of events at `target`.
  Result<std::unique_ptr<EventStream>> follow(const std::string& target);

 private:
  ApiClient(ServerAddress address, ApiClientOptions options, std::string token);

  Result<std::unique_ptr<HttpClient>> open_connection() const;
  HttpCall call(std::string method, const std::string& target,
                std::string accept = "application/json, */*") const;
  Result<HttpAnswer> send(const HttpCall& call);
  // Both return any answer of the server, and connect again if the connection is closed.
  Result<HttpAnswer> send_once(const HttpCall& call);
  Result<HttpAnswer> repeat(const HttpCall& call, bool is_keyed);

  const ServerAddress address_;
  const ApiClientOptions options_;
  const std::string token_;  // Empty for none.
  std::unique_ptr<HttpClient> client_;
};

// `text` as a value in a query: everything except letters, digits and `-._~` is percent-encoded.
std::string query_value(std::string_view text);

// `/v1/actors/ID`, and what follows it.
std::string actor_target(const ActorId& actor, std::string_view rest = {});

}  // namespace theater::api
