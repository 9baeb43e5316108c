#include "theater/net/multipart.h"

#include "theater/base/random.h"
#include "theater/net/http_message.h"

#include <algorithm>
#include <functional>
#include <optional>

namespace theater {

namespace {

constexpr std::string_view kType = "multipart/form-data";
constexpr size_t kBoundaryBytesMax = 70;

// The value of a parameter of a header, such as `name` in `form-data; name="a"`. A quoted value
// ends at the next quote; a backslash in it is refused, since senders disagree on its meaning.
std::optional<std::string> parameter_of(std::string_view header, std::string_view name) {
  size_t at = header.find(';');
  while (at != std::string_view::npos) {
    std::string_view rest = header.substr(at + 1);
    rest = trimmed(rest);
    size_t equals = rest.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    std::string_view key = trimmed(rest.substr(0, equals));
    rest.remove_prefix(equals + 1);
    std::string_view value;
    if (!rest.empty() && rest.front() == '"') {
      size_t end = rest.find('"', 1);
      if (end == std::string_view::npos) return std::nullopt;
      value = rest.substr(1, end - 1);
      if (value.find('\\') != std::string_view::npos) return std::nullopt;
      rest.remove_prefix(end + 1);
    } else {
      value = trimmed(rest.substr(0, rest.find(';')));
    }
    if (equals_ignoring_case(key, name)) return std::string(value);
    size_t next = rest.find(';');
    at = next == std::string_view::npos ? next
                                        : static_cast<size_t>(rest.data() - header.data()) + next;
  }
  return std::nullopt;
}

Failure wrong(std::string_view what, size_t at) {
  return Failure(Error(ErrorCode::kInvalidArgument,
                       fmt::format("the multipart body is wrong at byte {}: {}", at, what)));
}

// The name in the head of a part, which starts at byte `at` of the body.
Result<std::string> name_in(std::string_view head, size_t at) {
  std::optional<std::string> name;
  while (!head.empty()) {
    size_t end = head.find("\r\n");
    std::string_view line = head.substr(0, end);
    head.remove_prefix(end == std::string_view::npos ? head.size() : end + 2);
    size_t colon = line.find(':');
    if (colon == std::string_view::npos) return wrong("a header without a colon", at);
    std::string_view key = line.substr(0, colon);
    std::string_view value = trimmed(line.substr(colon + 1));
    if (equals_ignoring_case(key, "Content-Transfer-Encoding")) {
      return wrong("Content-Transfer-Encoding is not supported", at);
    }
    if (!equals_ignoring_case(key, "Content-Disposition")) continue;
    if (name) return wrong("two Content-Disposition headers in one part", at);
    if (!equals_ignoring_case(trimmed(value.substr(0, value.find(';'))), "form-data")) {
      return wrong("a part that is no form-data", at);
    }
    name = parameter_of(value, "name");
  }
  if (!name || name->empty()) return wrong("a part without a name", at);
  return *std::move(name);
}

}  // namespace

bool is_multipart(std::string_view content_type) {
  return equals_ignoring_case(trimmed(content_type.substr(0, content_type.find(';'))), kType);
}

Result<std::vector<Part>> read_multipart(std::string_view content_type, ByteView body) {
  std::optional<std::string> boundary = parameter_of(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > kBoundaryBytesMax) {
    return fail(ErrorCode::kInvalidArgument,
                "Content-Type: multipart/form-data needs a boundary of 1 to {} characters",
                kBoundaryBytesMax);
  }
  std::string_view text = as_text(body);
  const std::string delimiter = "\r\n--" + *boundary;
  const std::boyer_moore_horspool_searcher searcher(delimiter.begin(), delimiter.end());
  if (!text.starts_with(std::string_view(delimiter).substr(2)))
    return wrong("it does not begin with its boundary", 0);
  size_t at = delimiter.size() - 2;
  std::vector<Part> parts;
  while (true) {
    if (text.substr(at, 2) == "--") break;
    if (text.substr(at, 2) != "\r\n") return wrong("a boundary that does not end its line", at);
    at += 2;
    size_t head_end = text.substr(at, kPartHeadBytesMax).find("\r\n\r\n");
    if (head_end == std::string_view::npos) {
      return wrong(
          fmt::format("a part whose headers do not end within {} bytes", kPartHeadBytesMax), at);
    }
    if (parts.size() == kPartsMax) {
      return fail(ErrorCode::kResourceExhausted, "the body has more than {} parts", kPartsMax);
    }
    std::string name = THEATER_TRY(name_in(text.substr(at, head_end), at));
    at += head_end + 4;
    auto found = std::search(text.begin() + static_cast<ptrdiff_t>(at), text.end(), searcher);
    if (found == text.end()) return wrong("the last part does not end with the boundary", at);
    auto end = static_cast<size_t>(found - text.begin());
    parts.push_back({std::move(name), body.subspan(at, end - at)});
    at = end + delimiter.size();
  }
  std::string_view after = text.substr(at + 2);
  if (!after.empty() && after != "\r\n") return wrong("bytes after the last boundary", at + 2);
  return parts;
}

Multipart write_multipart(const std::vector<NewPart>& parts) {
  OsRandom random;
  std::string boundary;
  auto occurs = [&](const NewPart& part) {
    return as_text(part.bytes).find(boundary) != std::string_view::npos;
  };
  do {
    boundary = fmt::format("theater-{:016x}{:016x}", random.next_u64(), random.next_u64());
  } while (std::any_of(parts.begin(), parts.end(), occurs));
  Bytes body;
  auto add = [&](ByteView bytes) { body.insert(body.end(), bytes.begin(), bytes.end()); };
  for (const NewPart& part : parts) {
    std::string file = part.filename.empty() ? "" : fmt::format("; filename=\"{}\"", part.filename);
    add(
        as_bytes(fmt::format("--{}\r\nContent-Disposition: form-data; name=\"{}\"{}\r\n"
                             "Content-Type: application/octet-stream\r\n\r\n",
                             boundary, part.name, file)));
    add(part.bytes);
    add(as_bytes("\r\n"));
  }
  add(as_bytes(fmt::format("--{}--\r\n", boundary)));
  return {fmt::format("{}; boundary={}", kType, boundary), std::move(body)};
}

}  // namespace theater
