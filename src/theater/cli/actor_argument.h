// Which recorded actor a word on the command line means, and what the record says of it in short.
#pragma once

#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/reader/log_reader.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace theater::cli {

// The log in the home that is meant (store/home.h); takes no lock. Fails with kNotFound, naming the
// folder, if the home has none; else as LogReader::open() does.
Result<std::unique_ptr<log::LogReader>> open_log(const std::filesystem::path& home);

// That failure.
Error no_log_in(const std::filesystem::path& home);

// One chain of a log, by its first and its last event.
struct ActorSummary {
  log::ActorNumber number;
  ActorId id;
  std::string name;
  uint64_t events = 0;
  Hash head;
  uint64_t first_time = 0;
  uint64_t last_time = 0;
  std::string ending;  // "stopped", "failed"…; empty if the chain is open.

  bool operator==(const ActorSummary&) const = default;
};

// Fails with kCorrupt if one of the two events is none, or the first is no `genesis`.
Result<ActorSummary> summarize(const log::LogReader& reader, const log::ActorEntry& entry);

// The actor that `word` names: an id, the first digits of one (at least 4), or the name that one
// actor of the log has. Fails with kNotFound, naming the nearest name, or with kInvalidArgument,
// listing those that are meant as well, the newest last.
Result<ActorId> find_actor(const log::LogReader& reader, std::string_view word);

// The first digits of an id, as lists show it and find_actor() takes it.
std::string short_id(const ActorId& id);

}  // namespace theater::cli
