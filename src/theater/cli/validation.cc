#include "theater/cli/validation.h"

#include "theater/actor/binding.h"
#include "theater/actor/children.h"
#include "theater/base/file.h"
#include "theater/cli/target.h"
#include "theater/engine/engine.h"
#include "theater/handlers/registry.h"
#include "theater/manifest/effective_permissions.h"
#include "theater/manifest/grant.h"
#include "theater/manifest/manifest.h"
#include "theater/manifest/toml_document.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace theater::cli {

namespace {

std::vector<std::string> listed_handlers(const Manifest& manifest) {
  std::vector<std::string> names;
  for (const HandlerEntry& entry : manifest.handlers) {
    names.emplace_back(entry.handler_name());
  }
  return names;
}

// Where in its manifest the `index`th [[child]] names its own: "boss.toml:12:12".
std::string place_of_child(const std::filesystem::path& manifest, size_t index) {
  std::string place = manifest.string();
  Result<Bytes> text = read_file(manifest);
  if (!text) return place;
  Diagnostics unused(place);
  TomlTable document = parse_toml(as_text(*text), unused);
  const TomlEntry* children = document.find("child");
  const auto* entries =
      children == nullptr ? nullptr : std::get_if<TomlArray>(&children->value.value);
  if (entries == nullptr || index >= entries->size()) return place;
  const auto* child = std::get_if<TomlTable>(&(*entries)[index].value);
  const TomlEntry* key = child == nullptr ? nullptr : child->find("manifest");
  if (key == nullptr) return place;
  return fmt::format("{}:{}:{}", place, key->value.position.line, key->value.position.column);
}

// Checks one manifest, and then those of its children.
class Validator {
 public:
  Validator(const Policy& policy, Validation& validation)
      : policy_(policy), validation_(validation) {}

  void check_root(const std::filesystem::path& given) {
    Result<std::filesystem::path> file = manifest_path(given);
    if (!file) return problem(std::move(file).error());
    Result<Manifest> read = read_named_manifest(*file);
    if (!read) return problem(std::move(read).error());
    validation_.name = read->name;
    auto permissions = effective_permissions(policy_, std::nullopt, *read);
    if (permissions) {
      validation_.grants = to_grants(*permissions);
    } else {
      problem(std::move(permissions).error());
    }
    if (auto component = check_component(*read)) {
      validation_.component = *component;
    } else {
      problem(std::move(component).error());
    }
    above_.push_back(std::filesystem::weakly_canonical(*file));
    check_children(*read, *file, permissions ? std::optional(*permissions) : std::nullopt);
  }

 private:
  void problem(Error error) {
    if (!context_.empty()) (void)std::move(error).with_context(context_);
    validation_.problems.push_back(std::move(error));
  }

  // `permissions` are the parent's; with none, what a child may do is not looked at.
  void check_children(const Manifest& parent, const std::filesystem::path& file,
                      const std::optional<Permissions>& permissions) {
    for (size_t i = 0; i < parent.children.size(); ++i) {
      if (children_ > Validation::kChildrenMax) return;
      const ChildEntry& entry = parent.children[i];
      std::string context = std::exchange(
          context_, fmt::format("{}: child `{}`", place_of_child(file, i), entry.name));
      size_t name_size = name_.size();
      name_ += (name_.empty() ? "" : "/") + entry.name;
      check_child(entry, permissions);
      name_.resize(name_size);
      context_ = std::move(context);
    }
  }

  void check_child(const ChildEntry& entry, const std::optional<Permissions>& above) {
    if (++children_ > Validation::kChildrenMax) {
      return problem(Error(ErrorCode::kResourceExhausted,
                           fmt::format("{} declared children were looked at, and no more are: "
                                       "declare fewer",
                                       Validation::kChildrenMax)));
    }
    std::error_code failed;
    if (entry.init_state && !std::filesystem::exists(*entry.init_state, failed)) {
      problem(Error(ErrorCode::kNotFound, fmt::format("there is no file {} for its init_state",
                                                      entry.init_state->string())));
    }
    if (!entry.manifest_path) return;
    std::filesystem::path file = std::filesystem::weakly_canonical(*entry.manifest_path, failed);
    if (failed) file = *entry.manifest_path;
    if (!check_cycle(file)) return;
    Result<Manifest> read = read_named_manifest(file);
    if (!read) return problem(std::move(read).error());
    std::optional<Permissions> permissions;
    if (above) {
      if (auto effective = effective_permissions(policy_, above, *read)) {
        permissions = *std::move(effective);
      } else {
        problem(std::move(effective).error());
      }
    }
    if (auto component = check_component(*read)) {
      validation_.children.push_back({name_, *component});
    } else {
      problem(std::move(component).error());
    }
    above_.push_back(file);
    check_children(*read, file, permissions);
    above_.pop_back();
  }

  // False, with a problem, if the manifest is that of an actor above, or too far down.
  bool check_cycle(const std::filesystem::path& file) {
    if (std::find(above_.begin(), above_.end(), file) != above_.end()) {
      std::string cycle;
      for (auto one = std::find(above_.begin(), above_.end(), file); one != above_.end(); ++one)
        cycle += one->string() + " → ";
      problem(Error(
          ErrorCode::kInvalidArgument,
          fmt::format("each of these starts the next, for ever: {}{}", cycle, file.string())));
      return false;
    }
    if (above_.size() <= Children::kDepthMax) return true;
    problem(Error(ErrorCode::kInvalidArgument,
                  fmt::format("it is at depth {} of the supervision tree; the limit is {}",
                              above_.size(), Children::kDepthMax)));
    return false;
  }

  // Compiles, binds and links; gives the digest, and adds what binding warns of.
  Result<Hash> check_component(const Manifest& manifest);

  const Policy& policy_;
  Validation& validation_;
  HandlerSet handlers_ = make_handlers();
  std::unique_ptr<engine::Engine> engine_;
  std::map<std::filesystem::path, std::shared_ptr<const engine::Component>> compiled_;
  std::vector<std::filesystem::path> above_;  // Manifests, from the root's to the parent's.
  std::string context_;                       // Of which child's problems.
  std::string name_;
  size_t children_ = 0;
};

Result<Hash> Validator::check_component(const Manifest& manifest) {
  if (!manifest.component_path) {
    return fail(ErrorCode::kUnsupported,
                "the component {} is no file, which is all that is checked", manifest.component);
  }
  std::string path = manifest.component_path->string();
  auto& component = compiled_[*manifest.component_path];
  if (component == nullptr) {
    Bytes source = THEATER_TRY(read_file(*manifest.component_path));
    if (engine_ == nullptr) engine_ = THEATER_TRY(engine::Engine::create());
    component = THEATER_TRY_CONTEXT(engine_->compile(source), "{}", path);
  }
  if (manifest.component_digest && *manifest.component_digest != component->digest()) {
    return fail(ErrorCode::kInvalidArgument,
                "{} has the digest {}, but the manifest pins component_digest = \"{}\"", path,
                component->digest().to_string(), manifest.component_digest->to_string());
  }
  auto binding = THEATER_TRY_CONTEXT(
      bind_component({component->imports(), component->exports(), component->imported_interfaces(),
                      component->exported_interfaces()},
                     handlers_, listed_handlers(manifest)),
      "{}", path);
  for (const std::string& warning : binding->warnings)
    validation_.warnings.push_back(context_.empty() ? warning : context_ + ": " + warning);
  THEATER_TRY_VOID(engine_->link(component, binding->engine_bindings));
  return component->digest();
}

}  // namespace

Validation validate_manifest(const std::filesystem::path& given, const Policy& policy) {
  Validation validation;
  Validator(policy, validation).check_root(given);
  return validation;
}

}  // namespace theater::cli
