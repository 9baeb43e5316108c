#include "theater/views/validation.h"

#include "theater/actor/cell/children.h"
#include "theater/actor/handler/binding.h"
#include "theater/engine/engine.h"
#include "theater/handlers/registry.h"
#include "theater/manifest/effective_permissions.h"
#include "theater/manifest/grant.h"
#include "theater/manifest/manifest.h"
#include "theater/manifest/toml_document.h"
#include "theater/runtime/named_manifest.h"
#include "theater/runtime/references.h"
#include "theater/views/secrets_view.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace theater::views {

namespace {

std::vector<std::string> listed_handlers(const Manifest& manifest) {
  std::vector<std::string> names;
  for (const HandlerEntry& entry : manifest.handlers) {
    names.emplace_back(entry.handler_name());
  }
  return names;
}

// Place of the `index`th [[child]] in its manifest: "boss.toml:12:12".
std::string place_of_child(const ManifestText& manifest, size_t index) {
  Diagnostics unused(manifest.name);
  TomlTable document = parse_toml(manifest.text, unused);
  const TomlEntry* children = document.find("child");
  const auto* entries =
      children == nullptr ? nullptr : std::get_if<TomlArray>(&children->value.value);
  if (entries == nullptr || index >= entries->size()) return manifest.name;
  const auto* child = std::get_if<TomlTable>(&(*entries)[index].value);
  const TomlEntry* key = child == nullptr ? nullptr : child->find("manifest");
  if (key == nullptr) return manifest.name;
  return fmt::format("{}:{}:{}", manifest.name, key->value.position.line,
                     key->value.position.column);
}

// The same text for a manifest under every name that it has.
std::string identity_of(const Reference& reference) {
  const auto* file = std::get_if<FileReference>(&reference);
  if (file == nullptr) return reference_text(reference);
  std::error_code failed;
  std::filesystem::path path = std::filesystem::weakly_canonical(file->path, failed);
  return failed ? file->path.string() : path.string();
}

// Checks one manifest, and then those of its children.
class Validator {
 public:
  Validator(const Policy& policy, const ReferenceReader& reader, Validation& validation)
      : policy_(policy), reader_(reader), validation_(validation) {}

  void check_root(const std::filesystem::path& given) {
    Result<ManifestText> source = read_named_manifest(given, reader_);
    if (!source) return problem(std::move(source).error());
    Result<Manifest> read = parse_without_state(*source);
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
    bool is_file = source->place.address.empty();
    above_.push_back(is_file ? identity_of(FileReference{std::filesystem::absolute(source->name)})
                             : source->name);
    check_secrets(*read, validation_.component, true);
    check_children(*read, *source, permissions ? std::optional(*permissions) : std::nullopt);
  }

  // Compiles, binds and links. Returns the digest, and adds the warnings of binding.
  Result<Hash> check_component(const Manifest& manifest);

 private:
  // Adds what keeps the actor from secrets that it asks for. It starts without them.
  void check_secrets(const Manifest& manifest, const Hash& component, bool is_root) {
    for (const AskedSecret& secret : asked_secrets(policy_, manifest)) {
      std::vector<std::string> missing = secret.missing;
      // The start alone decides the name.
      bool by_name = secret.rule && is_root && !secret.rule->actors.empty();
      if (secret.rule && !by_name && !lists(*secret.rule, component)) {
        missing.push_back(
            fmt::format("its component {} is not listed in `components`", component.to_string()));
      }
      for (const std::string& what : missing)
        warn(fmt::format("secret `{}`: {}", secret.name, what));
    }
  }
  static bool lists(const SecretRule& rule, const Hash& component) {
    return std::find(rule.components.begin(), rule.components.end(), component) !=
           rule.components.end();
  }
  void warn(const std::string& warning) {
    validation_.warnings.push_back(context_.empty() ? warning : context_ + ": " + warning);
  }

  void problem(Error error) {
    if (!context_.empty()) error = std::move(error).with_context(context_);
    validation_.problems.push_back(std::move(error));
  }

  // `permissions` are the parent's; with none, the permissions of children are not checked.
  void check_children(const Manifest& parent, const ManifestText& source,
                      const std::optional<Permissions>& permissions) {
    for (size_t i = 0; i < parent.children.size(); ++i) {
      // The members of a pool are what the parent is.
      if (parent.children[i].source == ChildEntry::Source::kParent) return;
      if (children_ > Validation::kChildrenMax) return;
      const ChildEntry& entry = parent.children[i];
      std::string context = std::exchange(
          context_, fmt::format("{}: child `{}`", place_of_child(source, i), entry.name));
      size_t name_size = name_.size();
      name_ += (name_.empty() ? "" : "/") + entry.name;
      check_child(entry, parent.place, permissions);
      name_.resize(name_size);
      context_ = std::move(context);
    }
  }

  void check_child(const ChildEntry& entry, const ManifestPlace& place,
                   const std::optional<Permissions>& above) {
    if (++children_ > Validation::kChildrenMax) {
      return problem(Error(
          ErrorCode::kResourceExhausted,
          fmt::format("more than {} declared children: declare fewer", Validation::kChildrenMax)));
    }
    if (entry.init_state) check_state(*entry.init_state, place);
    Result<Reference> reference = parse_reference(entry.manifest, place);
    if (!reference) return problem(std::move(reference).error());
    std::string identity = identity_of(*reference);
    if (!check_cycle(identity)) return;
    Result<ManifestText> source = read_referenced_manifest(*reference, reader_);
    if (!source) return problem(std::move(source).error());
    Result<Manifest> read = parse_without_state(*source);
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
      check_secrets(*read, *component, false);
    } else {
      problem(std::move(component).error());
    }
    above_.push_back(std::move(identity));
    check_children(*read, *source, permissions);
    above_.pop_back();
  }

  // A file must exist. A start reads an address when it needs the content.
  void check_state(const std::string& text, const ManifestPlace& place) {
    Result<Reference> reference = parse_reference(text, place);
    if (!reference) return problem(std::move(reference).error());
    const auto* file = std::get_if<FileReference>(&*reference);
    std::error_code failed;
    if (file == nullptr || std::filesystem::exists(file->path, failed)) return;
    problem(Error(ErrorCode::kNotFound,
                  fmt::format("there is no file {} for its init_state", file->path.string())));
  }

  // False, with a problem, for the manifest of an actor above and for one too far down.
  bool check_cycle(const std::string& manifest) {
    if (std::find(above_.begin(), above_.end(), manifest) != above_.end()) {
      std::string cycle;
      for (auto one = std::find(above_.begin(), above_.end(), manifest); one != above_.end(); ++one)
        cycle += *one + " → ";
      problem(Error(
          ErrorCode::kInvalidArgument,
          fmt::format("these manifests start each other without end: {}{}", cycle, manifest)));
      return false;
    }
    if (above_.size() <= Children::kDepthMax) return true;
    problem(Error(ErrorCode::kInvalidArgument,
                  fmt::format("it is at depth {} of the supervision tree; the limit is {}",
                              above_.size(), Children::kDepthMax)));
    return false;
  }

  const Policy& policy_;
  const ReferenceReader& reader_;
  Validation& validation_;
  HandlerSet handlers_ = make_handlers();
  std::unique_ptr<engine::Engine> engine_;
  std::map<std::string, std::shared_ptr<const engine::Component>> compiled_;
  std::vector<std::string> above_;  // Manifests from the root to the parent.
  std::string context_;             // The child whose problems are added.
  std::string name_;
  size_t children_ = 0;
};

Result<Hash> Validator::check_component(const Manifest& manifest) {
  THEATER_TRY_VOID(check_budget(manifest.budget, handlers_));
  Reference reference = THEATER_TRY(parse_reference(manifest.component, manifest.place));
  std::string path = reference_text(reference);
  auto& component = compiled_[path];
  if (component == nullptr) {
    Bytes source = THEATER_TRY(read_component(manifest, reader_));
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
    warn(warning);
  THEATER_TRY_VOID(engine_->link(component, binding->engine_bindings));
  return component->digest();
}

}  // namespace

Validation validate_manifest(const std::filesystem::path& given, const Policy& policy,
                             const ReferenceReader& reader) {
  Validation validation;
  Validator(policy, reader, validation).check_root(given);
  return validation;
}

Result<void> check_component(const Manifest& manifest, const ReferenceReader& reader) {
  Validation warnings;
  Policy policy = Policy::default_policy();
  THEATER_TRY_VOID(Validator(policy, reader, warnings).check_component(manifest));
  return {};
}

Json validation_json(const Validation& validation) {
  Json problems = Json::array();
  for (const Error& problem : validation.problems) {
    problems.push_back(json_error(problem)["error"]);
  }
  Json children = Json::array();
  for (const ValidatedChild& child : validation.children)
    children.push_back({{"name", child.name}, {"component", child.component.to_string()}});
  bool valid = validation.problems.empty();
  return {{"valid", valid},
          {"name", json_text_or_null(validation.name)},
          {"component", valid ? Json(validation.component.to_string()) : Json()},
          {"grants", validation.grants},
          {"children", std::move(children)},
          {"warnings", validation.warnings},
          {"problems", std::move(problems)}};
}

std::string validation_text(const Validation& validation) {
  std::string text =
      fmt::format("OK: `{}`, component {}\n", validation.name, validation.component.to_string());
  for (const std::string& grant : validation.grants)
    text += fmt::format("  may use {}\n", grant);
  for (const ValidatedChild& child : validation.children)
    text += fmt::format("  child `{}`, component {}\n", child.name, child.component.to_string());
  return text;
}

}  // namespace theater::views
