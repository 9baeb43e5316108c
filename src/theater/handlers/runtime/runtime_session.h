// One actor's part of the runtime interface: the logic of its functions.
#pragma once

#include "theater/actor/host_function.h"
#include "theater/actor/session.h"
#include "theater/handlers/runtime/host_facts.h"

#include <boost/describe.hpp>
#include <tl/expected.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

// `event`, `meta-event` and `chain` of the interface theater:simple/types.
struct ShortEvent {
  std::string event_type;
  std::optional<uint64_t> parent;
  Bytes data;
};
BOOST_DESCRIBE_STRUCT(ShortEvent, (), (event_type, parent, data))

struct ShortMetaEvent {
  uint64_t hash = 0;
  ShortEvent event;
};
BOOST_DESCRIBE_STRUCT(ShortMetaEvent, (), (hash, event))

struct ShortChain {
  std::vector<ShortMetaEvent> events;
};
BOOST_DESCRIBE_STRUCT(ShortChain, (), (events))

// Used by one actor's turn only. `Said` is what a function with `result<_, string>` answers.
class RuntimeSession final : public Session {
 public:
  using Said = tl::expected<void, std::string>;

  // What get-chain and get-state answer with at most: they are made on the guest's stack and time.
  static constexpr size_t kViewBytesMax = size_t{256} << 10;
  // Of metric names and event types.
  static constexpr size_t kNameBytesMax = 256;

  RuntimeSession(const SessionContext& context, const HostFacts& facts);

  void log(std::string_view message) const;
  Said log_at(std::string_view level, std::string_view message) const;

  // The newest events that fit.
  ShortChain chain() const;
  // The data of the last event; empty if there is none, or if it does not fit.
  Bytes last_event_data() const;

  Said shutdown(std::optional<Bytes> data);

  std::string actor_id() const;
  std::string actor_name() const;
  uint64_t now_ms() const;

  Refusal refuses_variable(std::string_view name) const;
  std::optional<std::string> variable(std::string_view name) const;

  Said record_metric(std::string_view name, double value) const;
  Said record_event(std::string_view type) const;

  Refusal refuses_system_info() const;
  SystemInfo system_info() const;

 private:
  ActorPort& actor_;
  const Permissions& permissions_;
  const Clock& clock_;
  const HostFacts& facts_;
  size_t view_bytes_max_;
};

}  // namespace theater
