#include "theater/runtime/recorded_answer.h"

#include "theater/log/event/event.h"
#include "theater/log/event/view.h"
#include "theater/runtime/redelivery.h"
#include "theater/wit/leb.h"
#include "theater/wit/traits.h"

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>

namespace theater {

namespace {

tl::unexpected<OnceFailure> gone(std::string_view why) {
  return tl::unexpected(OnceFailure(
      Error(ErrorCode::kNotFound,
            fmt::format("the first request with this Idempotency-Key was done, and {}", why)),
      OnceRefusal::kGone));
}

tl::unexpected<OnceFailure> gone_from_log() {
  return gone("the log does not have its answer");
}

// The log is damaged, or the disk failed.
tl::unexpected<OnceFailure> unreadable(Error error) {
  return tl::unexpected(OnceFailure(std::move(error).with_context("reading a recorded answer")));
}

tl::unexpected<OnceFailure> failed(ErrorCode code, std::string text) {
  return tl::unexpected(OnceFailure(Error(code, std::move(text))));
}

// The events of one chain, whole, from a position on.
class ChainEvents {
 public:
  ChainEvents(const log::LogReader& reader, const ActorId& actor, uint64_t seq)
      : cursor_(reader.actor_cursor(actor, seq)) {}

  // None at the end.
  Result<std::optional<log::Event>> next() {
    std::optional<log::StoredEvent> stored = THEATER_TRY(cursor_.next());
    if (!stored) return std::nullopt;
    hash_ = log::event_hash(stored->bytes);
    return THEATER_TRY(whole_event(cursor_, stored->bytes));
  }

  // Of the last event.
  const Hash& hash() const { return hash_; }

 private:
  log::LogCursor cursor_;
  Hash hash_;
};

// The bytes of a payload that the log still has.
std::optional<ByteView> bytes_of(const log::Payload& payload) {
  const log::Blob* bytes = log::inline_bytes(payload);
  if (bytes == nullptr) return std::nullopt;
  return bytes->view();
}

// Follows a chain from the `call` of a request until it has the answer.
class ReplySearch {
 public:
  ReplySearch(const ActorId& actor, std::string request_id)
      : actor_(actor.to_string()), request_id_(std::move(request_id)) {}

  // None if the event does not settle the request.
  using Settled = std::optional<OnceResult<ClientReply>>;
  Settled accept(const log::Body& body, const Hash& hash) {
    if (const auto* sent = std::get_if<log::Sent>(&body)) return answered(*sent, hash);
    if (const auto* returned = std::get_if<log::Returned>(&body)) return ended(*returned, hash);
    if (const auto* lost = std::get_if<log::Failed>(&body); lost != nullptr && is_in_call_)
      return lost_to(fmt::format("failed: {}", log::failure_text(lost->why)));
    if (std::holds_alternative<log::Terminated>(body)) return lost_to("ended before it answered");
    const auto* instance = std::get_if<log::Instance>(&body);
    if (instance == nullptr) return std::nullopt;
    if (instance->why == log::InstanceReason::kRestart)
      return lost_to("was restarted before it answered");
    if (instance->why == log::InstanceReason::kRecover)
      return lost_to("lost the request with its node, and did not answer it");
    return std::nullopt;
  }

 private:
  Settled lost_to(std::string_view what) const {
    return failed(ErrorCode::kUnavailable, fmt::format("actor {} {}", actor_, what));
  }

  Settled ended(const log::Returned& returned, const Hash& hash) {
    if (!is_in_call_) return std::nullopt;
    is_in_call_ = false;
    if (const auto* error = std::get_if<log::CallError>(&returned.result)) {
      auto bytes = bytes_of(error->value);
      if (!bytes) return gone_from_log();
      auto text = wit::decode<std::string>(*bytes);
      if (!text) return unreadable(std::move(text).error());
      return ClientReply{tl::unexpected(*std::move(text)), hash};
    }
    auto bytes = bytes_of(std::get<log::CallOk>(returned.result).value);
    if (!bytes) return gone_from_log();
    auto answer = wit::decode<std::tuple<std::optional<Bytes>>>(*bytes);
    if (!answer) return unreadable(std::move(answer).error());
    if (!std::get<0>(*answer)) return std::nullopt;
    return ClientReply{*std::move(std::get<0>(*answer)), hash};
  }

  Settled answered(const log::Sent& sent, const Hash& hash) const {
    bool is_answer = sent.kind == log::SentKind::kAnswer || sent.kind == log::SentKind::kCancel;
    bool is_to_client = std::holds_alternative<log::ToClient>(sent.to) &&
                        std::holds_alternative<log::SentAccepted>(sent.result);
    if (!is_answer || !is_to_client) return std::nullopt;
    auto bytes = bytes_of(sent.arguments);
    // It may be the answer to another request, whose bytes are gone.
    if (!bytes) return std::nullopt;
    if (sent.kind == log::SentKind::kCancel) {
      auto id = wit::decode<std::tuple<std::string>>(*bytes);
      if (!id || std::get<0>(*id) != request_id_) return std::nullopt;
      return failed(ErrorCode::kUnavailable, "the request was cancelled by " + actor_);
    }
    auto answer = wit::decode<std::tuple<std::string, Bytes>>(*bytes);
    if (!answer || std::get<0>(*answer) != request_id_) return std::nullopt;
    return ClientReply{std::move(std::get<1>(*answer)), hash};
  }

  const std::string actor_;
  const std::string request_id_;
  bool is_in_call_ = true;
};

// The id that the parameters of a request begin with; none if they are gone.
std::optional<std::string> request_id_of(const log::Body& body) {
  const auto* call = std::get_if<log::Call>(&body);
  auto bytes = call == nullptr ? std::nullopt : bytes_of(call->arguments);
  if (!bytes) return std::nullopt;
  wit::ByteReader reader(*bytes);
  auto id = reader.read_string();
  if (!id) return std::nullopt;
  return std::string(*id);
}

std::string spawning(const std::string& name, std::string_view why) {
  return fmt::format("spawning actor `{}`: {}", name, why);
}

// What an event says of a start; none if nothing.
std::optional<OnceResult<SpawnReport>> start_settled_by(const log::Body& body, const ActorId& actor,
                                                        const std::string& name) {
  SpawnReport report{.id = actor, .component = {}, .warnings = {}};
  if (const auto* instance = std::get_if<log::Instance>(&body)) {
    if (!instance->init_runs) return report;
  } else if (const auto* returned = std::get_if<log::Returned>(&body)) {
    const auto* error = std::get_if<log::CallError>(&returned->result);
    if (error == nullptr) return report;
    auto bytes = bytes_of(error->value);
    auto text = bytes ? wit::decode<std::string>(*bytes) : Result<std::string>();
    if (!text) return unreadable(std::move(text).error());
    return failed(ErrorCode::kInvalidArgument, spawning(name, "init returned an error: " + *text));
  } else if (const auto* lost = std::get_if<log::Failed>(&body)) {
    bool is_crash = std::holds_alternative<log::FailedCrash>(lost->why);
    return failed(is_crash ? ErrorCode::kUnavailable : ErrorCode::kInvalidArgument,
                  spawning(name, "init failed: " + log::failure_text(lost->why)));
  } else if (std::holds_alternative<log::Terminated>(body)) {
    return failed(ErrorCode::kUnavailable, spawning(name, "it ended before init had returned"));
  }
  return std::nullopt;
}

}  // namespace

OnceResult<ClientReply> recorded_reply(const log::LogReader& reader, const ActorId& actor,
                                       uint64_t seq) {
  const log::ActorEntry* entry = reader.find(actor);
  if (entry == nullptr || seq >= entry->events) return gone_from_log();
  ChainEvents events(reader, actor, seq);
  auto call = events.next();
  if (!call) return unreadable(std::move(call).error());
  auto id = *call ? request_id_of((*call)->body) : std::nullopt;
  if (!id) return gone_from_log();
  ReplySearch search(actor, *std::move(id));
  for (;;) {
    auto event = events.next();
    if (!event) return unreadable(std::move(event).error());
    if (!*event) return gone("the log has no outcome of it");
    if (auto settled = search.accept((*event)->body, events.hash())) return *std::move(settled);
  }
}

OnceResult<SpawnReport> recorded_start(const log::LogReader& reader, const ActorId& actor) {
  if (reader.find(actor) == nullptr) return gone_from_log();
  ChainEvents events(reader, actor, 0);
  std::string name;
  for (;;) {
    auto event = events.next();
    if (!event) return unreadable(std::move(event).error());
    if (!*event) return gone("the log has no outcome of it");
    const log::Body& body = (*event)->body;
    if (const auto* genesis = std::get_if<log::Genesis>(&body)) name = genesis->name;
    if (auto settled = start_settled_by(body, actor, name)) return *std::move(settled);
  }
}

}  // namespace theater
