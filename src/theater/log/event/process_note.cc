#include "theater/log/event/process_note.h"

#include "theater/wit/codec.h"

#include <fmt/format.h>

namespace theater::log {

std::optional<wit::Type> process_note_type(std::string_view what) {
  if (what == kSandbox || what == kNotJson) return wit::Type::string();
  return std::nullopt;
}

std::optional<std::string> process_note_text(const Noted& noted) {
  if (!process_note_type(noted.what)) return std::nullopt;
  const Blob* bytes = inline_bytes(noted.data);
  if (bytes == nullptr) return std::nullopt;
  Result<std::string> text = wit::decode<std::string>(bytes->view());
  if (!text) return std::nullopt;
  if (noted.what == kSandbox) return fmt::format("The program runs behind {}.", *text);
  return fmt::format("Output that is no JSON was dropped, first of all {}.", *text);
}

}  // namespace theater::log
