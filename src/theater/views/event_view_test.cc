#include "theater/views/event_view.h"

#include "theater/handlers/registry.h"
#include "theater/log/event/for_each_payload.h"
#include "theater/log/testing/random_body.h"
#include "theater/wit/traits.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <tuple>

namespace theater::views::event_view_test {

using Rolled = tl::expected<uint32_t, std::string>;

const std::vector<std::string> kFunctions = {
    "example:dice/dice/roll", "theater:simple/message-server-client/handle-request",
    "theater:simple/message-server-client/handle-send",
    "theater:simple/message-server-host/request", "theater:simple/runtime/log"};
constexpr uint32_t kRoll = 0;
constexpr uint32_t kHandleRequest = 1;
constexpr uint32_t kRequest = 3;
constexpr uint32_t kLog = 4;

log::Instance instance(uint8_t component = 1) {
  log::Instance instance;
  instance.functions = kFunctions;
  instance.component.bytes.fill(component);
  return instance;
}

template <class... T>
log::Payload value(const T&... parts) {
  return log::inline_payload(wit::encode(std::tuple<T...>(parts...)));
}

log::Note log_line(const std::string& text) {
  log::Note note;
  note.function = kLog;
  note.arguments = value(text);
  return note;
}

// Reads a chain, body by body.
struct Chain {
  explicit Chain(PayloadTypes::Load load = {}) : types(make_handlers(), std::move(load)) {}

  EventView view(const log::Body& body, const Bodies* bodies = nullptr) {
    events.push_back(std::make_unique<Bytes>());
    log::encode_event(*events.back(), Hash{}, events.size(), 0, body);
    return reader.view(*events.back(), Hash{}, bodies).value();
  }
  std::string text(const log::Body& body, PayloadForm form = PayloadForm::kValues,
                   PayloadLength length = PayloadLength::kShort) {
    return payloads_text(view(body), form, length);
  }
  Json json(const log::Body& body, PayloadForm form = PayloadForm::kValues) {
    return event_json(view(body), form)["payloads"];
  }
  uint64_t seq() const { return events.size(); }

  PayloadTypes types;
  EventReader reader{types};
  std::vector<std::unique_ptr<Bytes>> events;
};

TEST(EventView, ShowsAMessageWithLineEndsWhole) {
  Chain chain;
  chain.view(instance());
  log::Call call;
  call.function = kHandleRequest;
  call.arguments = value(std::string("req-1"), to_bytes("{\n  \"city\": \"Oslo\"\n}\n"));
  EXPECT_EQ(chain.text(call), R"( ["req-1","{\n  \"city\": \"Oslo\"\n}\n"])");
  EXPECT_EQ(chain.json(call), Json::parse(R"([{"part": "arguments",
                             "value": ["req-1", {"text": "{\n  \"city\": \"Oslo\"\n}\n"}]}])"));
}

TEST(EventView, EscapesWhatATerminalWouldObey) {
  Chain chain;
  chain.view(instance());
  EXPECT_EQ(chain.text(log_line("a\xe2\x80\xae\x1b[31m\xe2\x80\xa8z")),
            R"( ["a\u202e\u001b[31m\u2028z"])");
}

TEST(EventView, ShowsBytesThatAreNoTextInHexadecimal) {
  Chain chain;
  chain.view(instance());
  log::Call call;
  call.function = kHandleRequest;
  call.arguments = value(std::string("r"), Bytes{0xff, 0});
  EXPECT_EQ(chain.text(call), R"( ["r",{"hex":"ff00","length":2}])");
  EXPECT_EQ(chain.json(call)[0]["value"], Json::parse(R"(["r", {"base64": "/wA="}])"));
}

TEST(EventView, GivesAResultTheTypeOfTheFunctionThatWasCalled) {
  Chain chain;
  chain.view(instance());
  log::Call call;
  call.function = kHandleRequest;
  call.arguments = value(std::string("r"), to_bytes("ask"));
  chain.view(call);
  chain.view(log_line("meanwhile"));
  log::Returned returned;
  returned.result = log::CallOk{value(std::optional<Bytes>(to_bytes("answer")))};
  returned.state = log::StateUnchanged{};
  EXPECT_EQ(chain.text(returned), R"( -> ["answer"])");
  returned.result = log::CallError{log::inline_payload(wit::encode(std::string("no")))};
  EXPECT_EQ(chain.text(returned), R"( -> error "no")");
}

TEST(EventView, GivesAnAnswerTheTypeOfItsRequest) {
  Chain chain;
  chain.view(instance());
  log::Sent sent;
  sent.function = kRequest;
  sent.kind = log::SentKind::kRequest;
  sent.arguments = value(std::string("actor"), to_bytes("ask"));
  sent.result = log::SentAccepted{};
  chain.view(sent);
  log::Answered answered;
  answered.sent = chain.seq();
  using Answer = tl::expected<Bytes, std::string>;
  answered.result = log::inline_payload(wit::encode(Answer(to_bytes("answer"))));
  EXPECT_EQ(chain.text(answered), R"( -> {"ok":"answer"})");
  // The request is over, so another answer to it has no type.
  EXPECT_EQ(chain.text(answered), " -> raw 0x0006616e73776572 (8 bytes)");
}

TEST(EventView, SaysThatAValueIsRawWithoutItsType) {
  Chain chain;
  chain.view(instance());
  log::Note note;
  note.function = kRoll;
  note.arguments = log::inline_payload(to_bytes("plain"));
  EXPECT_EQ(chain.text(note), R"( raw "plain")");
  EXPECT_EQ(chain.json(note),
            Json::parse(R"([{"part": "arguments", "raw": {"text": "plain", "length": 5}}])"));
  note.arguments = log::inline_payload({6});
  EXPECT_EQ(chain.text(note), " raw 0x06 (1 byte)");
  EXPECT_EQ(chain.json(note),
            Json::parse(R"([{"part": "arguments", "raw": {"hex": "06", "length": 1}}])"));
}

// A value that is none of the handler's type, as in a forged log.
TEST(EventView, SaysThatAValueOfAnotherTypeIsRaw) {
  Chain chain;
  chain.view(instance());
  log::Note note;
  note.function = kLog;
  note.arguments = log::inline_payload({8, 'x'});
  EXPECT_EQ(chain.text(note), " raw 0x0878 (2 bytes)");
}

ComponentFunctions dice() {
  return {{{{"example:dice/dice", "roll"}, wit::func_type_of<Rolled(uint32_t)>({"sides"})}}, {}};
}

TEST(EventView, AsksTheComponentOnceForWhatNoHandlerHas) {
  size_t loads = 0;
  Hash asked;
  Chain chain([&](const Hash& digest) -> Result<ComponentFunctions> {
    ++loads;
    asked = digest;
    return dice();
  });
  chain.view(instance(7));
  chain.view(log_line("known to a handler"));
  EXPECT_EQ(loads, 0u);
  log::Host host;
  host.function = kRoll;
  host.arguments = value(uint32_t{6});
  host.result = log::inline_payload(wit::encode(Rolled(4)));
  for (int i = 0; i < 1000; ++i)
    ASSERT_EQ(chain.text(host), R"( [6] -> {"ok":4})");
  EXPECT_EQ(loads, 1u);
  EXPECT_EQ(asked, instance(7).component);
}

TEST(EventView, AsksOnceForAComponentThatIsNotThere) {
  size_t loads = 0;
  Chain chain([&](const Hash&) -> Result<ComponentFunctions> {
    ++loads;
    return fail(ErrorCode::kNotFound, "no component");
  });
  chain.view(instance());
  log::Note note;
  note.function = kRoll;
  note.arguments = value(uint32_t{6});
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(chain.text(note), " raw 0x06 (1 byte)");
  EXPECT_EQ(loads, 1u);
}

TEST(EventView, LoadsABoundedNumberOfComponents) {
  size_t loads = 0;
  Chain chain([&](const Hash&) -> Result<ComponentFunctions> {
    ++loads;
    return dice();
  });
  log::Note note;
  note.function = kRoll;
  note.arguments = value(uint32_t{6});
  for (int i = 0; i < 200; ++i) {
    chain.view(instance(static_cast<uint8_t>(i)));
    chain.view(note);
  }
  EXPECT_EQ(loads, PayloadTypes::kComponentsMax);
}

TEST(EventView, ShowsBytesOnDemand) {
  Chain chain;
  chain.view(instance());
  EXPECT_EQ(chain.text(log_line("ab"), PayloadForm::kBytes), " 0x026162 (3 bytes)");
  EXPECT_EQ(chain.json(log_line("ab"), PayloadForm::kBytes),
            Json::parse(R"([{"part": "arguments", "raw": {"hex": "026162", "length": 3}}])"));
}

TEST(EventView, ShortensTextUnlessAllIsWanted) {
  Chain chain;
  chain.view(instance());
  log::Note note = log_line(std::string(500, 'x'));
  std::string shown = chain.text(note);
  EXPECT_EQ(shown, " [\"" + std::string(kPayloadTextMax - 2, 'x') + "…");
  EXPECT_EQ(chain.text(note, PayloadForm::kValues, PayloadLength::kFull),
            " [\"" + std::string(500, 'x') + "\"]");
  std::string bytes = chain.text(note, PayloadForm::kBytes);
  EXPECT_EQ(bytes.substr(0, 9), " 0xf40378");
  EXPECT_EQ(bytes.substr(bytes.size() - 12 - std::string("…").size()), "… (502 bytes)");
  EXPECT_EQ(chain.json(note)[0]["value"][0], std::string(500, 'x'));
}

TEST(EventView, ShowsNoListOfAMillionElementsByItsType) {
  Chain chain([](const Hash&) -> Result<ComponentFunctions> {
    wit::FuncType type;
    type.params.push_back({"all", wit::Type::list(wit::Type::boolean())});
    return ComponentFunctions{{{{"example:dice/dice", "roll"}, type}}, {}};
  });
  chain.view(instance());
  log::Note note;
  note.function = kRoll;
  Bytes small = {3, 1, 0, 1};
  note.arguments = log::inline_payload(small);
  EXPECT_EQ(chain.text(note), " [[true,false,true]]");
  Bytes large;
  wit::append_u(large, kTypedBytesMax);
  large.resize(large.size() + kTypedBytesMax);
  note.arguments = log::inline_payload(std::move(large));
  EXPECT_EQ(chain.text(note).substr(0, 13), " raw 0x808040");
  // A text of that length is one value.
  EXPECT_EQ(chain.text(log_line(std::string(kTypedBytesMax, 'x'))).substr(0, 6), " [\"xxx");
}

TEST(EventView, SaysWhereTheBytesOfAPayloadAre) {
  Chain chain;
  chain.view(instance());
  log::StoredBody body;
  body.shared = std::make_shared<const Bytes>(wit::encode(std::string("hello")));
  log::Note note;
  note.function = kLog;
  note.arguments = log::Detached{log::detached_hash(body.salt, body.bytes()), body.bytes().size()};
  auto text = [&](const Bodies* bodies) {
    return payloads_text(chain.view(note, bodies), PayloadForm::kValues, PayloadLength::kShort);
  };
  auto json = [&](const Bodies* bodies) {
    return event_json(chain.view(note, bodies), PayloadForm::kValues)["payloads"][0].dump();
  };
  Bodies here = {body};
  Bodies removed = {std::nullopt};
  Bodies absent = {log::StoredBody{}};
  EXPECT_EQ(text(&here), R"( ["hello"])");
  EXPECT_EQ(text(nullptr), "");
  EXPECT_EQ(text(&removed), " (removed)");
  EXPECT_EQ(text(&absent), " (recomputable)");
  EXPECT_EQ(json(nullptr), R"({"part":"arguments","elsewhere":true})");
  EXPECT_EQ(json(&removed), R"({"part":"arguments","removed":true})");
  EXPECT_EQ(json(&absent), R"({"part":"arguments","recomputable":true})");
}

TEST(EventView, NamesThePartsThatAreHeldAndWhatAnActorEndedWith) {
  Chain chain;
  log::Held held{{{"timing", log::inline_payload(to_bytes("t"))}}};
  EXPECT_EQ(chain.text(log::Control{held, log::ByRuntime{}}), R"( timing "t")");
  log::Terminated ended;
  ended.how = log::EndedCompleted{log::inline_payload(to_bytes("bye"))};
  EXPECT_EQ(chain.text(ended), R"( data "bye")");
  EXPECT_EQ(chain.json(ended),
            Json::parse(R"([{"part": "data", "raw": {"text": "bye", "length": 3}}])"));
}

// Any record, in any order, as a forger could write it.
TEST(EventView, KeepsAnyBodyOnOneLineAndEachPayloadInOneForm) {
  log::RandomBody random(3);
  Chain chain([](const Hash&) -> Result<ComponentFunctions> { return dice(); });
  size_t payloads = 0;
  for (int i = 0; i < 3000; ++i) {
    log::Body body = random.body();
    if (i % 10 == 0) body = instance();
    size_t held = 0;
    log::for_each_payload(body, [&](const log::Payload&) { ++held; });
    EventView view = chain.view(body);
    std::string text = payloads_text(view, PayloadForm::kValues, PayloadLength::kShort);
    EXPECT_EQ(text.find_first_of(std::string("\n\r\t\x1b\0", 5)), std::string::npos) << text;
    Json json = event_json(view, PayloadForm::kValues);
    EXPECT_LE(json["payloads"].size(), held);
    for (const Json& payload : json["payloads"]) {
      ++payloads;
      EXPECT_EQ(payload.size(), 2u) << payload;
      EXPECT_TRUE(payload.contains("part") && payload["part"].is_string()) << payload;
    }
    EXPECT_FALSE(json["body"].is_discarded());
  }
  EXPECT_GT(payloads, 1000u);
}

TEST(EventView, FollowsWhatItSkips) {
  Chain chain;
  auto skip = [&](const log::Body& body) {
    Bytes event;
    log::encode_event(event, Hash{}, 1, 0, body);
    ASSERT_TRUE(chain.reader.skip(event));
  };
  skip(instance());
  log::Call call;
  call.function = kHandleRequest;
  call.arguments = value(std::string("r"), to_bytes("ask"));
  skip(call);
  log::Returned returned;
  returned.result = log::CallOk{value(std::optional<Bytes>())};
  EXPECT_EQ(chain.text(returned), " -> [null]");
}

}  // namespace theater::views::event_view_test
