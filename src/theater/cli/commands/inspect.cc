#include "theater/cli/commands/inspect.h"

#include "theater/base/file.h"
#include "theater/cli/options/operator_reader.h"
#include "theater/cli/options/shared_options.h"
#include "theater/engine/engine.h"
#include "theater/handlers/registry.h"
#include "theater/runtime/named_manifest.h"
#include "theater/runtime/references.h"
#include "theater/store/home.h"
#include "theater/views/inspection.h"

#include <nlohmann/json.hpp>

namespace theater::cli {

namespace {

void define(OptionParser& parser, InspectOptions& options) {
  parser.argument("FILE", options.file);
  json_option(parser, options.json);
}

Result<views::InspectedComponent> inspect(const std::filesystem::path& file) {
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

Exit run(const InspectOptions& options, Output& output) {
  auto subject = inspect(options.file);
  if (!subject) return report_failure(subject.error(), Exit::kFailed, options.json, output);
  if (options.json) {
    output.json(views::inspection_json(*subject));
  } else {
    output.text(views::inspection_text(*subject));
  }
  return Exit::kDone;
}

}  // namespace

const CommandOf<InspectOptions> kInspectCommand = {
    {.name = "inspect",
     .usage = "FILE [options]",
     .summary = "show what a component imports, exports and needs",
     .details = R"(FILE is a component (.wasm or .wat), an actor's manifest, or the address of
one as for `theater run`. Any component will do, from any builder and with any
needs; the command runs none of it. It lists the handlers that its manifest must
name, the imports that need a grant, and those that this build does not offer.)",
     .examples = R"(theater inspect counter.wasm
theater inspect examples/counter --json)"},
    define,
    run};

}  // namespace theater::cli
