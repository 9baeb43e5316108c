#include "theater/actor/testing/probe_handler.h"

#include "theater/actor/messaging/channels.h"
#include "theater/log/event/chain_functions.h"

#include <array>
#include <utility>

namespace theater::testing {

namespace {

class DeskSession final : public Session {
 public:
  DeskSession(const SessionContext& context, std::optional<uint64_t> timeout_ms)
      : actor_(context.actor),
        payload_bytes_max_(context.manifest.limits.payload_bytes),
        timeout_ms_(timeout_ms) {}

  ActorContext& actor() { return actor_; }
  uint64_t payload_bytes_max() const { return payload_bytes_max_; }

  tl::expected<OutgoingMessage, std::string> message(std::string_view to,
                                                     const ExportFunction& function,
                                                     ByteView payload) {
    Result<ActorId> id = ActorId::parse(to);
    if (!id) return tl::unexpected("Failed to parse actor ID: " + id.error().message());
    return OutgoingMessage{*id, &function, payload, timeout_ms_};
  }

 private:
  ActorContext& actor_;
  uint64_t payload_bytes_max_;
  std::optional<uint64_t> timeout_ms_;
};

struct Visitors {
  Visitors() {
    for (size_t i = 2; i < functions.size(); ++i)
      functions[i].channel = &channel;
  }
  Visitors(const Visitors&) = delete;
  Visitors& operator=(const Visitors&) = delete;

  std::array<ExportFunction, 5> functions = {
      export_function<void(Bytes)>(kVisitors, "on-message"),
      export_function<std::optional<Bytes>(std::string, Bytes)>(kVisitors, "on-request",
                                                                AnswerForm::kDeferred),
      export_function<ChannelAccept(std::string, Bytes)>(kVisitors, "on-open"),
      export_function<void(std::string, Bytes)>(kVisitors, "on-channel"),
      export_function<void(std::string)>(kVisitors, "on-close")};
  ChannelFunctions channel = {&functions[2], &functions[3], &functions[4]};
};

const std::array<ExportFunction, 5>& visitors() {
  static const Visitors all;
  return all.functions;
}

template <class T>
using Outgoing = tl::expected<T, std::string>;

Refusal never(DeskSession&) {
  return "grant secret";
}

}  // namespace

const ExportFunction& on_message() {
  return visitors()[0];
}
const ExportFunction& on_request() {
  return visitors()[1];
}

const ExportFunction& on_open() {
  return visitors()[2];
}
const ExportFunction& on_channel() {
  return visitors()[3];
}
const ExportFunction& on_close() {
  return visitors()[4];
}

ProbeHandler::ProbeHandler()
    : Handler({.name = "desk", .host_functions = functions(), .export_functions = visitors()}) {}

// Runs before the members are made, and only keeps the address of the handler.
std::vector<HostFunction> ProbeHandler::functions() {
  std::vector<HostFunction> all;
  using S = DeskSession;
  auto never_allowed = [](S& session) { return never(session); };
  all.push_back(sends(kDesk, "send", [](S& s, std::string_view to, ByteView bytes) {
    return s.message(to, on_message(), bytes);
  }));
  all.push_back(requests(kDesk, "request", [](S& s, std::string_view to, ByteView bytes) {
    return s.message(to, on_request(), bytes);
  }));
  all.push_back(answers(kDesk, "respond", [](S&, std::string_view id, ByteView bytes) {
    return Outgoing<OutgoingAnswer>(OutgoingAnswer{id, bytes});
  }));
  all.push_back(cancels(kDesk, "cancel", [](S&, std::string_view id) {
    return Outgoing<OutgoingCancel>(OutgoingCancel{id});
  }));
  all.push_back(opens_channels(kDesk, "open", [](S& s, std::string_view to, ByteView bytes) {
    return s.message(to, on_open(), bytes);
  }));
  all.push_back(sends_on_channels(kDesk, "post", [](S&, std::string_view id, ByteView bytes) {
    return Outgoing<OutgoingOnChannel>(OutgoingOnChannel{id, bytes});
  }));
  all.push_back(closes_channels(kDesk, "hang-up", [](S&, std::string_view id) {
    return Outgoing<OutgoingClose>(OutgoingClose{id});
  }));
  all.push_back(read(kDesk, "outstanding", [](S& s) { return s.actor().open_requests(); }));
  all.push_back(read(kDesk, "name", [](S& s) { return s.actor().name(); }));
  all.push_back(note(kDesk, "say", [](S& s, std::string_view text) {
    s.actor().show_line(LogLevel::kInfo, text);
  }));
  all.push_back(note(kDesk, "mutter", [](S&, std::string_view text) {
    return text.empty() ? Done(tl::unexpected(std::string("nothing to mutter"))) : Done();
  }));
  all.push_back(note(kRuntime, "get-chain", [](S& s) {
    return log::short_chain(s.actor().chain(), s.payload_bytes_max());
  }));
  all.push_back(internal(kDesk, "leave", [](S& s, std::optional<Bytes> data) {
    s.actor().end_after_call(std::move(data));
    return Done();
  }));
  all.push_back(effect(kDesk, "stamp", [this](S&, std::string_view text) {
                  ++stamps_;
                  return Answered(to_bytes(text));
                }).writing());
  all.push_back(effect(kDesk, "fetch", [this](S&, Responder<Answered> reply, std::string_view) {
    ++fetches_begun_;
    fetches_.with([&](auto& fetches) { fetches.push_back(std::move(reply)); });
  }));
  all.push_back(effect(kDesk, "secret", [](S&) { return Done(); }).unless(never_allowed));
  all.push_back(
      read(kDesk, "secret-maybe", [](S&) { return std::optional<std::string>("treasure"); })
          .unless(never_allowed)
          .when_refused(std::optional<std::string>()));
  all.push_back(
      read(kDesk, "secret-word", [](S&) { return std::string("treasure"); }).unless(never_allowed));
  all.push_back(read(kDesk, "fill", [](S&, uint32_t size) { return Bytes(size, 'x'); }));
  all.push_back(internal(kDesk, "hand-out", [this](S& s, std::string_view text) {
    s.actor().to_outside([this, text = std::string(text)](const std::optional<Error>& failure) {
      handed_out_.with([&](auto& texts) { texts.push_back(failure ? "lost" : text); });
    });
  }));
  return all;
}

Result<std::unique_ptr<Session>> ProbeHandler::make_session(const SessionContext& context) const {
  return std::make_unique<DeskSession>(context, timeout_ms_);
}

std::vector<Responder<Answered>> ProbeHandler::take_fetches() const {
  return fetches_.with([](auto& fetches) { return std::exchange(fetches, {}); });
}

}  // namespace theater::testing
