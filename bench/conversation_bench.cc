// What the record of a conversation costs: an agent says its whole history in every request.
//
// In each of 200 turns a client asks an agent with 1 KiB of text. The agent adds it to its history
// and sends the whole of that to a model, which answers with a short text. Both are `sync` actors.
// BODIES is what the manifests say of `[log] bodies`: `all` says nothing, which is the default.
//
// record.conversation.BODIES: bytes on disk of segments and body files, without the room that is
// set aside. record.conversation.BODIES.cpu: the processor time of the turns, until all is on disk.
// record.conversation.BODIES.verify, .replay: a check of that log, and a replay of the agent.
//
//   conversation [GUESTS [FOLDER [BODIES]...]]    where the guests are; where logs are made
#include "theater/log/check/log_check.h"
#include "theater/log/reader/chain_source.h"
#include "theater/log/reader/log_reader.h"
#include "theater/replay/replay.h"
#include "theater/views/log_sizes.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "benchmark.h"
#include "disk_stage.h"
#include "measure.h"
#include "recorded_components.h"

namespace theater::bench::conversation_bench {

namespace {

namespace fs = std::filesystem;

const size_t kTurns = amount(200, 8);
constexpr size_t kTextBytes = 1024;
constexpr const char* kGuest = "conversation.wat";

// Makes text like language: of a fixed vocabulary, in which the word of rank n is n times as rare
// as the first. Every run of the program makes the same.
class Language {
 public:
  Language() {
    std::set<std::string> made;
    double total = 0;
    while (words_.size() < kWords) {
      std::string word = make_word();
      if (!made.insert(word).second) continue;
      words_.push_back(std::move(word));
      total += 1.0 / static_cast<double>(words_.size());
      sums_.push_back(total);
    }
  }

  // So many bytes of sentences, the last of which may be cut off.
  Bytes text(size_t size) {
    std::string text;
    while (text.size() < size) {
      text += next_word();
      text += random_() % kSentenceWords == 0 ? ".\n" : " ";
    }
    text.resize(size);
    return to_bytes(as_bytes(text));
  }

 private:
  static constexpr size_t kWords = 3'000;
  static constexpr size_t kSentenceWords = 12;

  // Frequent words are short.
  std::string make_word() {
    constexpr std::string_view kFirst = "bcdfghjklmnprstvwz";
    constexpr std::string_view kSecond = "aeiou";
    constexpr std::string_view kThird = "lmnrst";
    std::string word;
    for (size_t syllables = 1 + random_() % (words_.size() < 200 ? 2 : 4); syllables > 0;
         --syllables) {
      word += kFirst[random_() % kFirst.size()];
      word += kSecond[random_() % kSecond.size()];
      if (random_() % 2 == 0) word += kThird[random_() % kThird.size()];
    }
    return word;
  }

  const std::string& next_word() {
    double share = static_cast<double>(random_() >> 11) * 0x1p-53;
    auto found = std::upper_bound(sums_.begin(), sums_.end() - 1, share * sums_.back());
    return words_[static_cast<size_t>(found - sums_.begin())];
  }

  std::mt19937_64 random_{20'260'101};
  std::vector<std::string> words_;
  std::vector<double> sums_;  // Of the shares of all words up to this one.
};

ManifestLog log_settings(std::string_view bodies) {
  std::string setting = bodies == "all" ? "" : fmt::format("bodies = \"{}\"\n", bodies);
  return expect(parse_manifest(
                    fmt::format("name = \"a\"\ncomponent = \"{}\"\n[log]\n{}", kGuest, setting),
                    "conversation.toml", "/"))
      .log;
}

// A node with an agent and its model.
class Conversation {
 public:
  Conversation(House& house, const fs::path& below, std::string_view bodies)
      : disk_(below), stage_(std::in_place, house, disk_, 2) {
    SpawnRequest request = house.request();
    request.manifest.log = log_settings(bodies);
    auto both = expect(runtime().prepare(std::move(request)));
    ActorId model = expect(runtime().spawn(both, {})).id;
    agent_ = expect(runtime().spawn(both, House::options(runtime().new_id(), model))).id;
  }

  const ActorId& agent() const { return agent_; }
  const BlobStore& blobs() const { return *disk_.blobs; }
  fs::path log_folder() const { return disk_.scratch.path() / "log"; }

  // Until all of it is on disk.
  Cost hold(const std::vector<Bytes>& texts) {
    return cost_of([&] {
      for (const Bytes& text : texts)
        (void)expect(runtime().request(agent_, text));
      expect(disk_.log->flush());
    });
  }

  void close() {
    stage_.reset();
    expect(disk_.log->close());
  }

 private:
  Runtime& runtime() { return stage_->runtime(); }

  Disk disk_;
  std::optional<DiskStage> stage_;
  ActorId agent_;
};

struct Sizes {
  uint64_t segments = 0;
  uint64_t body_files = 0;
  uint64_t bodies = 0;
  uint64_t plain = 0;  // Of all bodies.
};

Sizes sizes_of(const fs::path& log_folder) {
  Sizes sizes;
  for (const fs::directory_entry& file : fs::directory_iterator(log_folder / "segments")) {
    bool is_segment = file.path().extension() == ".segment";
    (is_segment ? sizes.segments : sizes.body_files) += used_bytes(file.path());
  }
  auto reader = expect(log::LogReader::open(log_folder));
  views::Amount total = expect(views::measure_log(*reader, [](uint64_t) {})).total;
  sizes.bodies = total.bodies;
  sizes.plain = total.body_bytes;
  return sizes;
}

// The figures of all runs with one setting.
struct Figures {
  std::string bodies;
  Sizes sizes;  // Of the last run.
  uint64_t events = 0;
  std::vector<double> disk_mib;
  std::vector<double> hold_ms;
  std::vector<double> hold_cpu_ms;
  std::vector<double> verify_rates;
  std::vector<double> verify_ms;
  std::vector<double> replay_ms;
  std::vector<double> replay_cpu_ms;
};

void take_run(Figures& figures, House& house, const fs::path& below,
              const std::vector<Bytes>& texts) {
  Conversation conversation(house, below, figures.bodies);
  Cost held = conversation.hold(texts);
  figures.hold_ms.push_back(held.seconds * 1e3);
  figures.hold_cpu_ms.push_back(held.cpu_seconds * 1e3);
  conversation.close();

  figures.sizes = sizes_of(conversation.log_folder());
  figures.disk_mib.push_back(
      static_cast<double>(figures.sizes.segments + figures.sizes.body_files) / (1 << 20));

  Cost verified = cost_of([&] {
    log::LogReport report = expect(log::check_log(conversation.log_folder()));
    THEATER_CHECK(report.verdict == log::Verdict::kValid, "{}",
                  report.findings.front().to_string());
    figures.events = report.events;
  });
  figures.verify_ms.push_back(verified.seconds * 1e3);
  figures.verify_rates.push_back(static_cast<double>(figures.events) / verified.seconds);

  RecordedComponents components(house.engine(), house.component(), &conversation.blobs());
  Cost replayed = cost_of([&] {
    auto reader = expect(log::LogReader::open(conversation.log_folder()));
    auto source = log::stored_chain(*reader, conversation.agent(), 0, log::OutputParts::kSaltOnly);
    replay::Report report = expect(replay::replay(*source, components));
    THEATER_CHECK(report.outcome == replay::Outcome::kIdentical && report.complete,
                  "the replay is not the run: {}",
                  report.missing.empty() ? "it differs" : report.missing.front());
  });
  figures.replay_ms.push_back(replayed.seconds * 1e3);
  figures.replay_cpu_ms.push_back(replayed.cpu_seconds * 1e3);
}

void report(const Figures& figures) {
  std::string id = "record.conversation." + figures.bodies;
  const Sizes& sizes = figures.sizes;
  print(id, figure_of(figures.disk_mib), "MiB",
        fmt::format(R"(, "turns": {}, "events": {}, "segment_bytes": {}, "body_file_bytes": {}, )"
                    R"("bodies": {}, "plain_body_bytes": {})",
                    kTurns, figures.events, sizes.segments, sizes.body_files, sizes.bodies,
                    sizes.plain));
  print(id + ".cpu", figure_of(figures.hold_cpu_ms), "ms",
        fmt::format(R"(, "wall_ms": {:.1f})", figure_of(figures.hold_ms).best));
  print(id + ".verify", highest_of(figures.verify_rates), "events/s",
        fmt::format(R"(, "ms": {:.1f})", figure_of(figures.verify_ms).best));
  print(id + ".replay", figure_of(figures.replay_ms), "ms",
        fmt::format(R"(, "cpu_ms": {:.1f})", figure_of(figures.replay_cpu_ms).best));
}

const Benchmark kBenchmark("conversation", [](int argc, char** argv) {
  std::string guests = argc > 1 ? argv[1] : "bench/guests";
  fs::path below = argc > 2 ? argv[2] : ".";
  std::vector<Figures> kinds;
  for (int i = 3; i < argc; ++i)
    kinds.push_back({.bodies = argv[i]});
  if (kinds.empty()) kinds = {{.bodies = "all"}, {.bodies = "inputs"}};

  House house(guests, kGuest);
  Language language;
  std::vector<Bytes> texts;
  for (size_t i = 0; i < kTurns; ++i)
    texts.push_back(language.text(kTextBytes));
  for (int run = 0; run < kRuns; ++run)
    for (Figures& figures : kinds)
      take_run(figures, house, below, texts);
  for (const Figures& figures : kinds)
    report(figures);
  return 0;
});

}  // namespace

}  // namespace theater::bench::conversation_bench
