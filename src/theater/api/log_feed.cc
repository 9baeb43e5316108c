#include "theater/api/log_feed.h"

#include "theater/net/server_sent_events.h"
#include "theater/views/text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace theater::api {

namespace {

constexpr size_t kLinesAText = 250;
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

class LogFeed::Trail final : public StreamTrail {
 public:
  Trail(Runtime& runtime, std::shared_ptr<const LogHistory> lines, std::optional<ActorId> actor)
      : runtime_(runtime), lines_(std::move(lines)), actor_(actor) {}

  std::unique_ptr<StreamTrail> copy() const override { return std::make_unique<Trail>(*this); }
  uint64_t next() const override { return next_; }
  // What is before is nothing to pass: each line stands alone.
  void show_from(uint64_t position) override {
    if (next_ == 0) next_ = position;
  }
  bool may_have_more() override { return actor_ || lines_->end() > next_; }

  Result<StreamPiece> read(uint64_t until) override {
    StreamPiece piece{.from = next_};
    bool is_over = is_actor_over();
    LogHistory::Page page = lines_->read(next_, kLinesAText, actor_);
    std::string text;
    // A client that wants all that is kept misses nothing.
    if (next_ > 0 && next_ < page.complete_from) {
      uint64_t last = page.complete_from - 1;
      views::Json gap = {{"from", std::exchange(next_, page.complete_from)}, {"to", last}};
      text += THEATER_TRY(event_text({std::to_string(last), "gap", json_line(gap)}));
    }
    uint64_t behind = std::max(next_, page.next);
    for (const LogHistory::Line& line : page.lines) {
      if (line.position >= until || text.size() >= kTextBytes) {
        behind = std::min(line.position, until);
        break;
      }
      text += THEATER_TRY(
          event_text({std::to_string(line.position), "line", json_line(line_json(line))}));
    }
    bool is_page = behind == page.next && page.lines.size() < kLinesAText;
    next_ = std::min(behind, until);
    if (!text.empty()) piece.text = std::make_shared<const Bytes>(to_bytes(text));
    piece.to = next_;
    piece.next = !is_page  ? StreamPiece::Next::kMore
                 : is_over ? StreamPiece::Next::kOver
                           : StreamPiece::Next::kWait;
    return piece;
  }

 private:
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
  uint64_t next_ = 0;
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
  std::string subject = wish.actor ? wish.actor->to_string() : "";
  pump_.add(std::move(subject), std::make_unique<Trail>(runtime_, lines_, wish.actor),
            first_position(*lines_, wish), wish.client, std::move(writer));
}

}  // namespace theater::api
