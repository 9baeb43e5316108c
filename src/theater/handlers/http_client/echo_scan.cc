#include "theater/handlers/http_client/echo_scan.h"

#include <string.h>

#include <algorithm>
#include <utility>

namespace theater {

namespace {

// Whether a list such as that of Content-Encoding names anything but `allowed`.
bool names_other(std::string_view list, std::string_view allowed) {
  while (!list.empty()) {
    size_t end = std::min(list.find(','), list.size());
    std::string_view item = trimmed(list.substr(0, end));
    if (!item.empty() && !equals_ignoring_case(item, allowed)) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

bool is_encoded(const HttpHeader& header) {
  if (equals_ignoring_case(header.name, "Content-Encoding"))
    return names_other(header.value, "identity");
  return equals_ignoring_case(header.name, "Transfer-Encoding") &&
         names_other(header.value, "chunked");
}

}  // namespace

EchoScan::EchoScan(std::vector<SecretValue> values) : values_(std::move(values)) {
  for (const SecretValue& value : values_)
    held_back_max_ = std::max(held_back_max_, value->size() - 1);
}

EchoScan::Verdict EchoScan::judge(const HttpHeaders& headers) const {
  if (values_.empty()) return Verdict::kClean;
  for (const HttpHeader& header : headers) {
    if (has_value(as_bytes(header.name)) || has_value(as_bytes(header.value)))
      return Verdict::kReveals;
  }
  bool encoded = std::any_of(headers.begin(), headers.end(), is_encoded);
  return encoded ? Verdict::kEncoded : Verdict::kClean;
}

std::optional<Bytes> EchoScan::next(ByteView piece) {
  if (values_.empty()) return to_bytes(piece);
  if (has_found_) return std::nullopt;
  append(held_back_, piece);
  if (has_value(held_back_)) {
    has_found_ = true;
    wipe(std::span(held_back_));
    held_back_.clear();
    return std::nullopt;
  }
  Bytes clean = std::exchange(held_back_, {});
  auto split = clean.end() - static_cast<ptrdiff_t>(std::min(clean.size(), held_back_max_));
  held_back_.assign(split, clean.end());
  clean.erase(split, clean.end());
  return clean;
}

Bytes EchoScan::finish() {
  return std::exchange(held_back_, {});
}

bool EchoScan::has_value(ByteView bytes) const {
  return std::any_of(values_.begin(), values_.end(), [&](const SecretValue& value) {
    // memmem() takes no null pointer, which empty bytes may have.
    return bytes.size() >= value->size() &&
           ::memmem(bytes.data(), bytes.size(), value->view().data(), value->size()) != nullptr;
  });
}

}  // namespace theater
