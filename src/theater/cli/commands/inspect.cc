#include "theater/cli/commands/inspect.h"

#include "theater/api/client/actor_reference.h"
#include "theater/base/clock.h"
#include "theater/base/file.h"
#include "theater/cli/commands/actor_text.h"
#include "theater/cli/options/operator_reader.h"
#include "theater/cli/options/policy_options.h"
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
  parser.argument("FILE|ACTOR", options.file);
  private_host_option(parser, options.private_hosts);
  server_choice(parser, options.server);
  json_option(parser, options.json);
}

// Whether the word can only be meant as a component or a manifest.
bool names_file(const std::filesystem::path& word) {
  std::error_code ignored;
  std::string end = word.extension().string();
  return has_scheme(word.string()) || std::filesystem::exists(word, ignored) || end == ".toml" ||
         end == ".wasm" || end == ".wat";
}

Result<void> inspect_actor(api::ApiClient& client, const InspectOptions& options, Output& output) {
  views::Json found =
      THEATER_TRY(api::find_actor(client, options.file.string(), api::ActorUse::kRead));
  if (options.json) {
    output.json(found);
    return {};
  }
  uint64_t now = SystemClock().wall_us();
  output.text(actor_facts(found, now));
  if (auto warning = slow_warning(found, now)) print_warning(*warning);
  return {};
}

Result<views::InspectedComponent> inspect(const InspectOptions& options) {
  const std::filesystem::path& file = options.file;
  Policy policy = THEATER_TRY(operator_policy({.private_hosts = options.private_hosts}));
  OperatorReader reading =
      THEATER_TRY(OperatorReader::create(home_folder(options.server.home), policy));
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
  if (!names_file(options.file)) {
    auto client = connect_to_server(options.server);
    if (client) return exit_after(inspect_actor(**client, options, output), options.json, output);
    Error error = std::move(client).error().with_context(
        fmt::format("`{}` is no file here, and can only be an actor", options.file.string()));
    return report_failure(error, Exit::kFailed, options.json, output);
  }
  auto subject = inspect(options);
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
     .usage = "FILE|ACTOR [options]",
     .summary = "show what a component needs, or what an actor does",
     .details = R"(FILE is a component (.wasm or .wat), an actor's manifest, or the address of
one as for `theater run`. Any component will do, from any builder and with any
needs; the command runs none of it. It lists the handlers that its manifest must
name, the imports that need a grant, and those that this build does not offer.

A word that names no file is an ACTOR of a server: an id, the beginning of one,
the name of a root, or a path such as foreman/kid. Of several actors of one name
it is the newest, and counter@-1 is the one before.)",
     .examples = R"(theater inspect counter.wasm
theater inspect examples/counter --json
theater inspect foreman/kid)"},
    define,
    run};

}  // namespace theater::cli
