// The streams that an actor has open, as its record has them.
//
// A stream is open from the result of `open` until the guest is told of its end or cancels it: it
// owes its guest a `failed`. The type is `streams` of wit/log/log.wit, interface `held`.
#pragma once

#include "theater/actor/handler/holdings.h"
#include "theater/handlers/held_ids.h"

#include <optional>
#include <string_view>

namespace theater {

class StreamHoldings final : public Holdings {
 public:
  Result<void> begin(ByteView held) override { return open_.begin(held); }
  void take(std::string_view function, ByteView arguments, ByteView result) override;
  void take_callback(std::string_view function, ByteView params) override;
  std::optional<Bytes> held() const override { return open_.held(); }

 private:
  HeldIds open_;
};

}  // namespace theater
