#include "theater/actor/call_result.h"

#include "theater/wit/traits.h"

#include <gtest/gtest.h>

namespace theater {
namespace {

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

TEST(CallResult, WritesStateThenParameters) {
  Bytes params = wit::encode(std::tuple<std::string>("p"));
  Bytes out{9, 9, 9};
  write_call_arguments(out, State(Bytes{7}), params);
  EXPECT_EQ(out, wit::encode(std::tuple<State, std::tuple<std::string>>(Bytes{7}, {"p"})));
  write_call_arguments(out, std::nullopt, params);
  EXPECT_EQ(out, wit::encode(std::tuple<State, std::tuple<std::string>>(std::nullopt, {"p"})));
}

}  // namespace
}  // namespace theater
