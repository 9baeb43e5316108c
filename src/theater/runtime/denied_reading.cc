#include "theater/runtime/denied_reading.h"

#include <fmt/format.h>

namespace theater {

std::string denied_reading_hint(std::string_view grant, std::string_view handler,
                                const LackingParties& lacking) {
  std::string clauses = lacking ? lacking(grant) : std::string();
  if (!clauses.empty()) return fmt::format("of the actor that spawns: {}", clauses);
  return fmt::format("the actor that spawns needs this grant, and its manifest the handler {}",
                     handler);
}

}  // namespace theater
