#include "theater/manifest/table_reader.h"

#include <algorithm>

namespace theater {

TableReader::TableReader(Diagnostics& diagnostics, std::string where, const TomlTable& table,
                         SourcePosition position)
    : diagnostics_(diagnostics), where_(std::move(where)), tables_{&table}, position_(position) {}

void TableReader::merge(const TomlTable& more) {
  for (const TomlEntry& entry : more.entries) {
    if (find(entry.key) != nullptr) {
      diagnostics_.add(entry.key_position,
                       fmt::format("`{}` is given twice in {}: directly and in its `config`; keep "
                                   "one of them",
                                   entry.key, where_));
    }
  }
  tables_.push_back(&more);
}

const TomlEntry* TableReader::find(std::string_view key) const {
  for (const TomlTable* table : tables_) {
    if (const TomlEntry* entry = table->find(key)) return entry;
  }
  return nullptr;
}

const TomlValue* TableReader::take(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  const TomlEntry* entry = find(key);
  return entry == nullptr ? nullptr : &entry->value;
}

void TableReader::wrong_type(std::string_view key, const TomlValue& value,
                             std::string_view expected) {
  diagnostics_.add(value.position, fmt::format("`{}` in {} must be {}, found {}", key, where_,
                                               expected, value.type_name()));
}

SourcePosition TableReader::position_of(std::string_view key) const {
  const TomlEntry* entry = find(key);
  return entry == nullptr ? position_ : entry->value.position;
}

void TableReader::reject(std::string_view key, std::string_view message) {
  diagnostics_.add(position_of(key), fmt::format("`{}` in {}: {}", key, where_, message));
}

void TableReader::refuse(std::string_view key, std::string_view message) {
  if (take(key) != nullptr) reject(key, message);
}

void TableReader::missing(std::string_view key, std::string_view purpose) {
  // A key that is there with the wrong type has its complaint already.
  if (has(key)) return;
  diagnostics_.add(position_, fmt::format("`{}` is missing in {}: {}", key, where_, purpose));
}

std::optional<bool> TableReader::flag(std::string_view key) {
  const TomlValue* value = take(key);
  if (value == nullptr) return std::nullopt;
  if (const bool* flag = std::get_if<bool>(&value->value)) return *flag;
  wrong_type(key, *value, "a boolean");
  return std::nullopt;
}

std::optional<std::variant<bool, std::string>> TableReader::flag_or_text(std::string_view key) {
  const TomlValue* value = take(key);
  if (value == nullptr) return std::nullopt;
  if (const bool* flag = std::get_if<bool>(&value->value)) return *flag;
  if (const std::string* text = std::get_if<std::string>(&value->value)) return *text;
  wrong_type(key, *value, "a boolean or a string");
  return std::nullopt;
}

std::optional<uint64_t> TableReader::number(std::string_view key, Unit unit, uint64_t min,
                                            uint64_t max) {
  const TomlValue* value = take(key);
  if (value == nullptr) return std::nullopt;
  uint64_t number = 0;
  bool negative = false;
  if (const int64_t* integer = std::get_if<int64_t>(&value->value)) {
    negative = *integer < 0;
    number = static_cast<uint64_t>(*integer);
  } else if (const std::string* text = std::get_if<std::string>(&value->value)) {
    Result<uint64_t> parsed = parse_quantity(*text, unit);
    if (!parsed) {
      reject(key, parsed.error().message());
      return std::nullopt;
    }
    number = *parsed;
  } else {
    wrong_type(key, *value, unit == Unit::kCount ? "an integer" : "an integer or a string");
    return std::nullopt;
  }
  if (negative || number < min || number > max) {
    std::string found =
        negative ? std::to_string(static_cast<int64_t>(number)) : format_quantity(number, unit);
    reject(key, fmt::format("{} is out of range; it must be from {} to {}", found,
                            format_quantity(min, unit), format_quantity(max, unit)));
    return std::nullopt;
  }
  return number;
}

std::optional<std::vector<std::string>> TableReader::list(std::string_view key) {
  return items(key, "an array of strings", [](const TomlValue& item) {
    const auto* text = std::get_if<std::string>(&item.value);
    return text == nullptr ? std::nullopt : std::optional(*text);
  });
}

std::optional<std::vector<std::string>> TableReader::list_of_numbers(std::string_view key) {
  return items(key, "an array of numbers", [](const TomlValue& item) -> std::optional<std::string> {
    if (const auto* number = std::get_if<int64_t>(&item.value)) return fmt::to_string(*number);
    const auto* text = std::get_if<std::string>(&item.value);
    return text == nullptr ? std::nullopt : std::optional(*text);
  });
}

std::optional<std::vector<std::string>> TableReader::list_or_text(std::string_view key) {
  const TomlValue* value = take(key);
  const auto* text = value == nullptr ? nullptr : std::get_if<std::string>(&value->value);
  if (text != nullptr) return std::vector<std::string>{*text};
  return list(key);
}

template <class TextOf>
std::optional<std::vector<std::string>> TableReader::items(std::string_view key,
                                                           std::string_view expected,
                                                           TextOf text_of) {
  const TomlValue* value = take(key);
  if (value == nullptr) return std::nullopt;
  const auto* array = std::get_if<TomlArray>(&value->value);
  if (array == nullptr) {
    wrong_type(key, *value, expected);
    return std::nullopt;
  }
  if (array->size() > kListItemsMax) {
    reject(key, fmt::format("{} items; at most {} are read", array->size(), kListItemsMax));
    return std::nullopt;
  }
  std::vector<std::string> texts;
  for (const TomlValue& item : *array) {
    std::optional<std::string> text = text_of(item);
    if (!text) {
      wrong_type(key, item, expected);
      return std::nullopt;
    }
    texts.push_back(*std::move(text));
  }
  return texts;
}

std::optional<std::string> TableReader::text(std::string_view key) {
  const TomlValue* value = take(key);
  if (value == nullptr) return std::nullopt;
  if (const auto* text = std::get_if<std::string>(&value->value)) return *text;
  wrong_type(key, *value, "a string");
  return std::nullopt;
}

std::optional<std::string> TableReader::name(std::string_view key) {
  constexpr size_t kSizeMax = 128;
  std::optional<std::string> name = text(key);
  if (name && (name->empty() || name->size() > kSizeMax || has_control_character(*name))) {
    reject(key, fmt::format("a name has 1 to {} bytes and no control characters", kSizeMax));
  }
  return name;
}

std::optional<std::string> TableReader::choice(std::string_view key,
                                               std::span<const std::string> choices) {
  std::optional<std::string> chosen = text(key);
  if (!chosen || std::find(choices.begin(), choices.end(), *chosen) != choices.end()) return chosen;
  reject(key, fmt::format("`{}` is none of its values{}", *chosen,
                          suggestion(*chosen, choices, "values")));
  return std::nullopt;
}

const TomlTable* TableReader::table(std::string_view key) {
  const TomlValue* value = take(key);
  if (value == nullptr) return nullptr;
  if (const auto* table = std::get_if<TomlTable>(&value->value)) return table;
  wrong_type(key, *value, "a table");
  return nullptr;
}

std::map<std::string, std::string, std::less<>> TableReader::texts(std::string_view key) {
  std::map<std::string, std::string, std::less<>> texts;
  const TomlTable* found = table(key);
  if (found == nullptr) return texts;
  if (found->entries.size() > kListItemsMax) {
    reject(key,
           fmt::format("{} entries; at most {} are read", found->entries.size(), kListItemsMax));
    return texts;
  }
  for (const TomlEntry& entry : found->entries) {
    if (const auto* text = std::get_if<std::string>(&entry.value.value)) {
      texts.emplace(entry.key, *text);
    } else {
      diagnostics_.add(entry.value.position,
                       fmt::format("`{}` in the {} of {} must be a string, found {}", entry.key,
                                   key, where_, entry.value.type_name()));
    }
  }
  return texts;
}

std::vector<const TomlValue*> TableReader::tables(std::string_view key) {
  const TomlValue* value = take(key);
  if (value == nullptr) return {};
  std::vector<const TomlValue*> found;
  const auto* array = std::get_if<TomlArray>(&value->value);
  if (array == nullptr) {
    wrong_type(key, *value, fmt::format("an array of tables, written [[{}]]", key));
    return {};
  }
  if (array->size() > kListItemsMax) {
    reject(key, fmt::format("{} entries; at most {} are read", array->size(), kListItemsMax));
    return {};
  }
  for (const TomlValue& item : *array) {
    if (std::holds_alternative<TomlTable>(item.value)) {
      found.push_back(&item);
    } else {
      wrong_type(key, item, "an array of tables");
    }
  }
  return found;
}

std::string_view TableReader::either(std::string_view key, std::string_view other_spelling) {
  take(key);
  take(other_spelling);
  if (!has(other_spelling)) return key;
  if (has(key)) {
    reject(other_spelling, fmt::format("it is another spelling of `{}`, which is given too; keep "
                                       "one of them",
                                       key));
    return key;
  }
  return other_spelling;
}

void TableReader::finish() {
  for (const TomlTable* table : tables_) {
    for (const TomlEntry& entry : table->entries) {
      if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) continue;
      diagnostics_.add(entry.key_position,
                       diagnostics_.full()
                           ? ""
                           : fmt::format("unknown key `{}` in {}{}", entry.key, where_,
                                         suggestion(entry.key, known_, "keys")));
    }
  }
}

}  // namespace theater
