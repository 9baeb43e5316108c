// The note behind the intent of an effect that starts a program: what keeps the program in.
#pragma once

#include "theater/log/event/payload.h"
#include "theater/log/event/process_note.h"
#include "theater/sandbox/sandbox_features.h"
#include "theater/wit/codec.h"

#include <optional>
#include <string>

namespace theater {

inline std::optional<log::Noted> sandbox_note() {
  static const Bytes level = wit::encode(level_text(SandboxFeatures::of_machine()));
  return log::Noted{std::string(log::kSandbox), std::nullopt, log::inline_payload(level)};
}

}  // namespace theater
