// The processes of an actor as its record has them.
//
// A process is the actor's from the result of `os-spawn` until the guest is called for its end. It
// does not outlive the instance, so all that is held is the debt: each of these processes owes its
// guest a `handle-exit`.
#pragma once

#include "theater/actor/handler/holdings.h"

#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

namespace theater {

// The type `processes` of wit/log/log.wit, interface `held`: ids in rising order. Fails with
// kInvalidArgument.
Result<std::vector<uint64_t>> read_held_processes(ByteView held);

class ProcessHoldings final : public Holdings {
 public:
  Result<void> begin(ByteView held) override;
  void take(std::string_view function, ByteView arguments, ByteView result) override;
  void take_callback(std::string_view function, ByteView params) override;
  std::optional<Bytes> held() const override;

 private:
  std::set<uint64_t> running_;
};

}  // namespace theater
