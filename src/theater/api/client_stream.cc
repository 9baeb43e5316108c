#include "theater/api/client_stream.h"

#include "theater/base/log.h"
#include "theater/base/thread_name.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace theater::api {

std::string json_line(const views::Json& value) {
  return value.dump(-1, ' ', false, views::Json::error_handler_t::replace);
}

Result<ClientStream::Next> ClientStream::pump() {
  // Also a client for whom there is nothing new gives its room back when it goes.
  if (writer_.is_closed()) return Next::kOver;
  if (!may_read()) return finish();
  return is_sent() ? send_new() : stuck();
}

bool ClientStream::may_read() {
  auto now = std::chrono::steady_clock::now();
  if (!client_.holds || now - asked_ < kHoldsPeriod) return true;
  asked_ = now;
  return client_.holds();
}

bool ClientStream::is_sent() {
  if (!waiting_) return outcome_ != WriteOutcome::kClosed;
  auto sent = writer_.send(*waiting_);
  outcome_ = sent ? *sent : WriteOutcome::kClosed;
  if (outcome_ == WriteOutcome::kTaken) waiting_.reset();
  return outcome_ == WriteOutcome::kTaken;
}

bool ClientStream::send(const char* name, uint64_t id, std::string data) {
  waiting_ = ServerSentEvent{std::to_string(id), name, std::move(data)};
  return is_sent();
}

StreamPump::StreamPump(const char* what, std::function<Result<void>()> prepare,
                       std::function<void()> rest)
    : what_(what),
      prepare_(std::move(prepare)),
      rest_(std::move(rest)),
      thread_([this] { work(); }) {}

StreamPump::~StreamPump() {
  stop();
}

void StreamPump::stop() {
  state_.with([](State& state) { state.stopping = true; });
  state_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void StreamPump::add(std::shared_ptr<ClientStream> stream) {
  bool is_taken = state_.with([&](State& state) {
    if (state.stopping || state.streams.size() >= kStreamsMax) return false;
    state.streams.push_back(stream);
    return true;
  });
  if (is_taken) {
    state_.notify_all();
  } else {
    stream->finish();
  }
}

bool StreamPump::pump(const Streams& streams) {
  bool has_more = false;
  for (const auto& stream : streams) {
    auto next = stream->pump();
    if (!next) {
      log_line(LogLevel::kWarn, {.actor = {}, .part = "api"}, "a stream of {} ends: {}", what_,
               next.error().to_string());
      stream->finish();
    }
    if (next && *next == ClientStream::Next::kMore) has_more = true;
    if (next && *next != ClientStream::Next::kOver) continue;
    state_.with([&](State& state) { std::erase(state.streams, stream); });
  }
  return has_more;
}

void StreamPump::work() {
  name_this_thread(std::string("api ") + what_);
  bool has_more = false;
  while (true) {
    auto period = has_more ? std::chrono::milliseconds(0) : kPollPeriod;
    // Without a client it waits for one.
    auto [streams, is_over] = state_.wait_for(
        period, [](const State& state) { return state.stopping; },
        [](const State& state) { return std::pair<Streams, bool>(state.streams, state.stopping); });
    if (is_over) break;
    has_more = false;
    if (streams.empty()) {
      if (rest_) rest_();
      state_.wait([](const State& state) { return state.stopping || !state.streams.empty(); },
                  [](const State&) {});
      continue;
    }
    // What cannot be read now may be readable later.
    auto prepared = prepare_ ? prepare_() : Result<void>();
    if (!prepared) {
      log_line(LogLevel::kWarn, {.actor = {}, .part = "api"}, "streams of {} wait: {}", what_,
               prepared.error().to_string());
      continue;
    }
    has_more = pump(streams);
  }
  for (const auto& stream : state_.with([](State& state) { return std::move(state.streams); }))
    stream->finish();
}

}  // namespace theater::api
