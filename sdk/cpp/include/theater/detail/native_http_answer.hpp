// http_answer.hpp in a unit test, which makes the requests and the events of their answers.
#pragma once

#include "theater/detail/native_host.hpp"

namespace theater::http_answer {

inline Result<uint64_t> open() {
  testing::Host& host = testing::Host::current();
  if (!host.may_open_answer) {
    return fail("no-request: an answer is opened once, in the call of its request");
  }
  host.may_open_answer = false;
  host.answers[++host.answers_opened] = {};
  return host.answers_opened;
}

inline Result<bool> write(uint64_t answer, std::string_view bytes) {
  testing::OpenAnswer* open = THEATER_TRY(testing::Host::current().find_answer(answer));
  if (open->written.size() - open->taken >= open->buffer) {
    return fail("full: answer " + std::to_string(answer) +
                " has no room: write again after the event `room`");
  }
  open->written += bytes;
  return open->written.size() - open->taken < open->buffer;
}

inline Status finish(uint64_t answer) {
  THEATER_TRY(testing::Host::current().find_answer(answer))->end = testing::AnswerEnd::kFinished;
  return {};
}

inline Status abort(uint64_t answer) {
  THEATER_TRY(testing::Host::current().find_answer(answer))->end = testing::AnswerEnd::kAborted;
  return {};
}

}  // namespace theater::http_answer

#define THEATER_DETAIL_HTTP_ANSWER_HANDLERS(Actor)                           \
  static_assert(requires {                                                   \
    ::theater::detail::call_answer<Actor>(::theater::detail::KeptState(), 0, \
                                          ::theater::http_answer::Event());  \
  });
