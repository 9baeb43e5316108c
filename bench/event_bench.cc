// event.append: `note` events with 200 bytes of arguments, about 256 bytes each, appended to a
// chain in memory: encoded, linked and hashed.
#include "theater/base/check.h"
#include "theater/log/chain.h"

#include "measure.h"

int main() {
  using namespace theater;
  using namespace theater::bench;
  log::Chain chain;
  Bytes arguments(210, uint8_t{7});
  uint64_t time = 1'700'000'000'000'000;
  constexpr int kEvents = 1000;
  Figure figure = microseconds_per_unit(kEvents, [&] {
    for (int i = 0; i < kEvents; ++i) {
      chain.append(log::Note{.function = 3, .arguments = log::borrowed_payload(arguments)}, ++time);
    }
  });
  size_t size = chain.event(chain.end_seq() - 1).size();
  print("event.append", figure, "us",
        fmt::format(R"(, "event_bytes": {}, "million_per_second": {:.2f})", size, 1 / figure.best));
}
