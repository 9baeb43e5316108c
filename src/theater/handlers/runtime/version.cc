#include "theater/handlers/runtime/version.h"

namespace theater {

std::string_view theater_version() {
  return THEATER_VERSION;
}

}  // namespace theater
