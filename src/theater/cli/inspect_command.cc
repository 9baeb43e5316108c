#include "theater/base/file.h"
#include "theater/cli/commands.h"
#include "theater/cli/inspection.h"
#include "theater/cli/operator_reader.h"
#include "theater/cli/target.h"
#include "theater/engine/engine.h"
#include "theater/handlers/registry.h"
#include "theater/manifest/effective_permissions.h"
#include "theater/manifest/grant.h"
#include "theater/manifest/manifest.h"
#include "theater/runtime/references.h"
#include "theater/store/home.h"

#include <nlohmann/json.hpp>

namespace theater::cli {

namespace {

using Json = nlohmann::ordered_json;

// What was looked at: a component, and its manifest if that was given.
struct Subject {
  std::string component;  // Its file or address.
  std::optional<Manifest> manifest;
  Inspection inspection;
};

Result<Subject> look_at(const std::filesystem::path& file) {
  OperatorReader reading =
      THEATER_TRY(OperatorReader::create(home_folder({}), Policy::default_policy()));
  const ReferenceReader& reader = reading.reader();
  Subject subject;
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
  subject.inspection = THEATER_TRY_CONTEXT(inspect_component(source, *engine, make_handlers()),
                                           "{}", subject.component);
  return subject;
}

// Grants that the manifest's actor would need on top of the default policy.
std::vector<std::string> grants_to_add(const Manifest& manifest) {
  return to_grants(missing_grants(Policy::default_policy(), manifest.ask()));
}

Json to_json(std::span<const InterfaceUse> uses) {
  Json list = Json::array();
  for (const InterfaceUse& use : uses) {
    Json item = {{"interface", use.name},
                 {"handler", use.handler.empty() ? Json() : Json(use.handler)},
                 {"functions", use.functions}};
    if (!use.unknown.empty()) item["not_offered"] = use.unknown;
    list.push_back(std::move(item));
  }
  return list;
}

Json to_json(const Subject& subject) {
  const Inspection& inspection = subject.inspection;
  Json grants = Json::array();
  for (const GrantNeed& need : inspection.grants) {
    grants.push_back({{"function", need.function}, {"grant", need.grant}});
  }
  Json out = {{"component", subject.component},
              {"digest", inspection.digest ? Json(inspection.digest->to_string()) : Json()},
              {"size", inspection.size},
              {"imports", to_json(inspection.imports)},
              {"exports", to_json(inspection.exports)},
              {"handlers", inspection.handlers},
              {"grants", std::move(grants)},
              {"problems", inspection.problems},
              {"wit", inspection.wit.empty() ? Json() : Json(inspection.wit)}};
  if (subject.manifest) {
    out["manifest"] = {{"name", subject.manifest->name},
                       {"insists_on", to_grants(subject.manifest->ask().required)},
                       {"grants_to_add", grants_to_add(*subject.manifest)}};
  }
  return out;
}

void print_list(Output& output, std::string_view title, std::span<const std::string> lines) {
  if (lines.empty()) return;
  output.line(fmt::format("\n{}:", title));
  for (const std::string& line : lines)
    output.line("  " + line);
}

void print_uses(Output& output, std::string_view title, bool imports,
                std::span<const InterfaceUse> uses) {
  output.line(fmt::format("\n{}:{}", title, uses.empty() ? " none" : ""));
  for (const InterfaceUse& use : uses) {
    std::string note;
    if (!use.handler.empty()) {
      note = fmt::format("  (handler {})", use.handler);
    } else if (imports) {
      note = "  (not offered by this build)";
    }
    output.line(fmt::format("  {}{}", use.name, note));
    for (const std::string& function : use.functions)
      output.line("    " + function);
    for (const std::string& name : use.unknown) {
      output.line(fmt::format("    {} is not offered by this build", name));
    }
  }
}

void print_text(Output& output, const Subject& subject) {
  const Inspection& inspection = subject.inspection;
  output.line(fmt::format("component  {}", subject.component));
  if (inspection.digest) output.line(fmt::format("digest     {}", inspection.digest->to_string()));
  output.line(fmt::format("size       {} bytes", inspection.size));
  print_uses(output, "imports", true, inspection.imports);
  print_uses(output, "exports", false, inspection.exports);
  std::vector<std::string> handlers;
  for (const std::string& name : inspection.handlers) {
    handlers.push_back(fmt::format("[[handler]] type = \"{}\"", name));
  }
  print_list(output, "its manifest must have", handlers);
  std::vector<std::string> grants;
  for (const GrantNeed& need : inspection.grants) {
    grants.push_back(fmt::format("{} with --grant {}", need.function, need.grant));
  }
  print_list(output, "works only with a grant", grants);
  if (subject.manifest) {
    std::vector<std::string> missing;
    for (const std::string& grant : grants_to_add(*subject.manifest)) {
      missing.push_back("--grant " + shell_quoted(grant));
    }
    print_list(output, "its manifest insists on", to_grants(subject.manifest->ask().required));
    print_list(output, "of that, not in the default policy", missing);
  }
  print_list(output, "cannot run here", inspection.problems);
  if (!inspection.wit.empty()) {
    output.line("\nWIT:\n");
    output.text(inspection.wit);
    if (!inspection.wit.ends_with('\n')) output.line("");
  }
}

}  // namespace

Exit run(const InspectCommand& command, Output& output) {
  auto subject = look_at(command.file);
  if (!subject) {
    if (command.json) output.json(json_error(subject.error()));
    print_error(subject.error());
    return Exit::kFailed;
  }
  if (command.json) {
    output.json(to_json(*subject));
  } else {
    print_text(output, *subject);
  }
  return Exit::kDone;
}

}  // namespace theater::cli
