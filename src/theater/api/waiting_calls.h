// Requests that wait for their answers, and end when nothing may or can answer them any more.
//
// A request may wait for an hour: for an actor's answer, or for its end. Its token may be revoked
// meanwhile, or the node's log may fail, so that no actor runs again. A thread looks every half
// second. It answers the requests of a token that no longer holds with `unauthenticated`, and after
// a failure of the log all of them with `unavailable`. What a request asked of an actor may be done
// nevertheless.
#pragma once

#include "theater/access/token_lookup.h"
#include "theater/api/http/access.h"
#include "theater/api/http/api_reply.h"
#include "theater/base/guarded.h"
#include "theater/base/hash.h"
#include "theater/log/writer/log.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

namespace theater::api {

// Safe from any thread. Its size is that of the requests in flight, which ClientBounds bounds.
class WaitingCalls {
 public:
  // With StreamGroup::kHoldsPeriod it keeps the promise that a revoked token has nothing after a
  // second.
  static constexpr std::chrono::milliseconds kLookPeriod{500};

  // `tokens` and `log` outlive it.
  WaitingCalls(TokenLookup& tokens, const log::Log& log);
  ~WaitingCalls();
  WaitingCalls(const WaitingCalls&) = delete;
  WaitingCalls& operator=(const WaitingCalls&) = delete;

  // Watches the request of `reply` until it is answered.
  void watch(const Identity& who, const ApiReply& reply);

  // Looks no more. Requests stay as they are.
  void stop();

 private:
  // The waiting requests of one token, or of all clients without one.
  struct Waiting {
    std::optional<Access> access;
    std::unordered_map<uint64_t, ApiReply::Weak> replies;
  };
  struct State {
    std::unordered_map<Hash, Waiting> tokens;  // By the digest, else zero. Each has a request.
    bool is_idle = false;                      // The thread waits for a request.
    bool is_stopping = false;
  };

  void work();
  void end_revoked();
  void end_all(const Error& failure);
  std::vector<ApiReply> take(const Hash& token);

  TokenLookup& tokens_;
  const log::Log& log_;
  // Shared with what requests hold, which may outlive the server.
  std::shared_ptr<Guarded<State>> state_;
  std::atomic<uint64_t> next_{0};
  std::thread thread_;
};

}  // namespace theater::api
