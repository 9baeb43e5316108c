#include "theater/api/client/api_error.h"

#include <gtest/gtest.h>

#include <string>

namespace theater::api::api_error_test {

Error problem(int status, const std::string& json) {
  return error_of_answer({status, {{"Content-Type", "application/problem+json"}}, to_bytes(json)});
}

TEST(ApiError, TakesCodeDetailAndHintOfAProblem) {
  Error error = problem(409, R"({"status": 409, "code": "already_exists", "title": "t",
                                 "detail": "the name `a` is taken", "hint": "choose another"})");
  EXPECT_EQ(error.code(), ErrorCode::kAlreadyExists);
  EXPECT_EQ(error.to_string(), "the name `a` is taken");
  EXPECT_EQ(error.hint(), "choose another");
  EXPECT_EQ(problem(409, R"({"code": "conflict", "detail": "d"})").code(), ErrorCode::kUnavailable);
}

TEST(ApiError, NamesTheRequestOfAServersOwnFault) {
  Error error = problem(500, R"({"code": "internal", "detail": "d", "request_id": "r1"})");
  EXPECT_EQ(error.to_string(), "d (request r1)");
  error = problem(404, R"({"code": "not_found", "detail": "d", "request_id": "r1"})");
  EXPECT_EQ(error.to_string(), "d");
}

TEST(ApiError, TellsHowToShowAToken) {
  EXPECT_NE(problem(401, R"({"code": "unauthenticated", "detail": "d"})").hint(), "");
  EXPECT_EQ(problem(401, R"({"code": "unauthenticated", "detail": "d", "hint": "h"})").hint(), "h");
}

TEST(ApiError, ReadsAnswersThatAreNoProblems) {
  EXPECT_EQ(error_of_answer({502, {}, to_bytes("<html>")}).to_string(),
            "the server answered 502 Bad Gateway");
  Error error = error_of_answer({431, {{"Content-Type", "text/plain"}}, to_bytes("too much\n")});
  EXPECT_EQ(error.code(), ErrorCode::kResourceExhausted);
  EXPECT_TRUE(error.to_string().ends_with(": too much")) << error.to_string();
  EXPECT_EQ(error_of_answer({302, {}, {}}).code(), ErrorCode::kIo);
  for (const char* odd : {"[]", "7", "{}", R"({"detail": 7, "code": []})", "{\"detail\": \"\"}"})
    EXPECT_EQ(problem(404, odd).to_string(), "the server answered 404 Not Found") << odd;
}

TEST(ApiError, AnUnknownCodeCountsAsItsStatus) {
  EXPECT_EQ(problem(429, R"({"code": "slow_down", "detail": "d"})").code(),
            ErrorCode::kResourceExhausted);
  EXPECT_EQ(problem(418, R"({"code": "teapot", "detail": "d"})").code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(problem(599, R"({"code": "?", "detail": "d"})").code(), ErrorCode::kIo);
}

}  // namespace theater::api::api_error_test
