// Typed reading of one TOML table that leaves no key unread.
#pragma once

#include "theater/manifest/diagnostics.h"
#include "theater/manifest/field_source.h"
#include "theater/manifest/toml_document.h"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace theater {

// Not thread-safe. Ask for every known key, then call finish().
class TableReader final : public FieldSource {
 public:
  // `where` names the table in messages, such as "[limits]". The table must outlive the reader.
  TableReader(Diagnostics& diagnostics, std::string where, const TomlTable& table,
              SourcePosition position);

  // Reads the keys of `more` as if they stood in the table too. A key in both is an error.
  void merge(const TomlTable& more);

  std::optional<bool> flag(std::string_view key) override;
  std::optional<std::variant<bool, std::string>> flag_or_text(std::string_view key) override;
  std::optional<uint64_t> number(std::string_view key, Unit unit, uint64_t min = 0,
                                 uint64_t max = std::numeric_limits<uint64_t>::max()) override;
  std::optional<std::vector<std::string>> list(std::string_view key) override;
  std::optional<std::vector<std::string>> list_of_numbers(std::string_view key) override;
  std::optional<std::vector<std::string>> list_or_text(std::string_view key) override;
  void reject(std::string_view key, std::string_view message) override;
  // Complains of a key that is known, and belongs elsewhere.
  void refuse(std::string_view key, std::string_view message);

  std::optional<std::string> text(std::string_view key);
  // The name of an actor: 1 to 128 bytes without control characters. Another one is complained of,
  // and given all the same.
  std::optional<std::string> name(std::string_view key);
  // A text that is one of `choices`.
  std::optional<std::string> choice(std::string_view key, std::span<const std::string> choices);
  // Null if absent.
  const TomlTable* table(std::string_view key);
  // The texts of a table, at most kListItemsMax; empty if absent.
  std::map<std::string, std::string, std::less<>> texts(std::string_view key);
  // The tables of an array of tables, at most kListItemsMax; empty if absent.
  std::vector<const TomlValue*> tables(std::string_view key);

  // The key that is present of two spellings of one; both present is an error.
  std::string_view either(std::string_view key, std::string_view other_spelling);

  // Complains that `key` must be there.
  void missing(std::string_view key, std::string_view purpose);

  // Complains of each key that was not asked for. Call once, at the end.
  void finish();

  SourcePosition position_of(std::string_view key) const;
  bool has(std::string_view key) const { return find(key) != nullptr; }

 private:
  const TomlEntry* find(std::string_view key) const;
  // The items of an array as texts; `text_of` has none for an item of the wrong type.
  template <class TextOf>
  std::optional<std::vector<std::string>> items(std::string_view key, std::string_view expected,
                                                TextOf text_of);
  // Marks the key as known and returns its value.
  const TomlValue* take(std::string_view key);
  void wrong_type(std::string_view key, const TomlValue& value, std::string_view expected);

  Diagnostics& diagnostics_;
  std::string where_;
  std::vector<const TomlTable*> tables_;
  SourcePosition position_;
  std::vector<std::string> known_;
};

}  // namespace theater
