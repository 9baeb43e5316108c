#include "theater/base/file.h"
#include "theater/cli/commands.h"
#include "theater/cli/operator_reader.h"
#include "theater/engine/engine.h"
#include "theater/handlers/registry.h"
#include "theater/manifest/manifest.h"
#include "theater/runtime/named_manifest.h"
#include "theater/runtime/references.h"
#include "theater/store/home.h"
#include "theater/views/inspection.h"

#include <nlohmann/json.hpp>

namespace theater::cli {

namespace {

Result<views::InspectedComponent> look_at(const std::filesystem::path& file) {
  OperatorReader reading =
      THEATER_TRY(OperatorReader::create(home_folder({}), Policy::default_policy()));
  const ReferenceReader& reader = reading.reader();
  views::InspectedComponent subject;
  subject.component = file.string();
  Bytes source;
  if (names_manifest(file)) {
    ManifestText manifest = THEATER_TRY(read_named_manifest(file, reader));
    subject.manifest = THEATER_TRY(parse_without_state(manifest));
    const auto& path = subject.manifest->component_path;
    subject.component = path ? path->string() : subject.manifest->component;
    source = THEATER_TRY(read_component(*subject.manifest, reader));
  } else if (has_scheme(subject.component)) {
    Reference reference = THEATER_TRY(parse_reference(subject.component, {}));
    source = THEATER_TRY(read_reference(reference, Referred::kComponent, reader));
  } else {
    source = THEATER_TRY(read_file(file));
  }
  auto engine = THEATER_TRY(engine::Engine::create());
  subject.inspection = THEATER_TRY_CONTEXT(
      views::inspect_component(source, *engine, make_handlers()), "{}", subject.component);
  return subject;
}

}  // namespace

Exit run(const InspectCommand& command, Output& output) {
  auto subject = look_at(command.file);
  if (!subject) {
    return report_failure(subject.error(), Exit::kFailed, command.json, output);
  }
  if (command.json) {
    output.json(views::inspection_json(*subject));
  } else {
    output.text(views::inspection_text(*subject));
  }
  return Exit::kDone;
}

}  // namespace theater::cli
