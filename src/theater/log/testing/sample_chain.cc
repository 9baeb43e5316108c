#include "theater/log/testing/sample_chain.h"

#include "theater/base/check.h"
#include "theater/log/event/access_note.h"
#include "theater/log/event/held_budget.h"
#include "theater/wit/codec_describe.h"

#include <string>
#include <tuple>
#include <vector>

namespace theater::log {

namespace {

constexpr uint64_t kStart = 1'767'225'600'000'000;  // 2026-01-01 00:00:00 UTC.

const FunctionTable& functions() {
  static const FunctionTable table = FunctionTable::from_names({
      "theater:simple/actor/init",
      "theater:simple/message-server-client/handle-request",
      "theater:simple/message-server-client/handle-send",
      "theater:simple/message-server-host/open-channel",
      "theater:simple/message-server-host/request",
      "theater:simple/message-server-host/send",
      "theater:simple/http-client/send-http",
      "theater:simple/random/random-bytes",
      "theater:simple/runtime/log",
      "theater:simple/supervisor/spawn",
      "theater:simple/timing/now",
  });
  return table;
}

uint32_t function(std::string_view name) {
  std::optional<uint32_t> found = functions().find("theater:simple/" + std::string(name));
  THEATER_CHECK(found, "no function {}", name);
  return *found;
}

template <class... Args>
Payload values(const Args&... args) {
  Bytes out;
  wit::encode_params(out, args...);
  return inline_payload(std::move(out));
}

using Answer = tl::expected<std::monostate, std::string>;

Payload error_value(std::string text) {
  return values(Answer(tl::unexpect, std::move(text)));
}

Payload detached_payload() {
  Salt salt;
  salt.fill(0x5a);
  Bytes body(5000, 'x');
  return Detached{detached_hash(salt, body), body.size()};
}

// Appends events a millisecond apart.
class Author {
 public:
  uint64_t operator()(const Body& body) {
    time_ += 1000;
    return chain_.append(body, time_).seq.value;
  }
  Chain take() { return std::move(chain_); }

 private:
  Chain chain_;
  uint64_t time_ = kStart;
};

void first_calls(Author& add) {
  add(Call{function("actor/init"), FromRuntime{}, values(sample_actor(0xa1).to_string())});
  add(Note{function("runtime/log"), values(std::string("hello, wörld"))});
  add(Host{function("timing/now"), values(), values(uint64_t{1'767'225'600'004})});
  add(Returned{CallOk{values()}, StateSet{content_of(as_bytes("{\"count\":0}"))}});

  add(Call{function("message-server-client/handle-send"),
           Sender{sample_actor(0xb2), Durability::kAsync, sample_hash(0x11)},
           values(to_bytes("do"))});
  add(Sent{function("message-server-host/send"), values(sample_actor(0xb2).to_string(), Bytes{0}),
           SentKind::kSend, Peer{sample_actor(0xb2), Durability::kAsync}, std::nullopt,
           SentAccepted{}});
  uint64_t request =
      add(Sent{function("message-server-host/request"),
               values(sample_actor(0xc3).to_string(), Bytes{1, 2, 3}), SentKind::kRequest,
               Peer{sample_actor(0xc3), Durability::kSync}, std::nullopt, SentAccepted{}});
  add(Answered{request, sample_hash(0x22), values(tl::expected<Bytes, std::string>(Bytes{4, 5}))});
  add(Sent{function("message-server-host/send"), values(std::string("nobody"), Bytes{}),
           SentKind::kSend, ToNobody{}, std::nullopt,
           SentFailed{error_value("no actor `nobody`")}});
}

void effects(Author& add) {
  uint32_t http = function("http-client/send-http");
  add(Refused{function("random/random-bytes"), values(uint32_t{1 << 30}),
              RefusedPermission{"random:bytes=1073741824"},
              RefusedValue{error_value("not granted")}});
  uint64_t intent = add(Intent{http, detached_payload()});
  add(Outcome{intent, OutcomeDone{detached_payload()}});
  intent = add(Intent{http, values(std::string("GET"))});
  add(Outcome{intent, OutcomeUnknown{error_value("outcome unknown")}});
  intent = add(Intent{http, values(std::string("GET"))});
  add(Outcome{intent, OutcomeCancelled{}});
  add(Child{sample_actor(0xd4), sample_hash(0x33)});
  add(Host{function("supervisor/spawn"), values(std::string("child.toml"), std::optional<Bytes>()),
           values(tl::expected<std::string, std::string>(sample_actor(0xd4).to_string()))});
  add(Returned{CallError{values(std::string("try again"))}, StateUnchanged{}});
}

// The values of the types in the interface `held` of log.wit.
std::vector<HeldPart> held_parts() {
  using Calls = std::vector<std::tuple<std::string, uint64_t>>;
  using Intervals = std::vector<std::tuple<std::string, uint64_t>>;
  return {{"budget", values(uint64_t{3}, uint64_t{1}, uint64_t{1500},
                            Calls{{"theater:simple/timing", 1}, {"theater:timers/intervals", 2}})},
          {"timing", values(Intervals{{"tick", 1000}})}};
}

void snapshot(Author& add) {
  add(Control{Pause{}, ByClient{"operator"}});
  add(Control{Resume{}, ByRuntime{}});
  add(Control{Held{held_parts()}, ByRuntime{}});
  SomeState state{content_of(as_bytes("{\"count\":0}"))};
  add(Snapshot{state, {sample_hash(0x44)}, {sample_hash(0x55), sample_hash(0x66)}, 1'000'000});
  Instance again = sample_instance();
  again.why = InstanceReason::kSnapshot;
  again.state = state;
  again.init_runs = false;
  add(again);
}

void failures(Author& add) {
  add(Call{function("message-server-client/handle-request"), FromClient{},
           values(std::string("6f1c"), to_bytes("?"))});
  uint64_t open =
      add(Sent{function("message-server-host/open-channel"),
               values(sample_actor(0xc3).to_string(), Bytes{}), SentKind::kOpenChannel,
               Peer{sample_actor(0xc3), Durability::kMemory}, sample_hash(0x77), SentAccepted{}});
  add(Failed{FailedTrap{TrapCode::kMemoryOutOfBounds}});
  add(Answered{open, std::nullopt, error_value("the caller failed")});
  add(Discarded{sample_hash(0x88), DiscardReason::kLateAnswer});
  Instance again = sample_instance();
  again.why = InstanceReason::kRestart;
  again.incarnation = 1;
  add(again);
  add(Refused{function("timing/now"), values(), RefusedLimit{"calls"}, RefusedTrap{}});
  add(Failed{FailedLimit{LimitCode::kCpu}});
  again.why = InstanceReason::kRecover;
  again.incarnation = 2;
  add(again);
  add(Call{function("actor/init"), FromHandler{}, values(sample_actor(0xa1).to_string())});
  add(Returned{CallOk{values()}, StateCleared{}});
}

}  // namespace

Hash sample_hash(uint8_t byte) {
  Hash hash;
  hash.bytes.fill(byte);
  return hash;
}

ActorId sample_actor(uint8_t byte) {
  ActorId actor;
  actor.bytes.fill(byte);
  return actor;
}

Instance sample_instance() {
  Instance instance;
  instance.component = sample_hash(0x99);
  instance.engine = "example-engine 1.0 x86_64";
  instance.functions = functions().names();
  instance.grants = {"http-client:host=example.org", "timing"};
  instance.limits = {.memory_bytes = uint64_t{64} << 20,
                     .table_elements = 100'000,
                     .core_instances = 64,
                     .payload_bytes = uint64_t{16} << 20,
                     .call_ticks = 10'000,
                     .mailbox_messages = 1000,
                     .handles = 100,
                     .log_bytes = uint64_t{1} << 40};
  instance.init_runs = true;
  return instance;
}

Chain sample_actor_chain() {
  Author add;
  add(Genesis{kLogVersion, sample_actor(0xa1), "sample",
              Ancestor{sample_actor(0xb2), sample_hash(0xee)}, sample_hash(0xdd)});
  add(sample_instance());
  first_calls(add);
  effects(add);
  snapshot(add);
  failures(add);
  add(ChildEnded{sample_actor(0xd4), sample_hash(0x34),
                 EndedCompleted{inline_payload(to_bytes("done"))}});
  add(Control{Shutdown{}, ByActor{sample_actor(0xb2)}});
  add(Terminated{EndedStopped{}});
  return add.take();
}

Chain sample_root_chain() {
  Author add;
  Once once{sample_hash(0x01), sample_hash(0x02)};
  add(Genesis{kLogVersion, sample_actor(0xe5), "root", std::nullopt, sample_hash(0xdd)});
  add(Control{Started{"the-root", "permanent", {"random", "timing"}, once}, ByClient{"operator"}});
  Instance instance = sample_instance();
  instance.init_runs = false;
  add(instance);
  Call call{function("message-server-client/handle-request"), NamedClient{"alice", {}, {}},
            values(std::string("6f1c"), to_bytes("?"))};
  add(call);
  uint64_t got = add(Host{function("http-client/send-http"), values(std::string("GET")),
                          values(std::string("moved"))});
  add(Control{Noted{"redirect", got, inline_payload(to_bytes("https://example.org/"))},
              ByRuntime{}});
  add(Control{Noted{"sandbox-level", {}, detached_payload()}, ByRuntime{}});
  add(Returned{CallOk{values()}, StateUnchanged{}});
  add(Control{Terminate{}, ByClient{"operator"}});
  add(Control{Restart{}, ByClient{"operator"}});
  add(Control{Updated{sample_hash(0xde), {"timing"}}, ByClient{"operator"}});
  add(Control{Held{}, ByRuntime{}});
  instance.why = InstanceReason::kUpdate;
  instance.incarnation = 1;
  instance.component = sample_hash(0x9a);
  add(instance);
  call.from = NamedClient{"bob", once, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"};
  add(call);
  return add.take();
}

Chain sample_node_chain() {
  Author add;
  add(Genesis{kLogVersion, ActorId{}, "node", std::nullopt, std::nullopt});
  add(Control{NodeStarted{"0.1.0"}, ByRuntime{}});
  add(Control{NodeKey{Bytes(32, 0x0b)}, ByRuntime{}});
  add(Control{TailRemoved{3, 65'536, 4096, sample_hash(0x0c)}, ByRuntime{}});
  add(Control{DamageAccepted{"example.org/log", 123'456, sample_hash(0x0d)}, ByClient{"operator"}});
  add(Control{Noted{"token-made", {}, inline_payload(to_bytes("alice"))}, ByClient{"operator"}});
  add(Control{NodeStopped{}, ByRuntime{}});
  return add.take();
}

Chain sample_parent_chain() {
  Author add;
  add(Genesis{kLogVersion, sample_actor(0xf6), "parent", std::nullopt, sample_hash(0xdd)});
  Instance instance = sample_instance();
  instance.init_runs = false;
  add(instance);
  add(Call{function("message-server-client/handle-request"), FromClient{},
           values(std::string("6f1c"), to_bytes("spawn"))});
  add(Child{sample_actor(0xd4), sample_hash(0x33)});
  add(Host{function("supervisor/spawn"), values(std::string("child.toml"), std::optional<Bytes>()),
           values(tl::expected<std::string, std::string>(sample_actor(0xd4).to_string()))});
  add(Returned{CallOk{values()}, StateUnchanged{}});
  uint64_t ended = add(ChildEnded{sample_actor(0xd4), sample_hash(0x34), EndedStopped{}});
  HeldBudget used{.messages = 3,
                  .descendants = 1,
                  .cpu_us = 1500,
                  .host_calls = {{std::string(kLogBytes), 700}, {"theater:simple/timing", 2}}};
  add(Control{Noted{std::string(kChildUsed), ended, inline_payload(wit::encode(used))},
              ByRuntime{}});
  return add.take();
}

Chain sample_server_chain() {
  Author add;
  add(Genesis{kLogVersion, ActorId{}, "node", std::nullopt, std::nullopt});
  add(Control{NodeStarted{"0.1.0"}, ByRuntime{}});
  auto note = [&](std::string_view what, Bytes data) {
    add(Control{Noted{std::string(what), {}, inline_payload(std::move(data))}, ByRuntime{}});
  };
  NotedToken token{.id = "0123456789ab",
                   .name = "ci",
                   .scope = "operate",
                   .subtree = sample_actor(0xf6).to_string(),
                   .expires_us = kStart + 1'000'000};
  note(kTokenMade, wit::encode(token));
  note(kTokenUsed, wit::encode(token));
  note(kTokenRevoked, wit::encode(token));
  note(kTokenMade, wit::encode(NotedToken{.id = "ba9876543210", .scope = "read"}));
  note(kRequestsRefused, wit::encode(RefusedRequests{.client = "token ci",
                                                     .reason = "scope",
                                                     .token = "0123456789ab",
                                                     .operation = "node_events",
                                                     .count = 19}));
  note(kRequestsRefused,
       wit::encode(RefusedRequests{.reason = "no-token", .operation = "start", .count = 1}));
  add(Control{NodeStopped{}, ByRuntime{}});
  return add.take();
}

}  // namespace theater::log
