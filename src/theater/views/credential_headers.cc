#include "theater/views/credential_headers.h"

#include "theater/net/http_message.h"
#include "theater/wit/leb.h"
#include "theater/wit/validate.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

namespace theater::views {

namespace {

using wit::ByteReader;
using wit::Kind;
using wit::Type;

constexpr std::array<std::string_view, 8> kNames = {
    "authorization", "proxy-authorization", "cookie",      "set-cookie", "x-api-key",
    "api-key",       "x-auth-token",        "x-csrf-token"};

// Walks a value of which wit::validate() has said that it is one.
class Walk {
 public:
  explicit Walk(ByteView bytes) : bytes_(bytes) {}

  void value(const Type& type);
  const std::set<std::string_view>& names() const { return names_; }

 private:
  static bool is_header(const Type& type);
  void header();
  void list(const Type& type);
  void chosen(const std::optional<Type>& type) {
    if (type) value(*type);
  }
  // Passes by what `read` reads.
  template <class Read>
  auto take(Read read) {
    ByteReader reader(bytes_.subspan(at_));
    auto got = *read(reader);
    at_ += reader.position();
    return got;
  }
  uint64_t number() {
    return take([](ByteReader& reader) { return reader.read_u(32); });
  }
  std::string_view string() {
    return take([](ByteReader& reader) { return reader.read_string(); });
  }

  ByteView bytes_;
  size_t at_ = 0;
  std::set<std::string_view> names_;  // Of kNames.
};

bool Walk::is_header(const Type& type) {
  if (type.kind() != Kind::kTuple || type.fields().size() != 2) return false;
  return std::all_of(type.fields().begin(), type.fields().end(),
                     [](const wit::Field& field) { return field.type.kind() == Kind::kString; });
}

void Walk::header() {
  std::string_view name = string();
  string();
  auto found = std::find_if(kNames.begin(), kNames.end(),
                            [&](std::string_view one) { return equals_ignoring_case(one, name); });
  if (found != kNames.end()) names_.insert(*found);
}

void Walk::list(const Type& type) {
  const Type& element = type.element();
  // Bodies are lists of bytes, and have no header.
  if (element.kind() <= Kind::kString || element.size_min() == 0) {
    at_ += *wit::skip(type, bytes_.subspan(at_));
    return;
  }
  for (uint64_t left = number(); left > 0; --left)
    value(element);
}

void Walk::value(const Type& type) {
  if (is_header(type)) return header();
  switch (type.kind()) {
    case Kind::kList:
      return list(type);
    case Kind::kRecord:
    case Kind::kTuple:
      for (const wit::Field& field : type.fields())
        value(field.type);
      return;
    case Kind::kVariant:
      return chosen(type.cases()[number()].type);
    case Kind::kOption:
      if (number() == 1) value(type.element());
      return;
    case Kind::kResult:
      return chosen(number() == 0 ? type.ok() : type.error());
    default:
      at_ += *wit::skip(type, bytes_.subspan(at_));
  }
}

}  // namespace

Result<void> CredentialHeaders::take(ByteView event, const Bodies& bodies) {
  bool has_bytes = std::any_of(bodies.begin(), bodies.end(),
                               [](const auto& body) { return body && !body->is_absent(); });
  // Without a sentence for people, which most events have no other use for.
  if (!has_bytes) return reader_.skip(event);
  EventView view = THEATER_TRY(reader_.view(event, Hash(), &bodies));
  for (const PayloadView& payload : view.payloads) {
    bool is_here = payload.detached && payload.presence == Presence::kHere && payload.type &&
                   wit::validate(*payload.type, payload.bytes).has_value();
    if (!is_here) continue;
    Walk walk(payload.bytes);
    walk.value(*payload.type);
    for (std::string_view name : walk.names())
      ++found_[std::string(name)];
  }
  return {};
}

}  // namespace theater::views
