#include "theater/handlers/http_client/http_client_session.h"

#include "theater/base/log.h"
#include "theater/handlers/held_ids.h"
#include "theater/handlers/http_client/idempotency_key.h"
#include "theater/log/event/request_note.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace theater {

namespace {

// The parameters of `handle-stream` besides the bytes of a piece.
constexpr uint64_t kPieceOverhead = 64;

// A longer URI is judged each time.
constexpr size_t kKnownUriMax = size_t{4} << 10;

size_t piece_max(const SessionContext& context) {
  uint64_t payload = context.manifest.limits.payload_bytes;
  uint64_t room = payload > 2 * kPieceOverhead ? payload - kPieceOverhead : kPieceOverhead;
  return static_cast<size_t>(std::min<uint64_t>(room, HttpStream::kPieceMax));
}

Result<WireUse> judge_secrets(const WireSecrets& wire, const WebRequest& request) {
  ByteView body = request.body ? ByteView(*request.body) : ByteView();
  return wire.judge({request.method, request.url, request.headers, body});
}

// Why the guest's actor may not follow the redirection; none if it may. Sets the authorities that
// count for the next host.
std::optional<std::string> why_not_followed(const HttpRules& rules, const WireSecrets& wire,
                                            WebRedirection& to) {
  size_t body_bytes = to.next.body ? to.next.body->size() : 0;
  if (Refusal why = rules.refuses(to.next.method, to.next.url, body_bytes)) {
    return fmt::format("{} redirects to {}, which needs the grant {}; a retry will not help",
                       url_for_messages(to.from), url_for_messages(to.next.url), *why);
  }
  to.next.authorities.clear();
  if (wire.empty()) return std::nullopt;
  auto use = judge_secrets(wire, to.next);
  if (!use) return use.error().to_string();
  to.next.authorities = std::move(use->authorities);
  return std::nullopt;
}

// Counts an answer with a secret in it, and tells the operator. A guest may cause any number of them,
// so a line tells of the first, and then of each doubling.
std::function<void()> echo_alarm(ActorContext& actor, const Url& url) {
  return [id = actor.id(), name = actor.name(), echoes = actor.secret_echoes(),
          asked = url_for_messages(url)] {
    uint64_t count = ++*echoes;
    if (!std::has_single_bit(count)) return;
    log_line(
        LogLevel::kWarn, {.actor = name, .part = "http-client", .id = id},
        "the answer to a request to {} has the value of a secret that the request carried; the "
        "guest did not get it; such answers of this actor: {}",
        asked, count);
  };
}

// Records where a redirection leads, and lets the exchange follow it once that is on record.
void note_redirect(const std::weak_ptr<ActorNotes>& notes, uint64_t intent,
                   const WebRedirection& to, std::function<void(std::optional<WebFailure>)> then) {
  auto record = notes.lock();
  if (record == nullptr) {
    return then(WebFailure{WebFailure::Kind::kCancelled, "the actor's instance has ended", true});
  }
  log::Redirect redirect{to.answer.status, to.next.method, to.next.url.to_string()};
  log::Noted note{std::string(log::kRedirect), intent, log::inline_payload(wit::encode(redirect))};
  record->note(
      std::move(note), NoteWritten([then = std::move(then)](const std::optional<Error>& failure) {
        if (!failure) return then(std::nullopt);
        then(WebFailure{WebFailure::Kind::kCancelled,
                        "the redirection is not on record: " + failure->to_string(), true});
      }));
}

}  // namespace

namespace {

HostList private_hosts(const SessionContext& context) {
  return context.private_hosts != nullptr ? *context.private_hosts : HostList();
}

}  // namespace

HttpClientSession::HttpClientSession(const SessionContext& context, const HttpClientParts& parts)
    : actor_(context.actor),
      parts_(parts),
      timers_(context.timers),
      jobs_(context.jobs),
      rules_(std::make_shared<const HttpRules>(context.permissions.http_client,
                                               private_hosts(context))),
      wire_(std::make_shared<const WireSecrets>(context.secrets, parts.secrets,
                                                private_hosts(context))),
      pool_(context.actor.id().to_string() + " " + rules_->pool()),
      piece_max_(piece_max(context)) {}

HttpClientSession::~HttpClientSession() {
  if (sending_) sending_->cancel();
  for (auto& [id, stream] : streams_)
    stream->cancel();
}

void HttpClientSession::restore(ByteView held) {
  auto ids = read_held_ids(held);
  THEATER_CHECK(ids.has_value(), "{}", ids.error().to_string());
  for (uint64_t id : *ids) {
    WebFailure interrupted{WebFailure::Kind::kCancelled,
                           "interrupted: the instance that opened the stream has ended", true};
    add_stream(id, nullptr)->over(std::move(interrupted));
  }
}

Refusal HttpClientSession::refuses(const GuestRequest& request) {
  size_t body_bytes = request.body ? request.body->size() : 0;
  bool is_known = allowed_ && allowed_->uri == request.uri && allowed_->method == request.method &&
                  body_bytes <= allowed_->body_bytes;
  if (is_known) return std::nullopt;
  auto url = parse_url(request.uri);
  // The function itself says what is wrong with it.
  if (!url) return std::nullopt;
  Refusal why = rules_->refuses(request.method, *url, body_bytes);
  if (!why && request.uri.size() <= kKnownUriMax) {
    allowed_ = Allowed{request.method, request.uri, body_bytes, *std::move(url)};
  }
  return why;
}

Result<Url> HttpClientSession::url_of(const std::string& uri) const {
  if (allowed_ && allowed_->uri == uri) return allowed_->url;
  return parse_url(uri);
}

Refusal HttpClientSession::refuses_streams() const {
  if (rules_->permissions()) return std::nullopt;
  return "http-client";
}

std::optional<log::Noted> HttpClientSession::note_of(const GuestRequest& request) {
  CurrentCall call = actor_.current_call();
  if (call.seq != call_seq_) ordinal_ = 0;
  call_seq_ = call.seq;
  key_.reset();
  if (!rules_->permissions() || rules_->permissions()->idempotency_headers.names().empty()) {
    return std::nullopt;
  }
  key_ =
      idempotency_key(parts_.idempotency_key, {actor_.id(), std::move(call), ordinal_++}, request);
  return log::Noted{std::string(log::kIdempotencyKey), std::nullopt,
                    log::inline_payload(wit::encode(*key_))};
}

// The node's own header is none that a guest may set.
void HttpClientSession::add_key(HttpHeaders& headers, std::optional<std::string>& why_not) const {
  if (!key_) return;
  for (const std::string& name : rules_->permissions()->idempotency_headers.names()) {
    if (headers.find(name)) {
      why_not = fmt::format(
          "denied: the node itself adds the header {} to each request of this actor, by its grant; "
          "leave it out",
          name);
      return;
    }
    headers.add(name, *key_);
  }
}

tl::expected<HttpClientSession::Prepared, std::string> HttpClientSession::prepare(
    GuestRequest request, const WebBounds& bounds) {
  if (parts_.transport == nullptr) {
    return tl::unexpected(std::string("refused: this node has no network"));
  }
  auto url = url_of(request.uri);
  if (!url) return tl::unexpected("invalid: " + url.error().to_string());
  Prepared prepared;
  WebRequest& made = prepared.request;
  made.method = std::move(request.method);
  made.url = *std::move(url);
  for (auto& [name, value] : request.headers)
    made.headers.add(std::move(name), std::move(value));
  if (auto checked = check_web_request(made.method, made.headers); !checked) {
    return tl::unexpected("invalid: " + checked.error().to_string());
  }
  std::optional<std::string> why_not;
  add_key(made.headers, why_not);
  if (why_not) return tl::unexpected(*std::move(why_not));
  if (request.body) made.body = std::make_shared<const Bytes>(*std::move(request.body));
  made.pool = pool_;
  made.bounds = bounds;
  made.allows_address = [rules = rules_](const Url& asked, const IpAddress&) {
    return rules->allows_private(asked);
  };
  if (!wire_->empty()) {
    auto use = judge_secrets(*wire_, made);
    if (!use) return tl::unexpected("denied: " + use.error().to_string());
    made.authorities = std::move(use->authorities);
    prepared.guard = std::make_shared<EchoGuard>(echo_alarm(actor_, made.url));
    made.at_wire = [wire = wire_, guard = prepared.guard](std::string_view method, const Url& asked,
                                                          HttpHeaders& headers) -> Result<void> {
      guard->add(THEATER_TRY(wire->put_in(method, asked, headers)));
      return {};
    };
  }
  prepared.rules = exchange_rules(prepared.guard);
  return prepared;
}

WebExchangeRules HttpClientSession::exchange_rules(const std::shared_ptr<EchoGuard>& guard) const {
  WebExchangeRules rules;
  rules.redirects_max = rules_->redirects_max();
  rules.bound_headers = wire_->bound_headers();
  if (guard != nullptr) {
    rules.check_redirect = [guard](const WebHead& head) -> std::optional<WebFailure> {
      auto why = guard->judge(head.headers);
      if (!why) return std::nullopt;
      return WebFailure{WebFailure::Kind::kDenied, *std::move(why), true};
    };
  }
  rules.before_redirect =
      [rules = rules_, wire = wire_, notes = std::weak_ptr(notes_), intent = actor_.intent()](
          WebRedirection& to, std::function<void(std::optional<WebFailure>)> then) {
        if (auto why = why_not_followed(*rules, *wire, to)) {
          return then(WebFailure{WebFailure::Kind::kDenied, *std::move(why), true});
        }
        note_redirect(notes, intent, to, std::move(then));
      };
  return rules;
}

// A file with a secret is looked at before, on a thread that may wait for the disk.
std::shared_ptr<HttpTransport::Exchange> HttpClientSession::start(
    Prepared prepared, std::shared_ptr<WebReceiver> receiver) {
  if (parts_.secrets == nullptr || wire_->empty()) {
    return parts_.transport->start(std::move(prepared.request), std::move(prepared.rules),
                                   std::move(receiver));
  }
  return start_prepared(
      parts_.transport, std::move(prepared.request), std::move(prepared.rules), std::move(receiver),
      [this](std::function<void()> then) { parts_.secrets->prepare(jobs_, std::move(then)); });
}

void HttpClientSession::send(Responder<SendResult> reply, GuestRequest request) {
  if (notes_ == nullptr) notes_ = actor_.notes();
  auto prepared = prepare(std::move(request), rules_->bounds());
  if (!prepared) {
    return std::move(reply).answer(tl::unexpected(std::move(prepared).error()));
  }
  auto receiver =
      std::make_shared<AnswerReceiver>(std::move(reply), parts_.memory, prepared->guard);
  sending_ = start(*std::move(prepared), receiver);
  receiver->attach(sending_);
}

HttpClientSession::Opened HttpClientSession::open(GuestRequest request) {
  forget_ended();
  if (streams_.size() >= kStreamsMax) {
    return tl::unexpected(fmt::format(
        "no-room: {} streams of this actor are open, which is the limit: cancel one first",
        kStreamsMax));
  }
  std::shared_ptr<GuestCalls> calls = actor_.guest_calls();
  if (!calls->exports(parts_.handle_stream)) {
    return tl::unexpected(
        fmt::format("invalid: the component does not export {}, which takes what "
                    "arrives",
                    parts_.handle_stream.name.to_string()));
  }
  if (notes_ == nullptr) notes_ = actor_.notes();
  auto prepared = prepare(std::move(request), rules_->stream_bounds());
  if (!prepared) return tl::unexpected(std::move(prepared).error());
  uint64_t id = actor_.intent();
  auto stream = add_stream(id, prepared->guard);
  stream->attach(start(*std::move(prepared), stream));
  return id;
}

std::shared_ptr<HttpStream> HttpClientSession::add_stream(uint64_t id,
                                                          std::shared_ptr<EchoGuard> guard) {
  auto stream = std::make_shared<HttpStream>(HttpStream::Parts{
      id, actor_.guest_calls(), parts_.handle_stream, timers_, piece_max_, std::move(guard)});
  streams_.emplace(id, stream);
  return stream;
}

void HttpClientSession::forget_ended() {
  std::erase_if(streams_, [](const auto& entry) { return entry.second->is_over(); });
}

std::shared_ptr<HttpStream> HttpClientSession::find(uint64_t id) {
  auto found = streams_.find(id);
  return found == streams_.end() || found->second->is_over() ? nullptr : found->second;
}

namespace {

std::string not_open(uint64_t id) {
  return fmt::format("not-found: stream {} is not open", id);
}

}  // namespace

HttpClientSession::Said HttpClientSession::pause(uint64_t id) {
  auto stream = find(id);
  if (stream == nullptr) return tl::unexpected(not_open(id));
  stream->pause();
  return {};
}

HttpClientSession::Said HttpClientSession::resume(uint64_t id) {
  auto stream = find(id);
  if (stream == nullptr) return tl::unexpected(not_open(id));
  stream->resume();
  return {};
}

HttpClientSession::Said HttpClientSession::cancel(uint64_t id) {
  auto stream = find(id);
  if (stream == nullptr) return tl::unexpected(not_open(id));
  stream->cancel();
  streams_.erase(id);
  return {};
}

}  // namespace theater
