// How stores, labels and contents are named by others: text from guests, manifests and command
// lines, which becomes one of these types or an error, and is never a path.
//
//   store id    32 lower-case hexadecimal digits: a private store, which one actor has made;
//               or a name such as `notes` or `team.notes`: a shared one, for every actor that
//               is granted it
//   label       `todo`, `2026/june/todo`: parts with slashes between them
//   reference   store://<id>/<label>, or store://<id>/hash/<64 hexadecimal digits>
#pragma once

#include "theater/base/hash.h"
#include "theater/base/random.h"
#include "theater/base/result.h"

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace theater {

// Value type.
class StoreId {
 public:
  static constexpr size_t kNameSizeMax = 64;

  // A fresh private one.
  static StoreId generate(Random& random);
  // Fails with kInvalidArgument, saying how an id looks. A name has 1 to 64 of a-z, 0-9, `.`, `_`
  // and `-`, begins with a letter or digit, and is not 32 hexadecimal digits.
  static Result<StoreId> parse(std::string_view text);

  bool is_shared() const { return shared_; }
  const std::string& text() const { return text_; }
  auto operator<=>(const StoreId&) const = default;

 private:
  StoreId(std::string text, bool shared) : text_(std::move(text)), shared_(shared) {}

  std::string text_;
  bool shared_;
};

// Value type.
class Label {
 public:
  static constexpr size_t kSizeMax = 255;

  // Fails with kInvalidArgument, saying what is wrong: a label has 1 to 255 bytes of UTF-8 without
  // control characters; parts are separated by one `/` each, none of them `.` or `..`; and it does
  // not begin with `hash/`, which is how a reference names content by its digest.
  static Result<Label> parse(std::string_view text);

  const std::string& text() const { return text_; }
  auto operator<=>(const Label&) const = default;

 private:
  explicit Label(std::string text) : text_(std::move(text)) {}

  std::string text_;
};

// The digest that a content-ref names. Fails with kInvalidArgument.
Result<Hash> parse_content_hash(std::string_view text);

// Content of one store, as manifests and command lines name it.
struct StoreReference {
  static constexpr std::string_view kScheme = "store://";

  StoreId store;
  std::variant<Label, Hash> content;

  // Fails with kInvalidArgument, saying which part is wrong.
  static Result<StoreReference> parse(std::string_view text);
  std::string to_string() const;
  bool operator==(const StoreReference&) const = default;
};

bool is_store_reference(std::string_view text);

}  // namespace theater
