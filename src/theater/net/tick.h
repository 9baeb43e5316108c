// How often a loop asks its connections whether their time is over.
#pragma once

#include <algorithm>
#include <chrono>

namespace theater {

// A quarter of the shortest of their times, from 5 to 250 ms.
inline std::chrono::milliseconds tick_for(std::chrono::milliseconds shortest) {
  return std::clamp(shortest / 4, std::chrono::milliseconds(5), std::chrono::milliseconds(250));
}

}  // namespace theater
