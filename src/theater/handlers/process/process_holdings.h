// The processes of an actor as its record has them.
//
// A process is the actor's from the result of `os-spawn` until the guest is called for its end: it
// owes its guest a `handle-exit`. The type is `processes` of wit/log/log.wit, interface `held`.
#pragma once

#include "theater/actor/handler/holdings.h"
#include "theater/handlers/held_ids.h"

#include <optional>
#include <string_view>

namespace theater {

class ProcessHoldings final : public Holdings {
 public:
  Result<void> begin(ByteView held) override { return running_.begin(held); }
  void take(std::string_view function, ByteView arguments, ByteView result) override;
  void take_callback(std::string_view function, ByteView params) override;
  std::optional<Bytes> held() const override { return running_.held(); }

 private:
  HeldIds running_;
};

}  // namespace theater
