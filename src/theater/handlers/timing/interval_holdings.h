// The intervals that an actor has started and not stopped, as its record has them.
#pragma once

#include "theater/actor/handler/holdings.h"
#include "theater/wit/traits.h"

#include <boost/describe.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

// The record `interval` of wit/log/log.wit, interface `held`.
struct HeldInterval {
  std::string name;
  uint64_t period_ms = 0;

  bool operator==(const HeldInterval&) const = default;
};
BOOST_DESCRIBE_STRUCT(HeldInterval, (), (name, period_ms))

// The type `intervals` there: in the order of their names, each once. Fails with kInvalidArgument.
Result<std::vector<HeldInterval>> read_held_intervals(ByteView held);

class IntervalHoldings final : public Holdings {
 public:
  Result<void> begin(ByteView held) override;
  void take(std::string_view function, ByteView arguments, ByteView result) override;
  std::optional<Bytes> held() const override;

 private:
  std::map<std::string, uint64_t, std::less<>> periods_ms_;
};

}  // namespace theater
