// The callers that guests are told of, through all that may happen to a call: waits, channels,
// children, restarts, snapshots and the loss of the node.
#include "theater/actor/messaging/channels.h"
#include "theater/actor/messaging/supervisor_callback.h"
#include "theater/base/file.h"
#include "theater/runtime/testing/lost_node.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace theater::callers_test {

using namespace std::chrono_literals;
using testing::Family;
using ::testing::HasSubstr;
using testing::LostNode;
using testing::Play;
using testing::ScriptedComponent;
using testing::Seeded;

constexpr uint64_t kSeeds = 20;
constexpr const char* kMessages = "theater:simple/message-server-host";
constexpr const char* kSupervisor = "theater:simple/supervisor";
constexpr const char* kRuntime = "theater:simple/runtime";

using Done = tl::expected<void, std::string>;
using Answered = tl::expected<Bytes, std::string>;
using Text = tl::expected<std::string, std::string>;

std::string caller_text(Play& play) {
  auto caller = play.call<std::optional<Caller>>("theater:messages/callers", "get-caller");
  if (!caller) return "none";
  if (const auto* actor = std::get_if<ActorCaller>(&*caller)) return "actor " + actor->value;
  const auto* client = std::get_if<ClientCaller>(&*caller);
  if (client == nullptr) return "runtime";
  return "client " + client->value.value_or("without a name");
}

void answer(Play& play, const std::string& text) {
  play.finish(play.state(), std::optional<Bytes>(to_bytes(text)));
}

// Adds a line to the state: the function, and its caller.
testing::Script notes(const std::string& function) {
  return [function](Play& play) {
    std::string text(as_text(play.state().value_or(Bytes())));
    play.finish(to_bytes(text + function + ": " + caller_text(play) + "\n"));
  };
}

void on_channel_open(Play& play) {
  std::string text(as_text(play.state().value_or(Bytes())));
  play.finish(to_bytes(text + "open: " + caller_text(play) + "\n"),
              ChannelAccept{.accepted = true, .message = Bytes()});
}

// A witness answers "who" with the caller, and "notes" with its state. Everything else says what it
// does, in the words of a Family.
void on_ask(Play& play, const std::string& manifest) {
  std::string text(as_text(std::get<1>(play.params<std::string, Bytes>())));
  std::string verb = text.substr(0, text.find(' '));
  std::string rest = text.size() > verb.size() ? text.substr(verb.size() + 1) : std::string();
  if (verb == "who") return answer(play, caller_text(play));
  if (verb == "notes") return answer(play, std::string(as_text(play.state().value_or(Bytes()))));
  if (verb == "ask") {
    // The caller is looked up after the wait.
    return play.call_waiting<Answered>(
        kMessages, "request",
        [](Play& later, const Answered& answered) {
          std::string its = answered ? std::string(as_text(*answered)) : answered.error();
          answer(later, its + ", " + caller_text(later));
        },
        rest.substr(0, 32), to_bytes(rest.substr(33)));
  }
  auto answer_text = [](Play& later, const Text& got) {
    answer(later, got ? *got : "error: " + got.error());
  };
  if (verb == "spawn") {
    return play.call_waiting<Text>(kSupervisor, "spawn", answer_text, manifest,
                                   std::optional<Bytes>(Bytes()));
  }
  if (verb == "restart") {
    return play.call_waiting<Done>(
        kSupervisor, "restart-child",
        [](Play& later, const Done& done) { answer(later, done ? "restarted" : done.error()); },
        rest);
  }
  if (verb == "open")
    return play.call_waiting<Text>(kMessages, "open-channel", answer_text, rest, Bytes());
  if (verb == "post" || verb == "tell") {
    std::string name = verb == "post" ? "send-on-channel" : "send";
    auto sent = play.call<Done>(kMessages, name, rest, Bytes());
    return answer(play, sent ? "sent" : "error: " + sent.error());
  }
  if (verb == "close") {
    auto closed = play.call<Done>(kMessages, "close-channel", rest);
    return answer(play, closed ? "closed" : "error: " + closed.error());
  }
  if (verb == "quit") {
    (void)play.call<Done>(kRuntime, "shutdown", std::optional<Bytes>());
    return answer(play, "bye");
  }
  if (verb == "start") {
    auto started =
        play.call<Done>("theater:timers/intervals", "start-interval", rest, uint64_t{100});
    return answer(play, started ? "started" : "error: " + started.error());
  }
  play.trap(engine::TrapCode::kUnreachable);
}

// Witnesses in a family. `more` is more of their manifest, before its tables.
class Witnesses {
 public:
  explicit Witnesses(Family& family, const std::string& more = "")
      : family_(family), manifest_(family.ticker_text(more)) {
    std::filesystem::path path = family.folder() / "witness.toml";
    manifest_.replace(manifest_.find("ticker.wasm"), 6, "witness");
    THEATER_CHECK(write_file(path, as_bytes(manifest_)));
    THEATER_CHECK(
        write_file(family.folder() / "witness.wasm", as_bytes(std::string_view("witness"))));
    family.loader().add("witness", component(path.string()));
  }

  ActorId add_root() const {
    SpawnRequest request = family_.root_request("");
    auto parsed = parse_manifest(manifest_, "witness.toml", "/");
    THEATER_CHECK(parsed, "{}", parsed.error().to_string());
    request.manifest = *std::move(parsed);
    auto spawned = family_.runtime().spawn(request);
    THEATER_CHECK(spawned, "{}", spawned.error().to_string());
    return spawned->id;
  }
  ActorId add_child(const ActorId& parent) const {
    return *ActorId::parse(family_.ask(parent, "spawn"));
  }
  std::string notes_of(const ActorId& id) const { return family_.ask(id, "notes"); }

 private:
  static ScriptedComponent component(const std::string& manifest) {
    ScriptedComponent component;
    const std::set<std::string> wanted = {
        "get-caller",    "request", "open-channel",  "send-on-channel", "send",
        "close-channel", "spawn",   "restart-child", "shutdown",        "start-interval"};
    HandlerSet handlers = make_handlers();
    for (const auto& handler : handlers) {
      for (const HostFunction& function : handler->host_functions()) {
        if (wanted.contains(function.name.name)) component.imports(function);
      }
      if (handler->name() == "timing")
        component.exports(handler->export_functions().front(), notes("tick"));
    }
    for (const ExportFunction& notice : child_notice_functions())
      component.exports(notice, notes(notice.name.name));
    return component.exports(init_function(), notes("init"))
        .exports(handle_send_function(), notes("send"))
        .exports(handle_request_function(), [manifest](Play& play) { on_ask(play, manifest); })
        .exports(*channel_functions().open, on_channel_open)
        .exports(*channel_functions().message, notes("message"))
        .exports(*channel_functions().close, notes("close"));
  }

  Family& family_;
  std::string manifest_;
};

std::string actor_text(const ActorId& id) {
  return "actor " + id.to_string();
}

TEST(Callers, AreClientsByTheirNames) {
  testing::for_each_seed(kSeeds, [](Seeded& seeded) {
    Witnesses witnesses(seeded.family);
    ActorId id = witnesses.add_root();
    EXPECT_EQ(seeded.family.ask(id, "who"), "client without a name");
    std::string got;
    ClientMessage message{id, as_bytes(std::string_view("who")),
                          log::NamedClient{"token ci", {}, {}}};
    seeded.family.runtime().request(message, [&](Result<ClientReply> reply) {
      got = reply ? std::string(as_text(*reply->answer)) : reply.error().to_string();
    });
    seeded.run();
    EXPECT_EQ(got, "client token ci");
    EXPECT_EQ(witnesses.notes_of(id), "init: runtime\n");
  });
}

TEST(Callers, AreTheSameAfterAWait) {
  testing::for_each_seed(kSeeds, [](Seeded& seeded) {
    Witnesses witnesses(seeded.family);
    ActorId first = witnesses.add_root();
    ActorId second = witnesses.add_root();
    EXPECT_EQ(seeded.family.ask(first, "ask " + second.to_string() + " who"),
              actor_text(first) + ", client without a name");
    EXPECT_EQ(seeded.family.ask(first, "tell " + second.to_string()), "sent");
    EXPECT_EQ(witnesses.notes_of(second), "init: runtime\nsend: " + actor_text(first) + "\n");
  });
}

TEST(Callers, OfChannelsAreTheOtherSideAndTheRuntimeAfterItsEnd) {
  testing::for_each_seed(kSeeds, [](Seeded& seeded) {
    Witnesses witnesses(seeded.family);
    Family& family = seeded.family;
    ActorId first = witnesses.add_root();
    ActorId second = witnesses.add_root();
    std::string channel = family.ask(first, "open " + second.to_string());
    EXPECT_EQ(family.ask(first, "post " + channel), "sent");
    EXPECT_EQ(family.ask(first, "close " + channel), "closed");
    std::string by_first = actor_text(first) + "\n";
    EXPECT_EQ(witnesses.notes_of(second),
              "init: runtime\nopen: " + by_first + "message: " + by_first + "close: " + by_first);
    EXPECT_THAT(family.ask(first, "open " + second.to_string()), HasSubstr("ch_"));
    EXPECT_EQ(family.ask(second, "quit"), "bye");
    seeded.run();
    std::string by_second = "message: " + actor_text(second) + "\n";
    EXPECT_EQ(witnesses.notes_of(first),
              "init: runtime\n" + by_second + by_second + "close: runtime\n");
  });
}

TEST(Callers, OfStartsAndOfNewsOfChildrenAreTheRuntime) {
  testing::for_each_seed(kSeeds, [](Seeded& seeded) {
    Witnesses witnesses(seeded.family);
    Family& family = seeded.family;
    ActorId root = witnesses.add_root();
    ActorId child = witnesses.add_child(root);
    EXPECT_EQ(witnesses.notes_of(child), "init: runtime\n");
    EXPECT_EQ(family.ask(root, "restart " + child.to_string()), "restarted");
    EXPECT_EQ(witnesses.notes_of(child), "init: runtime\n");
    EXPECT_EQ(family.ask(child, "quit"), "bye");
    seeded.run();
    (void)family.ask(witnesses.add_child(root), "trap");
    seeded.run();
    EXPECT_TRUE(family.runtime().stop(witnesses.add_child(root)));
    seeded.run();
    EXPECT_EQ(witnesses.notes_of(root),
              "init: runtime\nhandle-child-exit: runtime\nhandle-child-error: runtime\n"
              "handle-child-external-stop: runtime\n");
  });
}

TEST(Callers, AreNoneForTicks) {
  LostNode node;
  Witnesses witnesses(node.family());
  ActorId id = witnesses.add_root();
  EXPECT_EQ(node.family().ask(id, "start beat"), "started");
  bool is_over = false;
  node.scheduler().after(250ms, [&] { is_over = true; });
  while (!is_over)
    node.scheduler().step();
  EXPECT_THAT(witnesses.notes_of(id), HasSubstr("init: runtime\ntick: none\n"));
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

TEST(Callers, OfMessagesThatAreDeliveredAgainAreAsBefore) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(seed);
    LostNode node(seed);
    Witnesses witnesses(node.family());
    ActorId first = witnesses.add_root();
    ActorId second = witnesses.add_root();
    ASSERT_TRUE(node.runtime().pause(second, Runtime::Pausing::kAtOnce));
    EXPECT_EQ(node.family().ask(first, "tell " + second.to_string()), "sent");
    for (int life = 0; life < 2; ++life) {
      RecoveryReport report = node.lose();
      ASSERT_TRUE(report.lost.empty()) << report.lost[0].why.to_string();
    }
    ASSERT_TRUE(node.runtime().resume(second));
    EXPECT_EQ(witnesses.notes_of(second), "init: runtime\nsend: " + actor_text(first) + "\n");
    EXPECT_EQ(node.what_is_wrong(), std::nullopt);
  }
}

TEST(Callers, AreToldAfterSnapshotsAndRecoveriesFromThem) {
  LostNode node;
  Witnesses witnesses(node.family(), "[log]\nsnapshot_events = 8\n");
  ActorId first = witnesses.add_root();
  ActorId second = witnesses.add_root();
  std::string question = "ask " + second.to_string() + " who";
  std::string expected = actor_text(first) + ", client without a name";
  for (int life = 0; life < 3; ++life) {
    for (int i = 0; i < 8; ++i)
      EXPECT_EQ(node.family().ask(first, question), expected);
    node.lose();
  }
  EXPECT_EQ(node.family().ask(first, question), expected);
  for (const ActorId& id : {first, second})
    EXPECT_FALSE(node.chains().at(id).all<log::Snapshot>().empty());
  EXPECT_EQ(node.what_is_wrong(), std::nullopt);
}

}  // namespace theater::callers_test
