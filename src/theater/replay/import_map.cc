#include "theater/replay/import_map.h"

#include "theater/actor/handler/binding.h"
#include "theater/wit/traits.h"

#include <algorithm>
#include <utility>

namespace theater::replay {

namespace {

// result<tuple<option<list<u8>>[, tuple<R>]>, string>, which read_call_return relies on.
bool returns_a_state(const wit::FuncType& type) {
  if (!type.result || type.result->kind() != wit::Kind::kResult) return false;
  const std::optional<wit::Type>& ok = type.result->ok();
  const std::optional<wit::Type>& error = type.result->error();
  if (!ok || !error || *error != wit::Type::string()) return false;
  if (ok->kind() != wit::Kind::kTuple || ok->fields().empty() || ok->fields().size() > 2) {
    return false;
  }
  return ok->fields()[0].type == wit::type_of<std::optional<Bytes>>();
}

}  // namespace

bool FittedImport::can_be_note() const {
  if (!type->result) return true;
  if (computed != nullptr) return computed->type.matches(*type);
  return type->result->kind() == wit::Kind::kResult && !type->result->ok() &&
         type->result->error() == wit::Type::string();
}

ImportMap map_imports(const Components::Loaded& component, std::span<const std::string> recorded) {
  ImportMap imports;
  std::vector<std::string> names;
  for (const engine::FunctionDecl& import : component.imports)
    names.push_back(plain_name(import.name));
  std::vector<std::pair<std::string, ImportMap::Export>> exports;
  for (const engine::FunctionDecl& function : component.program->exports()) {
    auto number = static_cast<uint32_t>(exports.size());
    exports.emplace_back(plain_name(function.name),
                         ImportMap::Export{number, returns_a_state(function.type)});
    const std::string& name = exports.back().first;
    if (std::find(recorded.begin(), recorded.end(), name) != recorded.end()) names.push_back(name);
  }
  imports.functions = log::FunctionTable::from_names(std::move(names));
  for (const engine::FunctionDecl& import : component.imports) {
    std::string name = plain_name(import.name);
    uint32_t index = *imports.functions.find(name);
    const auto* computed = log::find_chain_function(name);
    imports.imports.push_back({index, std::move(name), &import.type, computed});
  }
  imports.exports.resize(imports.functions.size());
  for (const auto& [name, function] : exports) {
    auto index = imports.functions.find(name);
    if (index && !imports.exports[*index]) imports.exports[*index] = function;
  }
  return imports;
}

}  // namespace theater::replay
