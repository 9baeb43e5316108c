#include "theater/cli/options/actor_argument.h"

#include "theater/base/nearest.h"
#include "theater/log/event/event.h"
#include "theater/store/home.h"
#include "theater/views/actor_summary.h"
#include "theater/views/text.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

namespace theater::cli {

namespace {

constexpr size_t kPrefixDigitsMin = 4;
constexpr size_t kListedMax = 10;
constexpr size_t kComparedMax = 10000;

bool has_digits_only(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return std::isxdigit(static_cast<unsigned char>(c)) != 0;
  });
}

bool is_prefix(std::string_view word) {
  return word.size() >= kPrefixDigitsMin && has_digits_only(word);
}

std::string lower(std::string_view word) {
  std::string text(word);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// An actor with an id or a name that fits the word.
struct Candidate {
  const log::ActorEntry* entry;
  uint64_t first_time;
};

Error ambiguous(std::string_view word, std::vector<Candidate> candidates) {
  std::stable_sort(
      candidates.begin(), candidates.end(),
      [](const Candidate& a, const Candidate& b) { return a.first_time < b.first_time; });
  std::string text = fmt::format("`{}` may be any of {} actors:", word, candidates.size());
  size_t left_out = candidates.size() - std::min(candidates.size(), kListedMax);
  if (left_out > 0) text += fmt::format("\n  … {} older ones", left_out);
  for (size_t i = left_out; i < candidates.size(); ++i) {
    const log::ActorEntry& entry = *candidates[i].entry;
    text += fmt::format("\n  {}  {}  {}", entry.id.to_string(),
                        views::utc_text(candidates[i].first_time),
                        views::counted(entry.events, "event"));
  }
  return Error(ErrorCode::kInvalidArgument, text)
      .with_hint("name the actor by its id, or by enough of its digits");
}

Error unknown(const log::LogReader& reader, std::string_view word,
              std::span<const std::string> names) {
  Error error(ErrorCode::kNotFound,
              fmt::format("no actor `{}` in {}", word, reader.folder().string()));
  std::optional<std::string> near = nearest(word, names);
  if (!near && has_digits_only(word) && word.size() < kPrefixDigitsMin) {
    return std::move(error).with_hint(
        fmt::format("the beginning of an id has {} characters or more", kPrefixDigitsMin));
  }
  return std::move(error).with_hint(near ? fmt::format("did you mean `{}`?", *near)
                                         : "`theater log list` lists the actors on record");
}

// Bounded, since each is compared with the misspelled id.
std::vector<std::string> some_ids(const log::LogReader& reader) {
  std::vector<std::string> ids;
  for (const log::ActorEntry& entry : reader.actors()) {
    if (ids.size() == kComparedMax) break;
    ids.push_back(entry.id.to_string());
  }
  return ids;
}

}  // namespace

Result<std::unique_ptr<log::LogReader>> open_log(const std::filesystem::path& home) {
  std::filesystem::path folder = home_folder(home);
  auto reader = log::LogReader::open(HomeLayout{folder}.log());
  if (!reader && reader.error().code() == ErrorCode::kNotFound) {
    return Failure(no_log_in(folder));
  }
  return reader;
}

Error no_log_in(const std::filesystem::path& home) {
  return Error(ErrorCode::kNotFound, fmt::format("no log in the home {}", home.string()))
      .with_hint("`theater run` records there; --home DIR names another home");
}

Result<ActorId> find_actor(const log::LogReader& reader, std::string_view word) {
  if (Result<ActorId> id = ActorId::parse(word)) {
    if (reader.find(*id) != nullptr) return *id;
    return Failure(unknown(reader, word, some_ids(reader)));
  }
  std::vector<Candidate> named;
  std::vector<Candidate> others;  // Whose ids begin so.
  std::vector<std::string> names;
  std::string digits = is_prefix(word) ? lower(word) : "";
  for (const log::ActorEntry& entry : reader.actors()) {
    bool begins_so = !digits.empty() && entry.id.to_string().starts_with(digits);
    auto [event, hash] = THEATER_TRY(views::recorded_event(reader, entry, 0));
    const auto* genesis = std::get_if<log::Genesis>(&event.body);
    if (genesis != nullptr && genesis->name == word) {
      named.push_back({&entry, event.time});
    } else if (begins_so) {
      others.push_back({&entry, event.time});
    }
    if (genesis != nullptr) names.push_back(genesis->name);
  }
  if (others.empty() && !named.empty()) {
    auto newest = std::max_element(
        named.begin(), named.end(),
        [](const Candidate& a, const Candidate& b) { return a.first_time < b.first_time; });
    return newest->entry->id;
  }
  others.insert(others.end(), named.begin(), named.end());
  if (others.size() > 1) return Failure(ambiguous(word, std::move(others)));
  if (others.size() == 1) return others.front().entry->id;
  return Failure(unknown(reader, word, names));
}

}  // namespace theater::cli
