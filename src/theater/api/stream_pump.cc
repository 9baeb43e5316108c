#include "theater/api/stream_pump.h"

#include "theater/base/log.h"
#include "theater/base/thread_name.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace theater::api {

std::string json_line(const views::Json& value) {
  return value.dump(-1, ' ', false, views::Json::error_handler_t::replace);
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

StreamOptions StreamPump::stream_options() const {
  StreamOptions options = event_stream_options();
  options.on_event = [signals = signals_](WriterEvent event) {
    auto& said = event == WriterEvent::kRoom ? signals->some_have_room : signals->some_gone;
    said.store(true, std::memory_order_relaxed);
  };
  return options;
}

void StreamPump::add(std::string subject, std::unique_ptr<StreamTrail> trail, uint64_t from,
                     StreamClient client, EventWriter writer) {
  NewStream stream{std::move(subject), std::move(trail), from, std::move(client),
                   std::move(writer)};
  bool is_taken = state_.with([&](State& state) {
    if (state.stopping || state.streams >= kStreamsMax) return false;
    ++state.streams;
    state.fresh.push_back(std::move(stream));
    return true;
  });
  if (is_taken) {
    state_.notify_all();
  } else {
    stream.writer.finish();
  }
}

void StreamPump::take_in(std::vector<NewStream> fresh) {
  for (NewStream& stream : fresh) {
    StreamGroup*& group = by_name_[stream.subject];
    if (group == nullptr) {
      subjects_.push_back({stream.subject, std::make_unique<StreamGroup>(what_)});
      group = subjects_.back().group.get();
    }
    group->add(std::move(stream.trail), stream.from, std::move(stream.client),
               std::move(stream.writer));
  }
}

void StreamPump::heed_signals() {
  if (signals_->some_gone.exchange(false)) {
    for (Subject& subject : subjects_)
      count_ended(*subject.group, [](StreamGroup& group) { group.forget_gone(); });
  }
  if (signals_->some_have_room.exchange(false)) {
    for (Subject& subject : subjects_)
      subject.group->note_room();
  }
}

template <class Act>
void StreamPump::count_ended(StreamGroup& group, Act act) {
  size_t before = group.size();
  act(group);
  ended_ += before - group.size();
}

bool StreamPump::pump_some() {
  auto now = std::chrono::steady_clock::now();
  std::vector<StreamGroup*> busy;
  for (size_t count = std::min(subjects_.size(), kGroupsAtOnce); count > 0; --count) {
    if (++turn_ >= subjects_.size()) turn_ = 0;
    StreamGroup& group = *subjects_[turn_].group;
    count_ended(group, [now](StreamGroup& looked_at) { looked_at.look_after(now); });
    if (group.has_work()) busy.push_back(&group);
  }
  if (busy.empty()) return false;
  // What cannot be read now may be readable later.
  auto prepared = prepare_ ? prepare_() : Result<void>();
  if (!prepared) {
    log_line(LogLevel::kWarn, {.actor = {}, .part = "api"}, "streams of {} wait: {}", what_,
             prepared.error().to_string());
    return false;
  }
  bool has_more = false;
  for (StreamGroup* group : busy)
    count_ended(*group, [&](StreamGroup& pumped) { has_more |= pumped.pump(); });
  return has_more;
}

// Gives back the room of streams that have ended.
void StreamPump::forget_ended() {
  size_t ended = std::exchange(ended_, 0);
  if (ended == 0) return;
  std::erase_if(subjects_, [&](const Subject& subject) {
    if (subject.group->size() > 0) return false;
    by_name_.erase(subject.name);
    return true;
  });
  state_.with([ended](State& state) { state.streams -= ended; });
}

std::chrono::microseconds StreamPump::period() const {
  size_t parts = (subjects_.size() + kGroupsAtOnce - 1) / kGroupsAtOnce;
  return std::chrono::microseconds(kPollPeriod) / std::max<size_t>(parts, 1);
}

void StreamPump::work() {
  name_this_thread(std::string("api ") + what_);
  bool has_more = false;
  while (true) {
    auto [fresh, is_over] = state_.wait_for(
        has_more ? std::chrono::microseconds(0) : period(),
        [](const State& state) { return state.stopping; },
        [](State& state) { return std::pair(std::exchange(state.fresh, {}), state.stopping); });
    take_in(std::move(fresh));
    if (is_over) break;
    if (subjects_.empty()) {
      if (rest_) rest_();
      // Without a client it waits for one.
      state_.wait([](const State& state) { return state.stopping || !state.fresh.empty(); },
                  [](const State&) {});
      continue;
    }
    heed_signals();
    has_more = pump_some();
    forget_ended();
  }
  subjects_.clear();
}

}  // namespace theater::api
