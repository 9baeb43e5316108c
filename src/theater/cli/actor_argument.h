// Which recorded actor a word on the command line means.
#pragma once

#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/reader/log_reader.h"

#include <filesystem>
#include <memory>
#include <string_view>

namespace theater::cli {

// The log in the home that is meant (store/home.h); takes no lock. Fails with kNotFound, naming the
// folder, if the home has none; else as LogReader::open() does.
Result<std::unique_ptr<log::LogReader>> open_log(const std::filesystem::path& home);

// That failure.
Error no_log_in(const std::filesystem::path& home);

// The actor that `word` names: an id, the first digits of one (at least 4), or the name that one
// actor of the log has. Fails with kNotFound, naming the nearest name, or with kInvalidArgument,
// listing those that are meant as well, the newest last.
Result<ActorId> find_actor(const log::LogReader& reader, std::string_view word);

}  // namespace theater::cli
