#include "theater/actor/messaging/call_result.h"

#include "theater/wit/traits.h"

#include <gtest/gtest.h>

namespace theater::call_result_test {

using State = std::optional<Bytes>;
using Answer = tl::expected<std::tuple<State, std::tuple<std::string>>, std::string>;

TEST(CallResult, ReadsStateAndResultsInPlace) {
  Bytes bytes = wit::encode(Answer({State(Bytes{1, 2}), {"yes"}}));
  CallReturn read = read_call_return(bytes);
  EXPECT_FALSE(read.is_error);
  EXPECT_EQ(to_bytes(*read.state), (Bytes{1, 2}));
  EXPECT_EQ(to_bytes(read.results), wit::encode(std::string("yes")));
  EXPECT_EQ(read.results.data() + read.results.size(), bytes.data() + bytes.size());
}

TEST(CallResult, TellsNoStateFromAnEmptyOne) {
  Bytes none = wit::encode(Answer({State(), {""}}));
  Bytes empty = wit::encode(Answer({State(Bytes()), {""}}));
  EXPECT_FALSE(read_call_return(none).state.has_value());
  EXPECT_TRUE(read_call_return(empty).state.has_value());
}

TEST(CallResult, ReadsAnError) {
  Bytes bytes = wit::encode(Answer(tl::unexpected(std::string("no"))));
  CallReturn read = read_call_return(bytes);
  EXPECT_TRUE(read.is_error);
  EXPECT_EQ(read.error_text, "no");
  EXPECT_EQ(to_bytes(read.error), wit::encode(std::string("no")));
}

TEST(CallResult, SaysWhatBecameOfTheState) {
  auto returned = [](const State& kept, State& state) {
    Bytes bytes = wit::encode(Answer({kept, {"yes"}}));
    log::Returned body = returned_body(read_call_return(bytes), state);
    const auto& ok = std::get<log::CallOk>(body.result);
    EXPECT_EQ(to_bytes(log::inline_bytes(ok.value)->view()), wit::encode(std::string("yes")));
    return body.state;
  };
  State state;
  EXPECT_EQ(returned(std::nullopt, state), log::StateChange(log::StateUnchanged{}));
  EXPECT_EQ(returned(Bytes(), state), log::StateChange(log::StateSet{log::content_of({})}));
  EXPECT_EQ(returned(Bytes(), state), log::StateChange(log::StateUnchanged{}));
  EXPECT_EQ(returned(Bytes{1}, state), log::StateChange(log::StateSet{log::content_of(Bytes{1})}));
  EXPECT_EQ(state, Bytes{1});
  EXPECT_EQ(returned(std::nullopt, state), log::StateChange(log::StateCleared{}));
  EXPECT_EQ(state, std::nullopt);
}

TEST(CallResult, AnErrorLeavesTheStateAlone) {
  Bytes bytes = wit::encode(Answer(tl::unexpected(std::string("no"))));
  State state = Bytes{1};
  log::Returned body = returned_body(read_call_return(bytes), state);
  EXPECT_EQ(body.result,
            log::CallResult(log::CallError{log::inline_payload(wit::encode(std::string("no")))}));
  EXPECT_EQ(body.state, log::StateChange(log::StateUnchanged{}));
  EXPECT_EQ(state, Bytes{1});
}

TEST(CallResult, WritesStateThenParameters) {
  Bytes params = wit::encode(std::tuple<std::string>("p"));
  Bytes out{9, 9, 9};
  write_call_arguments(out, State(Bytes{7}), params);
  EXPECT_EQ(out, wit::encode(std::tuple<State, std::tuple<std::string>>(Bytes{7}, {"p"})));
  write_call_arguments(out, std::nullopt, params);
  EXPECT_EQ(out, wit::encode(std::tuple<State, std::tuple<std::string>>(std::nullopt, {"p"})));
}

}  // namespace theater::call_result_test
