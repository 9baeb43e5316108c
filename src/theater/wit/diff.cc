#include "theater/wit/diff.h"

#include "theater/base/check.h"
#include "theater/base/hex.h"
#include "theater/base/utf8.h"
#include "theater/wit/json.h"
#include "theater/wit/leb.h"
#include "theater/wit/traits.h"
#include "theater/wit/validate.h"

#include <algorithm>
#include <utility>

namespace theater::wit {

namespace {

constexpr size_t kValueShownMax = 96;
// Bytes shown on either side of the first one that differs.
constexpr size_t kWindow = 16;

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

// Reads from a value that validate() has accepted.
template <class T>
T must(Result<T> read) {
  THEATER_CHECK(read.has_value(), "a validated value: {}", read.error().message());
  return *std::move(read);
}

std::string show_whole(const Type& type, ByteView value) {
  return must(to_json_text(type, value, JsonStyle::kCompact));
}

std::string show(const Type& type, ByteView value) {
  return shortened(show_whole(type, value), kValueShownMax);
}

size_t first_difference(ByteView left, ByteView right) {
  auto at = std::mismatch(left.begin(), left.end(), right.begin(), right.end()).first;
  return static_cast<size_t>(at - left.begin());
}

bool is_printable(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(),
                     [](uint8_t byte) { return byte >= 0x20 && byte < 0x7f; });
}

// `offset 40 of 64: …6f6c6c65…`, and in the case of text, characters.
std::string around(ByteView bytes, size_t offset, size_t begin, size_t end, bool as_characters) {
  ByteView window = bytes.subspan(begin, end - begin);
  std::string shown =
      as_characters ? show_whole(Type::string(), encode(as_text(window))) : to_hex(window);
  return fmt::format("offset {} of {}: {}{}{}", offset, bytes.size(), begin > 0 ? "…" : "", shown,
                     end < bytes.size() ? "…" : "");
}

// Walks two valid values that are not equal, in step, to the first place where they part.
class Walk {
 public:
  Walk(ByteView left, ByteView right, std::string path)
      : left_(left), right_(right), path_(std::move(path)) {}

  // Compares the next value of either side. True if they differ: found() says how, under the path
  // that `step` makes.
  template <class Step>
  bool next(const Type& type, Step step);
  Difference found() && { return *std::move(found_); }

  ByteReader& left() { return left_; }
  ByteReader& right() { return right_; }

 private:
  ByteReader left_;
  ByteReader right_;
  std::string path_;
  std::optional<Difference> found_;
};

Difference differ(const Type& type, ByteView left, ByteView right, std::string path);

template <class Step>
bool Walk::next(const Type& type, Step step) {
  ByteView left = must(left_.read_bytes(must(skip(type, left_.rest()))));
  ByteView right = must(right_.read_bytes(must(skip(type, right_.rest()))));
  if (std::equal(left.begin(), left.end(), right.begin(), right.end())) return false;
  found_ = differ(type, left, right, path_ + step());
  return true;
}

Difference differ_in_bytes(ByteView left, ByteView right, std::string path) {
  size_t offset = first_difference(left, right);
  size_t begin = offset > kWindow ? offset - kWindow : 0;
  size_t left_end = std::min(left.size(), offset + kWindow);
  size_t right_end = std::min(right.size(), offset + kWindow);
  bool as_characters = is_printable(left.subspan(begin, left_end - begin)) &&
                       is_printable(right.subspan(begin, right_end - begin));
  return {std::move(path), around(left, offset, begin, left_end, as_characters),
          around(right, offset, begin, right_end, as_characters)};
}

Difference differ_in_text(const Type& type, ByteView left, ByteView right, std::string path) {
  std::string left_shown = show_whole(type, left);
  std::string right_shown = show_whole(type, right);
  if (left_shown.size() <= kValueShownMax && right_shown.size() <= kValueShownMax) {
    return {std::move(path), std::move(left_shown), std::move(right_shown)};
  }
  std::string_view left_text = must(decode<std::string_view>(left));
  std::string_view right_text = must(decode<std::string_view>(right));
  size_t offset = first_difference(as_bytes(left_text), as_bytes(right_text));
  size_t begin = offset > kWindow ? offset - kWindow : 0;
  // What is before the offset is the same in both, so one start fits both.
  while (begin > 0 && begin < left_text.size() && is_continuation(left_text[begin]))
    --begin;
  auto end_in = [&](std::string_view text) {
    size_t end = std::min(text.size(), offset + kWindow);
    while (end < text.size() && is_continuation(text[end]))
      ++end;
    return end;
  };
  return {std::move(path), around(as_bytes(left_text), offset, begin, end_in(left_text), true),
          around(as_bytes(right_text), offset, begin, end_in(right_text), true)};
}

Difference differ_in_list(const Type& type, ByteView left, ByteView right, std::string path) {
  const Type& element = type.element();
  if (element.kind() == Kind::kU8) {
    return differ_in_bytes(must(decode<ByteView>(left)), must(decode<ByteView>(right)),
                           std::move(path));
  }
  Walk walk(left, right, path);
  uint64_t left_count = must(walk.left().read_u(32));
  uint64_t right_count = must(walk.right().read_u(32));
  uint64_t common = std::min(left_count, right_count);
  for (uint64_t i = 0; i < common; ++i) {
    if (walk.next(element, [&] { return fmt::format("[{}]", i); })) return std::move(walk).found();
  }
  auto beyond = [&](ByteReader& reader, uint64_t count) {
    if (count == common) return fmt::format("nothing, after {} elements", count);
    return show(element, must(reader.read_bytes(must(skip(element, reader.rest())))));
  };
  path += fmt::format("[{}]", common);
  return {std::move(path), beyond(walk.left(), left_count), beyond(walk.right(), right_count)};
}

// A variant, option or result: whole where the sides chose differently, else their payloads.
Difference differ_in_choice(const Type& type, ByteView left, ByteView right, std::string path) {
  Walk walk(left, right, path);
  uint64_t chosen = must(walk.left().read_u(32));
  if (chosen != must(walk.right().read_u(32))) {
    return {std::move(path), show(type, left), show(type, right)};
  }
  bool differs = false;
  auto named = [](std::string_view step) { return [step] { return std::string(step); }; };
  if (type.kind() == Kind::kVariant) {
    const Case& one = type.cases()[chosen];
    differs = walk.next(*one.type, [&] { return "." + one.name; });
  } else if (type.kind() == Kind::kOption) {
    differs = walk.next(type.element(), named(".some"));
  } else if (chosen == 0) {
    differs = walk.next(*type.ok(), named(".ok"));
  } else {
    differs = walk.next(*type.error(), named(".error"));
  }
  THEATER_CHECK(differs, "one choice, one payload, two encodings at {}", path);
  return std::move(walk).found();
}

Difference differ(const Type& type, ByteView left, ByteView right, std::string path) {
  switch (type.kind()) {
    case Kind::kString:
      return differ_in_text(type, left, right, std::move(path));
    case Kind::kList:
      return differ_in_list(type, left, right, std::move(path));
    case Kind::kRecord:
    case Kind::kTuple: {
      Walk walk(left, right, path);
      size_t i = 0;
      for (const Field& field : type.fields()) {
        auto step = [&] { return field.name.empty() ? fmt::format(".{}", i) : "." + field.name; };
        if (walk.next(field.type, step)) return std::move(walk).found();
        ++i;
      }
      break;
    }
    case Kind::kFlags:
      // Whole, since two long sets may differ at their ends only.
      return {std::move(path), show_whole(type, left), show_whole(type, right)};
    case Kind::kVariant:
    case Kind::kOption:
    case Kind::kResult:
      return differ_in_choice(type, left, right, std::move(path));
    default:
      break;
  }
  return {std::move(path), show(type, left), show(type, right)};
}

std::string how_ill_formed(const Result<void>& validity) {
  return validity ? "a value" : "no value: " + validity.error().message();
}

}  // namespace

std::string Difference::to_string() const {
  return fmt::format("at {}: left has {}, right has {}", path, left, right);
}

std::optional<Difference> difference(const Type& type, ByteView left, ByteView right,
                                     std::string_view root) {
  if (std::equal(left.begin(), left.end(), right.begin(), right.end())) return std::nullopt;
  Result<void> left_validity = validate(type, left, root);
  Result<void> right_validity = validate(type, right, root);
  if (!left_validity || !right_validity) {
    return Difference{std::string(root), how_ill_formed(left_validity),
                      how_ill_formed(right_validity)};
  }
  return differ(type, left, right, std::string(root));
}

}  // namespace theater::wit
