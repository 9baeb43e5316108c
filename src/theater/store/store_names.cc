#include "theater/store/store_names.h"

#include "theater/base/hex.h"
#include "theater/base/printable.h"
#include "theater/base/utf8.h"

#include <algorithm>
#include <array>
#include <utility>

namespace theater {

namespace {

constexpr size_t kPrivateDigits = 32;
constexpr size_t kShownMax = 80;
constexpr std::string_view kHashPart = "hash/";

bool is_private(std::string_view text) {
  return text.size() == kPrivateDigits && text.find_first_not_of("0123456789abcdef") == text.npos;
}

bool is_name(std::string_view text) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789._-";
  return !text.empty() && text.size() <= StoreId::kNameSizeMax &&
         text.find_first_not_of(kLetters) == text.npos &&
         std::string_view("._-").find(text.front()) == std::string_view::npos;
}

// A stranger's text in a message: short, and without control characters.
std::string shown(std::string_view text) {
  std::string shown = escape_control(text.substr(0, kShownMax));
  return text.size() > kShownMax ? shown + "…" : shown;
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

std::optional<std::string_view> label_problem(std::string_view text) {
  if (text.empty()) return "it is empty";
  if (text.size() > Label::kSizeMax) return "it has more than 255 bytes";
  if (!is_utf8(text)) return "it is not UTF-8";
  if (std::any_of(text.begin(), text.end(), is_control)) return "it has a control character";
  if (text.starts_with(kHashPart)) return "`hash/` is how a reference names content by its digest";
  for (size_t at = 0; at <= text.size();) {
    size_t end = std::min(text.find('/', at), text.size());
    std::string_view part = text.substr(at, end - at);
    if (part.empty()) return "a `/` stands between two parts, and there is one of them at a time";
    if (part == "." || part == "..") return "a part cannot be `.` or `..`";
    at = end + 1;
  }
  return std::nullopt;
}

}  // namespace

StoreId StoreId::generate(Random& random) {
  std::array<uint8_t, kPrivateDigits / 2> bytes{};
  random.fill(bytes);
  return {to_hex(bytes), false};
}

Result<StoreId> StoreId::parse(std::string_view text) {
  if (is_private(text)) return StoreId(std::string(text), false);
  if (is_name(text)) return StoreId(std::string(text), true);
  return fail(
      ErrorCode::kInvalidArgument,
      "`{}` is no store id: it is what `new` answered, 32 lower-case hexadecimal digits, or "
      "the name of a shared store, 1 to {} of a-z, 0-9, `.`, `_` and `-` after a letter or "
      "digit",
      shown(text), kNameSizeMax);
}

Result<Label> Label::parse(std::string_view text) {
  if (auto problem = label_problem(text)) {
    return fail(ErrorCode::kInvalidArgument, "`{}` is no label: {}", shown(text), *problem);
  }
  return Label(std::string(text));
}

Result<Hash> parse_content_hash(std::string_view text) {
  Result<Hash> digest = Hash::parse(text);
  if (digest) return digest;
  return fail(ErrorCode::kInvalidArgument,
              "`{}` is no content reference: it is a SHA-256 as 64 hexadecimal digits",
              shown(text));
}

Result<StoreReference> StoreReference::parse(std::string_view text) {
  constexpr std::string_view kForm =
      "a reference is store://<store id>/<label> or store://<store id>/hash/<64 hexadecimal "
      "digits>";
  auto wrong = [&](std::string_view what) {
    return fail(ErrorCode::kInvalidArgument, "`{}`: {}; {}", shown(text), what, kForm);
  };
  if (!is_store_reference(text)) return wrong("it does not begin with store://");
  std::string_view rest = text.substr(kScheme.size());
  size_t slash = rest.find('/');
  if (slash == rest.npos) return wrong("no label or digest follows the store id");
  Result<StoreId> store = StoreId::parse(rest.substr(0, slash));
  if (!store) return wrong(store.error().message());
  rest.remove_prefix(slash + 1);
  if (rest.starts_with(kHashPart)) {
    Result<Hash> digest = parse_content_hash(rest.substr(kHashPart.size()));
    if (!digest) return wrong(digest.error().message());
    return StoreReference{*std::move(store), *digest};
  }
  Result<Label> label = Label::parse(rest);
  if (!label) return wrong(label.error().message());
  return StoreReference{*std::move(store), *std::move(label)};
}

std::string StoreReference::to_string() const {
  std::string text = std::string(kScheme) + store.text() + '/';
  if (const Label* label = std::get_if<Label>(&content)) return text + label->text();
  return text + std::string(kHashPart) + std::get<Hash>(content).to_string();
}

bool is_store_reference(std::string_view text) {
  return text.starts_with(StoreReference::kScheme);
}

}  // namespace theater
