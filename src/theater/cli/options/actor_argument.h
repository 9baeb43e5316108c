// The argument ACTOR: a recorded actor that a word on the command line names.
//
// A word is an actor's id, the beginning of one, or a name, which means the newest actor that has
// it. The functions take no lock of the home.
#pragma once

#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/reader/log_reader.h"

#include <filesystem>
#include <memory>
#include <string_view>

namespace theater::cli {

// Opens the log in home_folder(`home`). Fails with kNotFound, naming the folder, if the home has
// none; else as LogReader::open() does.
Result<std::unique_ptr<log::LogReader>> open_log(const std::filesystem::path& home);

// The error for a home without a log.
Error no_log_in(const std::filesystem::path& home);

// The actor that `word` names; of an id at least 4 digits. Fails with kNotFound, naming the nearest
// name; with kInvalidArgument for a word that ids begin with and that is a name or the beginning of
// several, listing every actor that fits, the newest last.
Result<ActorId> find_actor(const log::LogReader& reader, std::string_view word);

}  // namespace theater::cli
