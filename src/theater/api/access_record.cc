#include "theater/api/access_record.h"

#include "theater/access/token_file.h"
#include "theater/base/clock.h"
#include "theater/base/log.h"
#include "theater/base/thread_name.h"
#include "theater/log/event/event.h"
#include "theater/log/reader/log_reader.h"
#include "theater/wit/codec.h"
#include "theater/wit/codec_describe.h"

#include <optional>
#include <utility>
#include <variant>

namespace theater::api {

namespace {

// What the node's chain says about tokens.
Result<TokenHistory> history_in(const std::filesystem::path& log_folder) {
  TokenHistory history;
  auto reader = THEATER_TRY(log::LogReader::open(log_folder));
  log::LogCursor cursor = reader->actor_cursor(reader->log_id());
  while (true) {
    std::optional<log::StoredEvent> stored = THEATER_TRY(cursor.next());
    if (!stored) return history;
    log::Event event = THEATER_TRY(log::decode_event_in_place(stored->bytes));
    const auto* control = std::get_if<log::Control>(&event.body);
    if (control == nullptr) continue;
    if (const auto* noted = std::get_if<log::Noted>(&control->operation)) history.accept(*noted);
  }
}

}  // namespace

AccessRecord::AccessRecord(log::Log& log, std::filesystem::path log_folder, TokenLookup& tokens)
    : log_(log), log_folder_(std::move(log_folder)), tokens_(tokens), thread_([this] { work(); }) {}

AccessRecord::~AccessRecord() {
  stop();
}

void AccessRecord::stop() {
  state_.with([](State& state) { state.is_stopping = true; });
  state_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void AccessRecord::used(const Access& access) {
  bool is_news = state_.with([&](State& state) {
    if (state.is_stopping) return false;
    if (state.used.size() >= kTokensMax) state.used.clear();
    if (!state.used.insert(access.digest).second) return false;
    if (state.waiting.used.size() < kTokensMax) state.waiting.used.push_back(access);
    state.has_news = true;
    return true;
  });
  if (is_news) state_.notify_all();
}

void AccessRecord::refused(const RefusedRequest& request) {
  bool is_news = state_.with([&](State& state) {
    if (state.is_stopping) return false;
    state.lines.add(request);
    auto due = state.counts.add(request, monotonic_now());
    if (!due) return false;
    state.waiting.refused.push_back(*std::move(due));
    state.has_news = true;
    return true;
  });
  if (is_news) state_.notify_all();
}

RefusalTotals AccessRecord::totals() const {
  return state_.with([](const State& state) { return state.lines.totals(); });
}

bool AccessRecord::take(Waiting& waiting) {
  return state_.wait_for(
      kLookPeriod, [](const State& state) { return state.is_stopping || state.has_news; },
      [&](State& state) {
        state.has_news = false;
        // Uses wait for the history.
        for (Access& access : std::exchange(state.waiting.used, {})) {
          if (waiting.used.size() < kTokensMax) waiting.used.push_back(std::move(access));
        }
        waiting.refused = std::exchange(state.waiting.refused, {});
        std::vector<log::RefusedRequests> due =
            state.is_stopping ? state.counts.rest() : state.counts.due(monotonic_now());
        waiting.line = state.lines.due(monotonic_now());
        waiting.refused.insert(waiting.refused.end(), due.begin(), due.end());
        return state.is_stopping;
      });
}

void AccessRecord::work() {
  name_this_thread("api record");
  Waiting waiting;
  for (bool is_over = false;; is_over = take(waiting)) {
    if (!has_history_) read_history();
    if (has_history_) note_tokens(waiting.used);
    tell_failure();
    if (waiting.line) log_line(LogLevel::kWarn, {.actor = {}, .part = "api"}, "{}", *waiting.line);
    for (const log::RefusedRequests& refused : waiting.refused)
      log_.note(log::kRequestsRefused, wit::encode(refused));
    if (is_over) return;
  }
}

void AccessRecord::read_history() {
  Result<TokenHistory> history = history_in(log_folder_);
  has_history_ = history.has_value();
  if (has_history_) {
    history_ = *std::move(history);
  } else if (!std::exchange(has_failed_, true)) {
    log_line(LogLevel::kError, {.actor = {}, .part = "api"},
             "what became of tokens is not on record until the log can be read: {}",
             history.error().to_string());
  }
}

void AccessRecord::tell_failure() {
  std::optional<Error> failure = tokens_.failure();
  std::string text = failure ? failure->to_string() : std::string();
  if (failure && text != failure_)
    log_line(LogLevel::kError, {.actor = {}, .part = "api"}, "no token gives access: {}", text);
  failure_ = std::move(text);
}

void AccessRecord::note_tokens(std::vector<Access>& used) {
  for (const Access& access : std::exchange(used, {})) {
    std::vector<TokenNote> notes = history_.use(access);
    // Of a token that the last look at the file did not see: it may be gone by now.
    if (notes.size() > 1) seen_ = 0;
    note(notes);
  }
  // A file that cannot be read gives access to no token, and revokes none.
  if (auto tokens = tokens_.changed(seen_)) note(history_.compare(*tokens));
}

void AccessRecord::note(const std::vector<TokenNote>& notes) {
  for (const TokenNote& note : notes)
    log_.note(note.what, wit::encode(note.token));
}

}  // namespace theater::api
