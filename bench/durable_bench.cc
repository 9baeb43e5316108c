// What durability costs, and what it costs others on the same file system in the same run.
//
// durable.bare: as many bytes as a group of one event has, written into room that was set aside,
// and synced, with nothing around it; durable.bare.written: the same over zeros that were written
// before. durable.single: one effect after the other of a `sync` actor, which waits for each
// intent. durable.event: one event of some 256 bytes recorded and waited for, one at a time, by a
// thread that commits itself, as an idle worker does. durable.waiting.N: N threads that each do
// that. durable.group: four threads that record events of `sync` actors without waiting, until all
// are on disk.
// durable.message.*: messages that go to and fro between the actors of pairs, recorded as said.
// durable.sqlite.single, .batch: rows of as many bytes in SQLite, one or a thousand a commit.
//
//   durable [GUESTS [FOLDER]]    the folder of the guests; where logs and databases are made
#include <algorithm>
#include <cstdlib>
#include <future>

#include "bare_writes.h"
#include "benchmark.h"
#include "disk_stage.h"
#include "latencies.h"
#include "sqlite_rows.h"

namespace theater::bench::durable_bench {

namespace {

namespace fs = std::filesystem;

// An effect that does nothing.
class MarksHandler final : public Handler {
 public:
  static constexpr std::string_view kManifest =
      "[log]\ndurability = \"sync\"\n[[handler]]\ntype = \"custom\"\nname = \"marks\"\n";

  MarksHandler() : Handler({.name = "marks", .host_functions = functions()}) {}
  Result<std::unique_ptr<Session>> make_session(const SessionContext&) const override {
    return std::make_unique<Session>();
  }

 private:
  static std::vector<HostFunction> functions() {
    std::vector<HostFunction> all;
    all.push_back(effect("bench:durable/marks", "mark",
                         [](Session&) { return tl::expected<void, std::string>(); }));
    return all;
  }
};

HandlerSet with_marks() {
  HandlerSet handlers = make_handlers();
  handlers.push_back(std::make_unique<MarksHandler>());
  return handlers;
}

// A node with one actor that has effects.
class Marker {
 public:
  Marker(const std::string& guests, Disk& disk)
      : house_(guests, "effects.wat", MarksHandler::kManifest, with_marks()),
        stage_(house_, disk, 2) {
    SpawnRequest request = house_.request();
    request.policy = expect(Policy::parse("[grant.custom]\nrights = [\"marks\"]\n", "bench", "/"));
    id_ = expect(stage_.runtime().spawn(std::move(request))).id;
  }
  void mark(uint64_t times) {
    (void)expect(stage_.runtime().request(id_, message(Order::kHop, times)));
  }

 private:
  House house_;
  DiskStage stage_;
  ActorId id_;
};

// One at a time, some of each in turn, so that all see the same disk.
void single(const std::string& guests, const fs::path& below) {
  const size_t kTurns = amount(10, 1);
  const size_t kEach = amount(30, 3);
  Disk disk(below);
  Writer writer(*disk.log, log::Durability::kSync);
  writer.record_note();
  BareWrites bare(disk.scratch.path() / "bare", writer.event_bytes());
  BareWrites over(disk.scratch.path() / "over", writer.event_bytes(), BareWrites::Room::kWritten);
  Marker marker(guests, disk);
  SqliteRows rows(disk.scratch.path() / "rows.sqlite");
  Bytes row(writer.event_bytes());
  Latencies of_bare;
  Latencies of_over;
  Latencies of_log;
  Latencies of_intents;
  Latencies of_rows;
  auto some_of = [&](Latencies& latencies, const auto& work) {
    for (size_t i = 0; i < kEach; ++i)
      latencies.time(work);
  };
  for (int run = 0; run < kRuns; ++run) {
    for (Latencies* all : {&of_bare, &of_over, &of_log, &of_intents, &of_rows})
      all->begin_run();
    for (size_t turn = 0; turn < kTurns; ++turn) {
      some_of(of_bare, [&] { bare.write(); });
      some_of(of_log, [&] {
        disk.log->defer_wakeups();
        writer.record_note();
        expect(disk.log->flush());
      });
      // The client waits once more, for the answer.
      auto start = std::chrono::steady_clock::now();
      marker.mark(kEach);
      of_intents.add(seconds_since(start) * 1e6 / static_cast<double>(kEach + 1));
      some_of(of_over, [&] { over.write(); });
      some_of(of_rows, [&] { rows.add(1, row); });
    }
  }
  std::string size = fmt::format(R"(, "bytes": {})", bare.bytes());
  auto ratio = [&](Latencies& latencies) {
    return latencies.figure().best / of_bare.figure().best;
  };
  of_bare.report("durable.bare", size);
  of_over.report("durable.bare.written", size);
  of_intents.report("durable.single",
                    fmt::format(R"(, "ratio_to_bare": {:.2f})", ratio(of_intents)));
  of_log.report("durable.event", fmt::format(R"(, "event_bytes": {}, "ratio_to_bare": {:.2f})",
                                             writer.event_bytes(), ratio(of_log)));
  of_rows.report("durable.sqlite.single", fmt::format(R"(, "bytes": {})", row.size()));
}

template <class Work>
void on_threads(size_t threads, const Work& work) {
  std::vector<std::thread> all;
  for (size_t t = 0; t < threads; ++t)
    all.emplace_back([&work, t] { work(t); });
  for (std::thread& thread : all)
    thread.join();
}

void print_rate(std::string_view id, std::vector<double> rates, std::string_view unit,
                std::string_view extra) {
  print(id, highest_of(std::move(rates)), unit, extra);
}

// Threads that record, each for an actor of its own, and wait for each event if so told.
void together(const fs::path& below, std::string_view id, size_t threads, size_t each,
              bool waiting) {
  Disk disk(below);
  std::vector<std::unique_ptr<Writer>> writers;
  for (size_t t = 0; t < threads; ++t)
    writers.push_back(std::make_unique<Writer>(*disk.log, log::Durability::kSync));
  std::vector<double> rates;
  for (int run = 0; run < kRuns; ++run) {
    auto start = std::chrono::steady_clock::now();
    on_threads(threads, [&](size_t t) {
      for (size_t i = 0; i < each; ++i) {
        writers[t]->record_note();
        if (waiting || !disk.log->has_room()) expect(disk.log->flush());
      }
    });
    expect(disk.log->flush());
    rates.push_back(static_cast<double>(threads * each) / seconds_since(start));
  }
  print_rate(
      id, std::move(rates), "events/s",
      fmt::format(R"(, "threads": {}, "event_bytes": {})", threads, writers[0]->event_bytes()));
}

void batches(const fs::path& below) {
  constexpr size_t kBatch = 1'000;
  const size_t kBatches = amount(100, 1);
  TemporaryFolder scratch(below);
  SqliteRows rows(scratch.path() / "rows.sqlite");
  Bytes row(256);
  std::vector<double> rates;
  for (int run = 0; run < kRuns; ++run) {
    auto start = std::chrono::steady_clock::now();
    for (size_t i = 0; i < kBatches; ++i)
      rows.add(kBatch, row);
    rates.push_back(static_cast<double>(kBatch * kBatches) / seconds_since(start));
  }
  print_rate("durable.sqlite.batch", std::move(rates), "rows/s",
             fmt::format(R"(, "batch": {}, "bytes": {})", kBatch, row.size()));
}

// Microseconds of a message, between actors of that durability.
class Pairs {
 public:
  Pairs(House& house, const fs::path& below, Durability durability)
      : disk_(below), stage_(house, disk_, 2) {
    Runtime& runtime = stage_.runtime();
    SpawnRequest request = house.request();
    request.manifest.log.durability = durability;
    auto player = expect(runtime.prepare(std::move(request)));
    for (size_t i = 0; i < kPairs; ++i) {
      ActorId one = runtime.new_id();
      ActorId other = runtime.new_id();
      (void)expect(runtime.spawn(player, House::options(one, other)));
      (void)expect(runtime.spawn(player, House::options(other, one)));
      servers_.push_back(one);
    }
  }

  Cost play(size_t each) {
    Bytes serve = message(Order::kHop, each);
    return cost_of([&] {
      std::latch all(static_cast<std::ptrdiff_t>(servers_.size()));
      for (const ActorId& id : servers_) {
        stage_.runtime().request(id, serve, [&all](Result<Bytes> answer) {
          (void)expect(std::move(answer));
          all.count_down();
        });
      }
      all.wait();
    });
  }

  static constexpr size_t kPairs = 100;

 private:
  Disk disk_;
  DiskStage stage_;
  std::vector<ActorId> servers_;
};

void messages(const std::string& guests, const fs::path& below) {
  House house(guests);
  struct Kind {
    const char* id;
    std::unique_ptr<Pairs> pairs;
    std::vector<Cost> runs;
  };
  std::vector<Kind> kinds;
  for (auto [id, durability] : {std::pair("durable.message.memory", Durability::kMemory),
                                std::pair("durable.message.async", Durability::kAsync),
                                std::pair("durable.message.sync", Durability::kSync)}) {
    kinds.push_back({id, std::make_unique<Pairs>(house, below, durability), {}});
  }
  const size_t each = amount(200'000, 2'000) / Pairs::kPairs;
  for (int run = -1; run < kRuns; ++run) {
    for (Kind& kind : kinds) {
      Cost cost = kind.pairs->play(each);
      if (run >= 0) kind.runs.push_back(cost);
    }
  }
  double memory = 0;
  for (const Kind& kind : kinds) {
    CostFigure us = cost_per_unit(kind.runs, each * Pairs::kPairs);
    if (memory == 0) memory = us.wall.best;
    Figure rate{1e6 / us.wall.best, 1e6 / us.wall.median, 1e6 / us.wall.worst};
    print(kind.id, rate, "messages/s",
          fmt::format(R"(, "us": {:.3f}, "cpu_us": {:.3f}, "ratio_to_memory": {:.2f})",
                      us.wall.best, us.cpu.best, us.wall.best / memory));
  }
}

const Benchmark kBenchmark("durable", [](int argc, char** argv) {
  std::string guests = argc > 1 ? argv[1] : "bench/guests";
  fs::path below = argc > 2 ? argv[2] : ".";
  single(guests, below);
  together(below, "durable.waiting.64", 64, amount(200, 2), true);
  together(below, "durable.group", 4, amount(100'000, 500), false);
  batches(below);
  messages(guests, below);
  return 0;
});

}  // namespace

}  // namespace theater::bench::durable_bench
