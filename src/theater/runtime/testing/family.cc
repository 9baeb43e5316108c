#include "theater/runtime/testing/family.h"

#include "theater/actor/messaging/channels.h"
#include "theater/actor/messaging/export_function.h"
#include "theater/actor/messaging/supervisor_callback.h"
#include "theater/base/check.h"
#include "theater/base/file.h"
#include "theater/log/event/verify.h"
#include "theater/log/reader/chain_source.h"
#include "theater/replay/replay.h"

#include <algorithm>
#include <utility>

namespace theater::testing {

namespace {

constexpr const char* kSupervisor = "theater:simple/supervisor";
constexpr const char* kMessages = "theater:simple/message-server-host";
constexpr const char* kRuntimeInterface = "theater:simple/runtime";
constexpr const char* kIntervals = "theater:timers/intervals";
using Spawned = tl::expected<std::string, std::string>;
using Stopped = tl::expected<void, std::string>;
using Answered = tl::expected<Bytes, std::string>;
using Opened = tl::expected<std::string, std::string>;
using SeenState = tl::expected<std::optional<Bytes>, std::string>;
using SeenEvents = tl::expected<std::vector<log::ChainEvent>, std::string>;

void answer(Play& play, const std::string& text) {
  play.finish(play.state(), std::optional<Bytes>(to_bytes(text)));
}

void answer_spawn(Play& play, const Spawned& spawned) {
  answer(play, spawned ? *spawned : "error: " + spawned.error());
}

void answer_restart(Play& play, const Stopped& restarted) {
  answer(play, restarted ? "restarted" : "error: " + restarted.error());
}

void answer_stop(Play& play, const Stopped& stopped) {
  answer(play, stopped ? "stopped" : "error: " + stopped.error());
}

void answer_state(Play& play, const SeenState& seen) {
  if (!seen) return answer(play, "error: " + seen.error());
  answer(play, *seen ? std::string(as_text(**seen)) : "none");
}

void answer_events(Play& play, const SeenEvents& seen) {
  if (!seen) return answer(play, "error: " + seen.error());
  std::string text;
  for (const log::ChainEvent& event : *seen)
    text += (text.empty() ? "" : " ") + event.event_type;
  answer(play, text);
}

// News is kept in the state, after a first line that is the initial one.
void keep_news(Play& play, const std::string& line) {
  std::string text(as_text(play.state().value_or(Bytes())));
  play.finish(to_bytes(text + "\n" + line));
}

void on_child_error(Play& play) {
  auto [id, error] = play.params<std::string, ActorError>();
  keep_news(play, "error " + id + " " + std::string(as_text(error.data.value_or(Bytes()))));
}

void on_child_exit(Play& play) {
  auto [id, data] = play.params<std::string, std::optional<Bytes>>();
  keep_news(play, "exit " + id + " " + std::string(as_text(data.value_or(Bytes()))));
}

void on_child_stop(Play& play) {
  keep_news(play, "stop " + std::get<0>(play.params<std::string>()));
}

// A message becomes the state; `spin` gives way for ever.
void on_message(Play& play) {
  Bytes message = std::get<0>(play.params<Bytes>());
  if (as_text(message) == "spin") return spin(play);
  play.finish(std::move(message));
}

void on_channel_open(Play& play) {
  play.finish(play.state(), ChannelAccept{.accepted = true, .message = {}});
}

void on_channel_close(Play& play) {
  keep_news(play, "closed");
}

std::string joined(const std::vector<std::string>& ids) {
  std::string text;
  for (const std::string& id : ids)
    text += (text.empty() ? "" : " ") + id;
  return text;
}

// What a ticker does beyond what a member does; false if it is something else.
bool on_interval(Play& play, const std::string& verb, const std::string& rest) {
  if (verb == "start") {
    size_t blank = rest.find(' ');
    auto started = play.call<Stopped>(kIntervals, "start-interval", rest.substr(0, blank),
                                      uint64_t{std::stoul(rest.substr(blank + 1))});
    answer(play, started ? "started" : "error: " + started.error());
  } else if (verb == "halt") {
    auto halted = play.call<Stopped>(kIntervals, "stop-interval", rest);
    answer(play, halted ? "halted" : "error: " + halted.error());
  } else {
    return false;
  }
  return true;
}

void on_ask(Play& play, const std::string& family) {
  Bytes bytes = std::get<1>(play.params<std::string, Bytes>());
  std::string text(as_text(bytes));
  std::string verb = text.substr(0, text.find(' '));
  std::string rest = text.size() > verb.size() ? text.substr(verb.size() + 1) : std::string();
  if (verb == "ping") return answer(play, "pong");
  if (on_interval(play, verb, rest)) return;
  if (verb == "id") {
    return answer(play, play.call<std::string>(kRuntimeInterface, "get-actor-id"));
  }
  if (verb == "spawn") {
    return play.call_waiting<Spawned>(kSupervisor, "spawn", answer_spawn, family,
                                      std::optional<Bytes>(to_bytes(rest)));
  }
  if (verb == "spawn-as") {
    return play.call_waiting<Spawned>(kSupervisor, "spawn", answer_spawn, rest,
                                      std::optional<Bytes>());
  }
  if (verb == "resume") {
    return play.call_waiting<Spawned>(kSupervisor, "resume", answer_spawn, family,
                                      std::optional<Bytes>(to_bytes(rest)));
  }
  if (verb == "resume-as") {
    return play.call_waiting<Spawned>(kSupervisor, "resume", answer_spawn, rest,
                                      std::optional<Bytes>(to_bytes(std::string_view("left"))));
  }
  if (verb == "restart") {
    return play.call_waiting<Stopped>(kSupervisor, "restart-child", answer_restart, rest);
  }
  if (verb == "stop") {
    return play.call_waiting<Stopped>(kSupervisor, "stop-child", answer_stop, rest);
  }
  if (verb == "children") {
    return answer(play, joined(play.call<std::vector<std::string>>(kSupervisor, "list-children")));
  }
  if (verb == "state") {
    return play.call_waiting<SeenState>(kSupervisor, "get-child-state", answer_state, rest);
  }
  if (verb == "events") {
    return play.call_waiting<SeenEvents>(kSupervisor, "get-child-events", answer_events, rest);
  }
  if (verb == "news") {
    std::string kept(as_text(play.state().value_or(Bytes())));
    size_t end = kept.find('\n');
    return answer(play, end == kept.npos ? "" : kept.substr(end + 1));
  }
  if (verb == "quit") {
    (void)play.call<Stopped>(kRuntimeInterface, "shutdown", std::optional<Bytes>(to_bytes(rest)));
    return answer(play, "bye");
  }
  if (verb == "ask") {
    return play.call_waiting<Answered>(
        kMessages, "request",
        [](Play& later, const Answered& answered) {
          answer(later, answered ? std::string(as_text(*answered)) : "error: " + answered.error());
        },
        rest.substr(0, 32), to_bytes(rest.substr(33)));
  }
  if (verb == "tell") {
    auto told =
        play.call<Stopped>(kMessages, "send", rest.substr(0, 32), to_bytes(rest.substr(33)));
    return answer(play, told ? "told" : "error: " + told.error());
  }
  if (verb == "open") {
    return play.call_waiting<Opened>(kMessages, "open-channel", answer_spawn, rest,
                                     to_bytes(std::string_view("hello")));
  }
  if (verb == "keep") {
    return play.finish(std::optional<Bytes>(to_bytes(rest)),
                       std::optional<Bytes>(to_bytes(std::string_view("kept"))));
  }
  if (verb == "recall") {
    std::optional<Bytes> state = play.state();
    return answer(play, state ? std::string(as_text(*state)) : "none");
  }
  if (verb == "later") return play.finish(play.state(), std::optional<Bytes>());
  if (verb == "respond") {
    (void)play.call<Stopped>(kMessages, "respond-to-request",
                             std::get<0>(play.params<std::string, Bytes>()), to_bytes(rest));
    return play.finish(play.state(), std::optional<Bytes>());
  }
  if (verb == "trap") return play.trap(engine::TrapCode::kUnreachable);
  if (verb == "spin") return spin(play);
  play.fail("unknown: " + verb);
}

void on_init(Play& play, const std::string& family) {
  std::optional<Bytes> state = play.state();
  std::string text(state ? as_text(*state) : std::string_view());
  if (text == "fail") return play.fail("as it was told");
  if (text == "trap") return play.trap(engine::TrapCode::kUnreachable);
  if (text == "spin") return spin(play);
  if (text.starts_with("call ")) {
    return play.call_waiting<Answered>(
        kMessages, "request",
        [state](Play& later, const Answered& answered) {
          if (!answered) return later.fail(answered.error());
          later.finish(state);
        },
        text.substr(5), to_bytes("ping"));
  }
  if (!text.starts_with("nest ")) return play.finish(state);
  int depth = std::stoi(text.substr(5));
  if (depth == 0) return play.finish(state);
  play.call_waiting<Spawned>(
      kSupervisor, "spawn",
      [state](Play& later, const Spawned& spawned) {
        if (!spawned) return later.fail(spawned.error());
        later.finish(state);
      },
      family, std::optional<Bytes>(to_bytes("nest " + std::to_string(depth - 1))));
}

// What a component of the family has beyond a member; a filer ticks too.
enum class Also : uint8_t { kNothing, kTicks, kFiles };

ScriptedComponent member(const HandlerSet& handlers, const std::string& family, Also also) {
  bool ticks = also != Also::kNothing;
  ScriptedComponent component;
  for (const auto& handler : handlers) {
    for (const HostFunction& function : handler->host_functions()) {
      bool wanted = function.name.interface == kSupervisor || function.name.name == "shutdown" ||
                    function.name.name == "get-actor-id" || function.name.name == "request" ||
                    function.name.name == "send" || function.name.name == "open-channel" ||
                    function.name.name == "respond-to-request" ||
                    (ticks && function.name.interface == kIntervals) ||
                    (also == Also::kFiles && function.name.name == "read-file");
      if (wanted) component.imports(function);
    }
  }
  component.exports(init_function(), [family](Play& play) { on_init(play, family); })
      .exports(handle_request_function(), [family](Play& play) { on_ask(play, family); })
      .exports(handle_send_function(), on_message)
      .exports(*channel_functions().open, on_channel_open)
      .exports(*channel_functions().message, keep)
      .exports(*channel_functions().close, on_channel_close)
      .exports(child_notice_functions()[0], on_child_error)
      .exports(child_notice_functions()[1], on_child_exit)
      .exports(child_notice_functions()[2], on_child_stop);
  for (const auto& handler : handlers) {
    if (ticks && handler->name() == "timing")
      component.exports(handler->export_functions().front(), keep);
  }
  return component;
}

// What a replay of scripted actors needs.
class Kept final : public replay::Components {
 public:
  Kept(const ScriptedLoader& loader, std::map<Hash, Bytes> states, const BlobStore* blobs)
      : loader_(loader), states_(std::move(states)), blobs_(blobs) {}

  Result<Loaded> load(const Hash& digest) override {
    for (const auto& [name, component] : loader_.components()) {
      if (component.digest() != digest) continue;
      Loaded loaded;
      loaded.digest = digest;
      ComponentShape shape = component.shape();
      loaded.imports.assign(shape.imports.begin(), shape.imports.end());
      std::vector<engine::HostBinding> bindings;
      for (const engine::FunctionDecl& import : shape.imports) {
        auto number = static_cast<uint32_t>(bindings.size());
        bindings.push_back({import.name, engine::HostMode::kImmediate, number});
      }
      loaded.program = component.link(bindings);
      return loaded;
    }
    return fail(ErrorCode::kNotFound, "no such component");
  }
  Result<Bytes> state(const Hash& digest) override {
    auto found = states_.find(digest);
    if (found != states_.end()) return found->second;
    if (blobs_ != nullptr) return blobs_->get(digest);
    return fail(ErrorCode::kNotFound, "no such state");
  }
  const std::string& engine() const override { return loader_.identity(); }

 private:
  const ScriptedLoader& loader_;
  std::map<Hash, Bytes> states_;
  const BlobStore* blobs_;  // May be null.
};

// Every initial state that tests give.
std::map<Hash, Bytes> known_states(const std::vector<std::string>& more) {
  std::map<Hash, Bytes> states;
  auto add = [&](const std::string& text) {
    states.emplace(sha256(as_bytes(text)), to_bytes(text));
  };
  for (const char* text : {"", "kept", "left", "fail", "trap", "spin"})
    add(text);
  for (int i = 0; i < 100; ++i)
    add("nest " + std::to_string(i));
  for (const std::string& text : more)
    add(text);
  return states;
}

}  // namespace

std::string Told::outline() const {
  std::string text;
  for (const log::Event& event : events)
    text += (text.empty() ? "" : " ") + std::string(log::body_name(event.body));
  return text;
}

Told tell(const log::Chain& chain) {
  Told told;
  chain.for_each([&](uint64_t, ByteView bytes, const Hash& hash) {
    told.bytes.push_back(to_bytes(bytes));
    told.hashes.push_back(hash);
  });
  // Decoded payloads borrow from the bytes.
  for (const Bytes& bytes : told.bytes)
    told.events.push_back(*log::decode_event(bytes));
  told.head = chain.head();
  return told;
}

Family::Family(Scheduler& scheduler, Timers& timers, const Clock& clock, JobRunner* jobs,
               const Recording* recording, uint64_t seed)
    : random_(seed) {
  THEATER_CHECK(write_file(folder() / "member.wasm", as_bytes(std::string_view("member"))));
  THEATER_CHECK(write_file(folder() / "ticker.wasm", as_bytes(std::string_view("ticker"))));
  loader_.add("member", member(handlers_, manifest_text(), Also::kNothing));
  loader_.add("ticker", member(handlers_, manifest_text(), Also::kTicks));
  loader_.add("filer", member(handlers_, manifest_text(), Also::kFiles));
  begin_anew(scheduler, timers, clock, jobs, recording);
}

void Family::begin_anew(Scheduler& scheduler, Timers& timers, const Clock& clock, JobRunner* jobs,
                        const Recording* recording) {
  runtime_.reset();
  routing_.emplace();
  runtime_.emplace(Runtime::Parts{.scheduler = scheduler,
                                  .timers = timers,
                                  .routing = *routing_,
                                  .clock = clock,
                                  .random = random_,
                                  .handlers = handlers_,
                                  .loader = loader_,
                                  .recording = recording,
                                  .jobs = jobs,
                                  .fetch = [this](const Url& url, const FetchOptions& options) {
                                    return fetch(url, options);
                                  }});
}

Result<Fetched> Family::fetch(const Url& url, const FetchOptions& options) {
  std::string text = url.to_string();
  if (before_fetch) {
    before_fetch(options);
    return fail(ErrorCode::kCancelled, "{}", text);
  }
  fetched.push_back(text);
  if (options.check_url) THEATER_TRY_VOID(options.check_url(url));
  bool is_private = text.starts_with("http://inside");
  if (is_private && !options.allows_address(url, *IpAddress::parse("10.0.0.1"))) {
    return fail(ErrorCode::kPermissionDenied, "{} is private", text);
  }
  auto found = web.find(text);
  if (found == web.end()) return fail(ErrorCode::kNotFound, "there is no {}", text);
  if (found->second.size() > options.size_max)
    return fail(ErrorCode::kResourceExhausted, "{} is large", text);
  return Fetched{to_bytes(found->second), url};
}

std::string Family::manifest_text(const std::string& more) const {
  return fmt::format(
      "name = \"member\"\ncomponent = \"{0}/member.wasm\"\nstate = "
      "\"explicit\"\n{1}[[handler]]\ntype = "
      "\"supervisor\"\n[[handler]]\ntype = \"message-server\"\n[[handler]]\ntype = "
      "\"filesystem\"\npath = \"{0}\"\n",
      folder().string(), more);
}

std::string Family::ticker_text(const std::string& more) const {
  std::string text = manifest_text(more) + "[[handler]]\ntype = \"timing\"\n";
  return text.replace(text.find("member.wasm"), 6, "ticker");
}

Policy Family::policy() const {
  Policy policy = Policy::default_policy();
  THEATER_CHECK(policy.add_grant("filesystem:paths=" + folder().string() + ";read", "/"));
  THEATER_CHECK(policy.add_grant("http-client:hosts=a.example,inside.example", "/"));
  return policy;
}

std::string Family::add_manifest(const std::string& name, const std::string& more) const {
  std::filesystem::path path = folder() / (name + ".toml");
  THEATER_CHECK(write_file(path, as_bytes(manifest_text(more))));
  return path.string();
}

std::string Family::add_ticker_manifest(const std::string& name, const std::string& more) const {
  std::filesystem::path path = folder() / (name + ".toml");
  THEATER_CHECK(write_file(path, as_bytes(ticker_text(more))));
  return path.string();
}

SpawnRequest Family::root_request(const std::string& state, const std::string& more) const {
  return request_of(manifest_text(more), state);
}

SpawnRequest Family::request_of(const std::string& text, const std::string& state) const {
  SpawnRequest request;
  auto manifest = parse_manifest(text, "root.toml", "/");
  THEATER_CHECK(manifest, "{}", manifest.error().to_string());
  request.manifest = *std::move(manifest);
  request.policy = policy();
  request.state = to_bytes(state);
  return request;
}

ActorId Family::add_root(const std::string& state, const std::string& more) {
  auto spawned = runtime_->spawn(root_request(state, more));
  THEATER_CHECK(spawned, "{}", spawned.error().to_string());
  return spawned->id;
}

ActorId Family::add_ticker(const std::string& more) {
  auto spawned = runtime_->spawn(request_of(ticker_text(more), "kept"));
  THEATER_CHECK(spawned, "{}", spawned.error().to_string());
  return spawned->id;
}

std::string Family::ask(const ActorId& id, const std::string& text) {
  auto answered = runtime_->request(id, as_bytes(text));
  if (!answered) return "error: " + answered.error().to_string();
  return std::string(as_text(*answered));
}

std::unique_ptr<replay::Components> Family::components(const BlobStore* blobs) const {
  return std::make_unique<Kept>(loader_, known_states(other_states), blobs);
}

std::optional<std::string> Family::what_is_wrong(const std::map<ActorId, Told>& chains) const {
  for (const auto& [id, told] : chains) {
    std::vector<ByteView> events(told.bytes.begin(), told.bytes.end());
    auto verified = log::verify_chain(events, told.head);
    std::optional<std::string> wrong;
    if (!verified) wrong = verified.error().to_string();
    if (!wrong && told.genesis().parent) wrong = wrong_with_child(told, chains);
    if (!wrong) wrong = wrong_with_parent(told, chains);
    if (!wrong) wrong = wrong_with_replay(told);
    if (wrong) return id.to_string() + " (" + told.outline() + "): " + *wrong;
  }
  return std::nullopt;
}

std::optional<std::string> Family::wrong_with_child(const Told& child,
                                                    const std::map<ActorId, Told>& chains) const {
  const log::Ancestor& above = *child.genesis().parent;
  auto found = chains.find(above.actor);
  if (found == chains.end()) return "its parent is nowhere";
  const Told& parent = found->second;
  auto cited = std::find(parent.hashes.begin(), parent.hashes.end(), above.event);
  if (cited == parent.hashes.end()) return "it cites an event that its parent does not have";
  auto at = static_cast<size_t>(cited - parent.hashes.begin());
  for (size_t i = 0; i < parent.events.size(); ++i) {
    const auto* recorded = std::get_if<log::Child>(&parent.events[i].body);
    if (recorded == nullptr || recorded->actor != child.genesis().actor) continue;
    if (recorded->genesis != child.hashes.front()) return "its parent names another genesis";
    if (i <= at) return "it cites an event that is not before its `child`";
    return std::nullopt;
  }
  // A child that no parent recorded never began, but it may have been ended before its parent.
  for (size_t i = 1; i + 1 < child.events.size(); ++i) {
    if (!std::holds_alternative<log::Control>(child.events[i].body)) {
      return "it began without its parent";
    }
  }
  return std::nullopt;
}

std::optional<std::string> Family::wrong_with_parent(const Told& parent,
                                                     const std::map<ActorId, Told>& chains) const {
  std::map<ActorId, bool> living;
  for (const log::Event& event : parent.events) {
    if (const auto* child = std::get_if<log::Child>(&event.body)) {
      if (!living.emplace(child->actor, true).second) return "it had one child twice";
    } else if (const auto* gone = std::get_if<log::ChildEnded>(&event.body)) {
      auto found = living.find(gone->actor);
      if (found == living.end() || !found->second) return "a child ended that was not there";
      found->second = false;
      const Told& its = chains.at(gone->actor);
      if (its.head != gone->head) return "a child ended with another head";
      const auto* ended = std::get_if<log::Terminated>(&its.events.back().body);
      if (ended == nullptr || ended->how.index() != gone->how.index()) {
        return "a child ended otherwise";
      }
    } else if (std::holds_alternative<log::Terminated>(event.body)) {
      for (const auto& [id, lives] : living) {
        if (lives) return "it ended before its child " + id.to_string();
      }
    }
  }
  return std::nullopt;
}

std::optional<std::string> Family::wrong_with_replay(const Told& told) const {
  auto kept = components();
  auto source = log::chain_in_memory(told.bytes);
  auto report = replay::replay(*source, *kept);
  if (!report) return "replay: " + report.error().to_string();
  if (report->outcome != replay::Outcome::kIdentical || report->head != told.head) {
    std::string text = "it does not replay";
    if (report->divergence) text += ": " + report->divergence->field;
    for (const std::string& missing : report->missing)
      text += ": " + missing;
    return text;
  }
  return std::nullopt;
}

}  // namespace theater::testing
