// The framers of a process's output: whatever comes in whatever parts, no piece is empty or too
// large, nothing but JSON is lost, and the order stays.
#include "theater/handlers/process/output_framer.h"

#include "theater/base/check.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

using namespace theater;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  FramingRules rules;
  rules.mode = static_cast<FramingRules::Mode>(data[0] % 4);
  rules.piece_max = 1 + data[1];
  rules.capacity = rules.piece_max + 1 + data[2];
  size_t part_max = 1 + data[3] % 64;
  ByteView input(data + 4, size - 4);
  OutputFramer framer(rules);
  Bytes whole;
  auto take_all = [&] {
    while (auto piece = framer.next()) {
      THEATER_CHECK(!piece->empty() && piece->size() <= rules.piece_max);
      whole.insert(whole.end(), piece->begin(), piece->end());
      if (rules.mode == FramingRules::Mode::kJson)
        THEATER_CHECK(std::ranges::find(*piece, '\n') == piece->end());
    }
  };
  for (size_t at = 0; at < input.size();) {
    THEATER_CHECK(framer.room() > 0, "a framer that is emptied has room");
    size_t part = std::min({part_max, framer.room(), input.size() - at});
    framer.put(input.subspan(at, part));
    at += part;
    take_all();
  }
  framer.finish();
  take_all();
  THEATER_CHECK(framer.room() == rules.capacity, "nothing is left behind");
  if (rules.mode != FramingRules::Mode::kJson)
    THEATER_CHECK(std::ranges::equal(whole, input), "the pieces are the output");
  return 0;
}
