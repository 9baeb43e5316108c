#include "theater/api/client/api_client.h"

#include "theater/api/client/api_error.h"
#include "theater/api/client/token_file.h"
#include "theater/api/http/idempotency_key.h"
#include "theater/base/clock.h"
#include "theater/net/http_client.h"
#include "theater/store/home.h"

#include <nlohmann/json.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <cctype>
#include <thread>
#include <utility>
#include <vector>

namespace theater::api {

namespace {

using views::Json;

constexpr size_t kAnswerBytesMax = size_t{256} << 20;
// A server sends a sign of life every 15 seconds.
constexpr std::chrono::milliseconds kStreamSilenceMax{60'000};
constexpr std::chrono::milliseconds kRepeatPeriod{500};

// The users whose server a command talks to: its own, and root. Root itself also talks to the owner
// of the folder with the socket, unless other users can put sockets there.
std::vector<uid_t> trusted_users(const std::filesystem::path& socket) {
  std::vector<uid_t> users = {::geteuid(), 0};
  struct stat status{};
  std::filesystem::path folder = socket.parent_path();
  if (folder.empty()) folder = ".";
  if (::geteuid() == 0 && ::stat(folder.c_str(), &status) == 0 && (status.st_mode & 022U) == 0)
    users.push_back(status.st_uid);
  return users;
}

Error no_server(const ServerAddress& address, const Error& cause) {
  if (address.home.empty()) {
    return {ErrorCode::kUnavailable,
            fmt::format("no server answers at {}: {}", address.origin(), cause.message())};
  }
  bool is_usual = address.home == home_folder({});
  std::string option = is_usual ? "" : fmt::format(" --home {}", address.home.string());
  return Error(ErrorCode::kUnavailable,
               fmt::format("no server answers in the home {}", address.home.string()))
      .with_hint(fmt::format("`theater server{}` starts one", option));
}

Result<Json> json_of(const HttpAnswer& answer) {
  Json value = Json::parse(as_text(answer.body), nullptr, false);
  if (!value.is_discarded()) return value;
  return Failure(Error(ErrorCode::kCorrupt, "the server's answer is not JSON")
                     .with_hint("is there a server of Theater at this address?"));
}

// With a key a server that is gone may be restarting, and one that says Retry-After is not done.
// Without one only a server that still recovers has done nothing for certain: 503 and Retry-After.
bool has_outcome(const Result<HttpAnswer>& answer, bool is_keyed) {
  if (!answer) return !is_keyed || answer.error().code() != ErrorCode::kUnavailable;
  return !answer->headers.find("Retry-After") || (!is_keyed && answer->status != 503);
}

}  // namespace

EventStream::EventStream(std::unique_ptr<HttpClient> client)
    : client_(std::move(client)), reader_(std::make_unique<EventReader>(*client_)) {}

EventStream::~EventStream() = default;

Result<std::optional<StreamedEvent>> EventStream::next() {
  auto event = reader_->next(kStreamSilenceMax);
  if (event && !*event) return std::optional<StreamedEvent>();
  if (event) {
    ServerSentEvent& sent = **event;
    return std::optional(
        StreamedEvent{std::move(sent.id), std::move(sent.name), std::move(sent.data)});
  }
  if (event.error().code() != ErrorCode::kDeadlineExceeded)
    return Failure(std::move(event).error());
  return fail(ErrorCode::kUnavailable, "the server has sent nothing for {} s",
              kStreamSilenceMax.count() / 1000);
}

ApiClient::ApiClient(ServerAddress address, ApiClientOptions options, std::string token)
    : address_(std::move(address)), options_(options), token_(std::move(token)) {}

ApiClient::~ApiClient() = default;

Result<std::unique_ptr<HttpClient>> ApiClient::open_connection() const {
  HttpClientOptions options;
  options.wait_time = options_.wait_time;
  options.body_bytes_max = kAnswerBytesMax;
  options.trusted_users = trusted_users(address_.socket);
  HttpEndpoint endpoint{address_.socket, address_.host, address_.port, address_.uses_tls};
  auto client = HttpClient::connect(endpoint, options);
  if (!client && client.error().code() == ErrorCode::kUnavailable)
    return Failure(no_server(address_, client.error()));
  return client;
}

Result<std::unique_ptr<ApiClient>> ApiClient::connect(ServerAddress address,
                                                      ApiClientOptions options) {
  std::string token = THEATER_TRY(find_token(address));
  auto* made =
      new ApiClient(std::move(address), options, std::move(token));  // tidy: owned by the next line
  std::unique_ptr<ApiClient> client(made);
  client->client_ = THEATER_TRY(client->open_connection());
  return client;
}

HttpCall ApiClient::call(std::string method, const std::string& target, std::string accept) const {
  HttpCall call{std::move(method), target, {{"Accept", std::move(accept)}}, {}};
  if (!token_.empty()) call.headers.add("Authorization", "Bearer " + token_);
  return call;
}

Result<HttpAnswer> ApiClient::send_once(const HttpCall& call) {
  bool is_open = client_ != nullptr && client_->is_open();
  if (!is_open) client_ = THEATER_TRY(open_connection());
  return client_->send(call);
}

Result<HttpAnswer> ApiClient::repeat(const HttpCall& call, bool is_keyed) {
  auto end = monotonic_now() + options_.wait_time;
  for (;;) {
    Result<HttpAnswer> answer = send_once(call);
    if (has_outcome(answer, is_keyed) || monotonic_now() + kRepeatPeriod >= end) return answer;
    std::this_thread::sleep_for(kRepeatPeriod);
  }
}

Result<HttpAnswer> ApiClient::send(const HttpCall& call) {
  bool was_used = client_ != nullptr && client_->is_open();
  if (!was_used) client_ = THEATER_TRY(open_connection());
  bool is_keyed = call.headers.find(kIdempotencyKey).has_value();
  Result<HttpAnswer> answer = repeat(call, is_keyed);
  bool is_lost = !answer && answer.error().code() == ErrorCode::kUnavailable && !is_keyed;
  if (is_lost && was_used && call.method == "GET") {
    client_ = THEATER_TRY(open_connection());
    answer = client_->send(call);
  } else if (is_lost && call.method != "GET") {
    Error error = std::move(answer).error();
    return Failure(
        std::move(error).with_hint("the server may have done it before the connection was lost"));
  }
  if (!answer) return answer;
  if (answer->status >= 300) return Failure(error_of_answer(*answer));
  return answer;
}

Result<HttpAnswer> ApiClient::get_bytes(const std::string& target) {
  return send(call("GET", target));
}

Result<Json> ApiClient::get(const std::string& target) {
  HttpAnswer answer = THEATER_TRY(get_bytes(target));
  return json_of(answer);
}

Result<HttpAnswer> ApiClient::post_bytes(const std::string& target, Bytes body,
                                         const std::string& key) {
  HttpCall asked = call("POST", target);
  if (!key.empty()) asked.headers.add(std::string(kIdempotencyKey), key);
  if (!body.empty()) asked.headers.add("Content-Type", "application/octet-stream");
  asked.body = std::move(body);
  return send(asked);
}

Result<Json> ApiClient::post(const std::string& target) {
  HttpAnswer answer = THEATER_TRY(post_bytes(target, {}));
  return json_of(answer);
}

Result<Json> ApiClient::upload(const std::string& target, const UploadForm& form,
                               const std::string& key) {
  Multipart encoded = form.encode();
  HttpCall asked = call("POST", target);
  if (!key.empty()) asked.headers.add(std::string(kIdempotencyKey), key);
  asked.headers.add("Content-Type", encoded.content_type);
  asked.body = std::move(encoded.body);
  HttpAnswer answer = THEATER_TRY(send(asked));
  return json_of(answer);
}

Result<std::unique_ptr<EventStream>> ApiClient::follow(const std::string& target) {
  auto client = THEATER_TRY(open_connection());
  HttpCall asked = call("GET", target, "text/event-stream");
  HttpAnswer answer = THEATER_TRY(client->open(asked));
  if (answer.status != 200) {
    for (;;) {
      Bytes more = THEATER_TRY(client->read_some(options_.wait_time));
      if (more.empty() || answer.body.size() > kAnswerBytesMax) break;
      append(answer.body, more);
    }
    return Failure(error_of_answer(answer));
  }
  return std::make_unique<EventStream>(std::move(client));
}

std::string query_value(std::string_view text) {
  std::string encoded;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    bool is_plain =
        byte < 0x80 && (std::isalnum(byte) || c == '-' || c == '.' || c == '_' || c == '~');
    encoded += is_plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return encoded;
}

std::string actor_target(const ActorId& actor, std::string_view rest) {
  return fmt::format("/v1/actors/{}{}", actor.to_string(), rest);
}

}  // namespace theater::api
