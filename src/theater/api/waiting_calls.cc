#include "theater/api/waiting_calls.h"

#include "theater/base/clock.h"
#include "theater/base/thread_name.h"

#include <optional>
#include <utility>

namespace theater::api {

WaitingCalls::WaitingCalls(TokenLookup& tokens, const log::Log& log)
    : tokens_(tokens),
      log_(log),
      state_(std::make_shared<Guarded<State>>()),
      thread_([this] { work(); }) {}

WaitingCalls::~WaitingCalls() {
  stop();
}

void WaitingCalls::stop() {
  state_->with([](State& state) { state.is_stopping = true; });
  state_->notify_all();
  if (thread_.joinable()) thread_.join();
}

void WaitingCalls::watch(const Identity& who, const ApiReply& reply) {
  Hash token = who.access ? who.access->digest : Hash();
  uint64_t number = next_.fetch_add(1, std::memory_order_relaxed);
  auto forget = [state = state_, token, number](void*) {
    state->with([&](State& all) {
      auto found = all.tokens.find(token);
      if (found == all.tokens.end()) return;
      found->second.replies.erase(number);
      if (found->second.replies.empty()) all.tokens.erase(found);
    });
  };
  // The pointer only counts; it must not be null for the deleter to have a meaning.
  reply.hold(std::shared_ptr<void>(static_cast<void*>(state_.get()), std::move(forget)));
  // From here on the thread may answer, so nothing more is held.
  bool is_awaited = state_->with([&](State& state) {
    auto [entry, is_new] = state.tokens.try_emplace(token);
    if (is_new) entry->second.access = who.access;
    entry->second.replies.emplace(number, ApiReply::Weak(reply));
    return std::exchange(state.is_idle, false);
  });
  if (is_awaited) state_->notify_all();
}

void WaitingCalls::work() {
  name_this_thread("api waits");
  for (;;) {
    state_->wait(
        [](State& state) {
          state.is_idle = state.tokens.empty();
          return state.is_stopping || !state.is_idle;
        },
        [](State&) {});
    bool is_over = state_->wait_for(
        kLookPeriod, [](const State& state) { return state.is_stopping; },
        [](const State& state) { return state.is_stopping; });
    if (is_over) return;
    if (auto failure = log_.failure()) {
      end_all(*failure);
    } else {
      end_revoked();
    }
  }
}

void WaitingCalls::end_all(const Error& failure) {
  auto waiting = state_->with([](const State& state) {
    std::vector<Hash> tokens;
    for (const auto& [token, one] : state.tokens)
      tokens.push_back(token);
    return tokens;
  });
  for (const Hash& token : waiting) {
    for (const ApiReply& reply : take(token))
      reply.fail_for_log(failure);
  }
}

void WaitingCalls::end_revoked() {
  auto waiting = state_->with([](const State& state) {
    std::vector<Access> all;
    for (const auto& [token, one] : state.tokens) {
      if (one.access) all.push_back(*one.access);
    }
    return all;
  });
  uint64_t now_us = SystemClock().wall_us();
  for (const Access& access : waiting) {
    if (tokens_.holds(access, now_us)) continue;
    // Each answer lets go of what the request holds, and must be made without the lock.
    for (const ApiReply& reply : take(access.digest))
      reply.fail(kUnauthenticated, "the token was revoked or has expired while its request waited");
  }
}

std::vector<ApiReply> WaitingCalls::take(const Hash& token) {
  return state_->with([&](State& state) {
    std::vector<ApiReply> replies;
    auto found = state.tokens.find(token);
    if (found == state.tokens.end()) return replies;
    for (const auto& [number, weak] : found->second.replies) {
      if (auto reply = weak.lock()) replies.push_back(*std::move(reply));
    }
    state.tokens.erase(found);
    return replies;
  });
}

}  // namespace theater::api
