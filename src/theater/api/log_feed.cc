#include "theater/api/log_feed.h"

#include "theater/views/text.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <utility>

namespace theater::api {

namespace {

// Lines that one stream reads before the others have their turn.
constexpr size_t kLinesARound = 1'000;
// A line of an actor that waits for its log may come so long after the actor's end.
constexpr std::chrono::seconds kAfterEnd{1};

views::Json line_json(const LogHistory::Line& line) {
  const LogEntry& entry = line.entry;
  auto since_epoch = entry.time.time_since_epoch();
  auto us = std::chrono::duration_cast<std::chrono::microseconds>(since_epoch).count();
  auto or_null = [](const std::string& text) {
    return text.empty() ? views::Json() : views::Json(text);
  };
  return {{"position", line.position},
          {"time", views::utc_text(static_cast<uint64_t>(us))},
          {"level", log_level_name(entry.level)},
          {"part", or_null(entry.part)},
          {"actor", or_null(entry.actor)},
          {"id", entry.id ? views::Json(entry.id->to_string()) : views::Json()},
          {"message", entry.text}};
}

uint64_t first_position(const LogHistory& lines, const LogWish& wish) {
  return wish.last ? lines.position_of_last(*wish.last, wish.actor) : wish.from;
}

}  // namespace

// One client.
class LogFeed::Stream : public ClientStream {
 public:
  Stream(Runtime& runtime, std::shared_ptr<const LogHistory> lines, const LogWish& wish,
         EventWriter writer)
      : ClientStream(wish.client, std::move(writer)),
        runtime_(runtime),
        lines_(std::move(lines)),
        actor_(wish.actor),
        next_(first_position(*lines_, wish)) {}

 private:
  Result<Next> send_new() override {
    bool is_over = is_actor_over();
    LogHistory::Page page = lines_->read(next_, kLinesARound, actor_);
    // A client that wants all that is kept misses nothing.
    if (next_ > 0 && next_ < page.complete_from) {
      uint64_t last = page.complete_from - 1;
      views::Json gap = {{"from", std::exchange(next_, page.complete_from)}, {"to", last}};
      if (!send("gap", last, json_line(gap))) return stuck();
    }
    for (const LogHistory::Line& line : page.lines) {
      next_ = line.position + 1;
      if (!send("line", line.position, json_line(line_json(line)))) return stuck();
    }
    next_ = page.next;
    if (page.lines.size() == kLinesARound) return Next::kMore;
    return is_over ? finish() : Next::kWait;
  }

  bool is_actor_over() {
    if (!actor_) return false;
    auto status = runtime_.status(*actor_);
    if (status && !status->ended) return false;
    auto now = std::chrono::steady_clock::now();
    if (!ended_at_) ended_at_ = now;
    return now - *ended_at_ > kAfterEnd;
  }

  Runtime& runtime_;
  const std::shared_ptr<const LogHistory> lines_;
  const std::optional<ActorId> actor_;
  uint64_t next_;
  std::optional<std::chrono::steady_clock::time_point> ended_at_;  // When the end was seen.
};

LogFeed::LogFeed(Runtime& runtime, std::shared_ptr<const LogHistory> lines)
    : runtime_(runtime), lines_(std::move(lines)), pump_("log lines") {}

views::Json LogFeed::read(const LogWish& wish, size_t limit) const {
  LogHistory::Page page = lines_->read(first_position(*lines_, wish), limit, wish.actor);
  views::Json lines = views::Json::array();
  for (const LogHistory::Line& line : page.lines)
    lines.push_back(line_json(line));
  return {{"lines", std::move(lines)}, {"first", page.complete_from}, {"next", page.next}};
}

void LogFeed::follow(const LogWish& wish, EventWriter writer) {
  pump_.add(std::make_shared<Stream>(runtime_, lines_, wish, std::move(writer)));
}

}  // namespace theater::api
