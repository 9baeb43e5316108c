#include "theater/cli/validation.h"

#include "theater/actor/binding.h"
#include "theater/base/file.h"
#include "theater/cli/target.h"
#include "theater/engine/engine.h"
#include "theater/handlers/registry.h"
#include "theater/manifest/effective_permissions.h"
#include "theater/manifest/grant.h"
#include "theater/manifest/manifest.h"

#include <optional>
#include <utility>

namespace theater::cli {

namespace {

std::vector<std::string> listed_handlers(const Manifest& manifest) {
  std::vector<std::string> names;
  for (const HandlerEntry& entry : manifest.handlers) {
    names.emplace_back(capability_name(entry.type));
  }
  return names;
}

// Compiles, binds and links; the digest and what binding warns of.
Result<void> check_component(const Manifest& manifest, Validation& validation) {
  if (!manifest.component_path) {
    return fail(ErrorCode::kUnsupported,
                "the component {} is no file, which is all that is checked", manifest.component);
  }
  Bytes source = THEATER_TRY(read_file(*manifest.component_path));
  auto engine = THEATER_TRY(engine::Engine::create());
  std::string path = manifest.component_path->string();
  auto component = THEATER_TRY_CONTEXT(engine->compile(source), "{}", path);
  validation.component = component->digest();
  if (manifest.component_digest && *manifest.component_digest != component->digest()) {
    return fail(ErrorCode::kInvalidArgument,
                "{} has the digest {}, but the manifest pins component_digest = \"{}\"", path,
                component->digest().to_string(), manifest.component_digest->to_string());
  }
  HandlerSet handlers = make_handlers();
  auto binding = THEATER_TRY_CONTEXT(
      bind_component({component->imports(), component->exports(), component->imported_interfaces(),
                      component->exported_interfaces()},
                     handlers, listed_handlers(manifest)),
      "{}", path);
  validation.warnings = binding->warnings;
  THEATER_TRY_VOID(engine->link(component, binding->engine_bindings));
  return {};
}

}  // namespace

Validation validate_manifest(const std::filesystem::path& given, const Policy& policy) {
  Validation validation;
  Result<Manifest> read = read_named_manifest(given);
  if (!read) {
    validation.problems.push_back(std::move(read).error());
    return validation;
  }
  validation.name = read->name;
  if (auto permissions = effective_permissions(policy, std::nullopt, *read)) {
    validation.grants = to_grants(*permissions);
  } else {
    validation.problems.push_back(std::move(permissions).error());
  }
  if (auto checked = check_component(*read, validation); !checked) {
    validation.problems.push_back(std::move(checked).error());
  }
  return validation;
}

}  // namespace theater::cli
