// Store ids, labels and references from guests and manifests.
//
// Nothing may crash whatever the text is. What is read is written as it was, keeps to the bounds,
// and would be harmless even as a path; what is refused says so in few words.

#include "theater/base/check.h"
#include "theater/base/utf8.h"
#include "theater/store/store_names.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace {

using namespace theater;  // The subject of this file.

constexpr size_t kMessageMax = 1'000;

template <class T>
bool is_refused(const Result<T>& read) {
  if (read) return false;
  THEATER_CHECK(read.error().code() == ErrorCode::kInvalidArgument);
  THEATER_CHECK(read.error().message().size() < kMessageMax);
  return true;
}

void check_id(const StoreId& id) {
  THEATER_CHECK(!id.text().empty() && id.text().size() <= StoreId::kNameSizeMax);
  THEATER_CHECK(id.text().find('/') == std::string::npos && id.text().front() != '.');
}

void check_label(const Label& label) {
  const std::string& text = label.text();
  THEATER_CHECK(!text.empty() && text.size() <= Label::kSizeMax && is_utf8(text));
  std::string framed = "/" + text + "/";
  for (std::string_view bad : {"//", "/./", "/../"})
    THEATER_CHECK(framed.find(bad) == std::string::npos);
  THEATER_CHECK(text.find('\0') == std::string::npos && !text.starts_with("hash/"));
}

void check_reference(std::string_view text) {
  Result<StoreReference> reference = StoreReference::parse(text);
  if (is_refused(reference)) return;
  check_id(reference->store);
  if (const Label* label = std::get_if<Label>(&reference->content)) {
    check_label(*label);
    THEATER_CHECK(reference->to_string() == text);
  }
  THEATER_CHECK(StoreReference::parse(reference->to_string()).value() == *reference);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  Result<StoreId> id = StoreId::parse(text);
  if (!is_refused(id)) {
    check_id(*id);
    THEATER_CHECK(id->text() == text);
  }
  Result<Label> label = Label::parse(text);
  if (!is_refused(label)) {
    check_label(*label);
    THEATER_CHECK(label->text() == text);
  }
  check_reference(text);
  return 0;
}
