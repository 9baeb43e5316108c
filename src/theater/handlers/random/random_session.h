// One actor's part of random: its generator, and the logic of its functions.
#pragma once

#include "theater/actor/handler/host_function.h"
#include "theater/actor/handler/session.h"
#include "theater/base/random.h"

#include <tl/expected.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace theater {

// Used by one actor's turn only.
class RandomSession final : public Session {
 public:
  template <class T>
  using Drawn = tl::expected<T, std::string>;

  RandomSession(const SessionContext& context, std::unique_ptr<Random> random);

  Refusal refusal() const;
  Refusal refuses_bytes(uint32_t length) const;

  Drawn<Bytes> bytes(uint32_t length);
  // In [min, max).
  Drawn<uint64_t> range(uint64_t min, uint64_t max);
  Drawn<double> number();
  Drawn<std::string> uuid();

 private:
  const Permissions& permissions_;
  uint64_t payload_bytes_max_;
  std::unique_ptr<Random> random_;
};

}  // namespace theater
