// The streams that an actor has open, as its record has them.
//
// A stream is open from the result of `open` until the guest is told of its end or cancels it. The
// connection does not outlive the instance, so all that is held is the debt: each of these streams
// owes its guest a `failed`.
#pragma once

#include "theater/actor/handler/holdings.h"

#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

namespace theater {

// The type `streams` of wit/log/log.wit, interface `held`: ids in rising order. Fails with
// kInvalidArgument.
Result<std::vector<uint64_t>> read_held_streams(ByteView held);

class StreamHoldings final : public Holdings {
 public:
  Result<void> begin(ByteView held) override;
  void take(std::string_view function, ByteView arguments, ByteView result) override;
  void take_callback(std::string_view function, ByteView params) override;
  std::optional<Bytes> held() const override;

 private:
  std::set<uint64_t> open_;
};

}  // namespace theater
