#include "theater/cli/options/export_argument.h"

#include <filesystem>
#include <system_error>
#include <utility>
#include <variant>

namespace theater::cli {

Result<bool> names_export(const std::string& word) {
  if (word.empty()) return false;
  if (log::is_export_file(word)) return true;
  std::error_code ignored;
  // The name of an actor may be that of a file, but not end like an export's.
  bool is_path = word.find('/') != std::string::npos || word.ends_with(".export");
  if (!is_path || !std::filesystem::is_regular_file(word, ignored)) return false;
  return Failure(
      Error(ErrorCode::kInvalidArgument,
            fmt::format("{} is no export: it does not begin with `{}`", word, log::kExportMagic))
          .with_hint("`theater log export ACTOR -o FILE` writes one"));
}

Result<std::unique_ptr<log::ExportReader>> open_export(const std::string& path) {
  auto input = THEATER_TRY(log::export_file(path));
  return THEATER_TRY_CONTEXT(log::ExportReader::open(std::move(input)), "{}", path);
}

Result<views::ChainFacts> read_export_facts(const std::string& path) {
  auto reader = THEATER_TRY(open_export(path));
  views::ChainFacts facts{.actor = reader->header().actor, .name = {}, .head = {}};
  while (true) {
    auto event = reader->next();
    if (!event) {
      return Failure(std::move(event).error().with_context(
          fmt::format("{}, at byte {}", path, reader->offset())));
    }
    if (!*event) return facts;
    if (const auto* genesis = std::get_if<log::Genesis>(&(*event)->event.body)) {
      facts.name = genesis->name;
    }
    ++facts.events;
    facts.head = (*event)->hash;
  }
}

}  // namespace theater::cli
