#include "theater/actor/handler/actor_holdings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace theater::actor_holdings_test {

using ::testing::HasSubstr;
using Put = tl::expected<void, std::string>;

constexpr const char* kShelf = "test:shelf/shelf";

// Holds the last text that was put on it.
class ShelfHoldings final : public Holdings {
 public:
  Result<void> begin(ByteView held) override {
    text_ = THEATER_TRY(wit::decode<std::string>(held));
    return {};
  }
  void take(std::string_view function, ByteView arguments, ByteView) override {
    text_.reset();
    if (function == "put") text_ = std::get<0>(*wit::decode<std::tuple<std::string>>(arguments));
  }
  void take_callback(std::string_view, ByteView) override { text_ = "visitor"; }
  void callback_failed(std::string_view function) override {
    text_ = std::string(function) + " failed";
  }
  std::optional<Bytes> held() const override {
    return text_ ? std::optional(wit::encode(*text_)) : std::nullopt;
  }

 private:
  std::optional<std::string> text_;
};

struct ShelfSession final : Session {
  void restore(ByteView held) override { restored.push_back(*wit::decode<std::string>(held)); }
  std::vector<std::string> restored;
};

const ExportFunction& visit_function() {
  static const ExportFunction function = [] {
    auto made = export_function<void(uint64_t)>("test:shelf/visits", "visit");
    made.holds = true;
    return made;
  }();
  return function;
}

class Shelf final : public Handler {
 public:
  Shelf()
      : Handler({.name = "shelf",
                 .host_functions = {internal(kShelf, "put",
                                             [](Session&, std::string_view) { return Put(); })
                                        .holding(),
                                    internal(kShelf, "take", [](Session&) {}).holding(),
                                    internal(kShelf, "look", [](Session&) {})},
                 .export_functions = {&visit_function(), 1}}) {}
  Result<std::unique_ptr<Session>> make_session(const SessionContext&) const override {
    return std::make_unique<ShelfSession>();
  }
  std::unique_ptr<Holdings> make_holdings() const override {
    return std::make_unique<ShelfHoldings>();
  }
};

Binding binding_of(const Handler& handler) {
  check_handler(handler);
  Binding binding;
  binding.handlers = {&handler};
  binding.functions =
      log::FunctionTable::from_names({"test:shelf/shelf/look", "test:shelf/shelf/put",
                                      "test:shelf/shelf/take", "test:shelf/visits/visit"});
  return binding;
}

class ActorHoldingsTest : public ::testing::Test {
 protected:
  ActorHoldingsTest() { instance(true); }
  void instance(bool init_runs) {
    log::Instance body;
    body.functions = binding.functions.names();
    body.init_runs = init_runs;
    ASSERT_TRUE(holdings.accept(seq++, body));
  }
  void put(const std::string& text, const Put& result = {}) {
    Bytes arguments;
    wit::encode_params(arguments, text);
    holdings.take_call(1, arguments, wit::encode(result));
  }
  // What is held by the handler.
  std::string held(const ActorHoldings& all) const {
    for (const auto& [name, part] : all.held().value) {
      if (name == "shelf") return *wit::decode<std::string>(log::inline_bytes(part)->view());
    }
    return "nothing";
  }
  std::string held() const { return held(holdings); }

  Shelf shelf;
  Binding binding = binding_of(shelf);
  ActorHoldings holdings{binding};
  uint64_t seq = 1;
};

TEST_F(ActorHoldingsTest, TakesTheCallsThatChangeThem) {
  EXPECT_FALSE(holdings.takes(0));
  EXPECT_TRUE(holdings.takes(1));
  EXPECT_TRUE(holdings.takes(2));
  EXPECT_EQ(held(), "nothing");
  put("book");
  EXPECT_EQ(held(), "book");
  holdings.take_call(2, {}, {});
  EXPECT_EQ(held(), "nothing");
}

TEST_F(ActorHoldingsTest, AreNotChangedByCallsThatFailed) {
  put("book");
  put("vase", tl::unexpected(std::string("full")));
  EXPECT_EQ(held(), "book");
}

TEST_F(ActorHoldingsTest, HearHowACallOfTheGuestEnds) {
  auto visit = [&] {
    ASSERT_TRUE(holdings.accept(seq++, log::Call{3, log::FromHandler{}, {}}));
    ASSERT_TRUE(holdings.takes_callback(3));
    holdings.take_callback(3, {});
  };
  visit();
  ASSERT_TRUE(holdings.accept(seq++, log::Returned{log::CallOk{}, log::StateUnchanged{}}));
  EXPECT_EQ(held(), "visitor");
  visit();
  ASSERT_TRUE(holdings.accept(seq++, log::Returned{log::CallError{}, log::StateUnchanged{}}));
  EXPECT_EQ(held(), "visit failed");
  visit();
  ASSERT_TRUE(holdings.accept(seq++, log::Failed{}));
  EXPECT_EQ(held(), "visit failed");
  visit();
  holdings.lose_call();
  EXPECT_EQ(held(), "visit failed");
  // A call without a holder changes nothing.
  put("book");
  ASSERT_TRUE(holdings.accept(seq++, log::Call{0, log::FromHandler{}, {}}));
  ASSERT_TRUE(holdings.accept(seq++, log::Returned{log::CallError{}, log::StateUnchanged{}}));
  EXPECT_EQ(held(), "book");
}

TEST_F(ActorHoldingsTest, EndWhereInitRuns) {
  put("book");
  instance(false);
  EXPECT_EQ(held(), "book");
  instance(true);
  EXPECT_EQ(held(), "nothing");
}

TEST_F(ActorHoldingsTest, StayInAnUpdateToCodeThatUsesTheHandler) {
  put("book");
  log::Instance body;
  body.why = log::InstanceReason::kUpdate;
  body.functions = {"test:shelf/shelf/look"};
  ASSERT_TRUE(holdings.accept(seq++, body));
  EXPECT_EQ(held(), "book");
  body.functions = {"test:other/other/look"};
  ASSERT_TRUE(holdings.accept(seq++, body));
  EXPECT_EQ(held(), "nothing");
  // Code that uses it again begins with nothing.
  instance(false);
  EXPECT_EQ(held(), "nothing");
}

TEST_F(ActorHoldingsTest, AreTakenOverByOtherCode) {
  put("book");
  Binding next = binding_of(shelf);
  ActorHoldings after(next, holdings);
  EXPECT_EQ(after.held(), holdings.held());
  Binding none;
  EXPECT_EQ(held(ActorHoldings(none, holdings)), "nothing");
  EXPECT_EQ(held(), "book");
}

TEST_F(ActorHoldingsTest, AreWhatIsOnRecord) {
  put("book");
  ActorHoldings other(binding);
  ASSERT_TRUE(other.accept(1, log::Control{holdings.held()}));
  EXPECT_EQ(held(other), "book");
  EXPECT_EQ(other.held(), holdings.held());
  // A record without a part says that nothing is held.
  ASSERT_TRUE(other.accept(2, log::Control{ActorHoldings(binding).held()}));
  EXPECT_EQ(held(other), "nothing");
}

TEST_F(ActorHoldingsTest, RefuseARecordThatIsNotWellFormed) {
  log::Control bad{log::Held{{{"shelf", log::inline_payload({9})}}}};
  Result<void> taken = holdings.accept(seq, bad);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code(), ErrorCode::kCorrupt);
  EXPECT_THAT(taken.error().to_string(), HasSubstr("the handler `shelf` holds is not well formed"));
  bad.operation = log::Held{{{"shelf", log::Detached{}}}};
  EXPECT_EQ(holdings.accept(seq, bad).error().code(), ErrorCode::kNotFound);
}

TEST_F(ActorHoldingsTest, AreGivenToSessions) {
  std::vector<std::unique_ptr<Session>> sessions;
  sessions.push_back(std::make_unique<ShelfSession>());
  auto& session = static_cast<ShelfSession&>(*sessions.front());
  holdings.restore(sessions);
  EXPECT_TRUE(session.restored.empty());
  put("book");
  holdings.restore(sessions);
  EXPECT_EQ(session.restored, std::vector<std::string>{"book"});
}

TEST_F(ActorHoldingsTest, NameTheirPartsInOrder) {
  put("book");
  log::Held all = holdings.held();
  ASSERT_EQ(all.value.size(), 2u);
  EXPECT_EQ(std::get<0>(all.value[0]), "budget");
  EXPECT_EQ(std::get<0>(all.value[1]), "shelf");
}

class Misdeclared final : public Handler {
 public:
  Misdeclared()
      : Handler({.name = "misdeclared",
                 .host_functions = {note(kShelf, "put", [](Session&) {}).holding()}}) {}
  Result<std::unique_ptr<Session>> make_session(const SessionContext&) const override {
    return std::make_unique<Session>();
  }
};

TEST(ActorHoldingsDeath, AFunctionThatHoldsIsRecordedWithItsResult) {
  Misdeclared handler;
  EXPECT_DEATH(check_handler(handler), "must be recorded with their results");
}

}  // namespace theater::actor_holdings_test
