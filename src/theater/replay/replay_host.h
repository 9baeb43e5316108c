// Answers the host calls of a guest in a replay from the record.
//
// No handler runs. Each call must be the next event of the record, which holds its answer. Any
// other call is a difference, and traps the guest.
#pragma once

#include "theater/engine/guest.h"
#include "theater/replay/import_map.h"
#include "theater/replay/replay_chain.h"

#include <cstdint>
#include <optional>

namespace theater::replay {

// Serves one guest, on the thread of the replay, and runs on the guest's small stack.
class ReplayHost final : public engine::HostCalls {
 public:
  // Both outlive the host. `payload_bytes_max` is the limit that the instance was recorded with.
  ReplayHost(ReplayChain& chain, const ImportMap& imports, uint64_t payload_bytes_max)
      : chain_(chain), imports_(imports), payload_bytes_max_(payload_bytes_max) {}

  engine::HostAnswer call(uint32_t function, ByteView args, Bytes& result) override;
  engine::HostAnswer call_waiting(uint32_t function, ByteView args, Bytes& result,
                                  engine::Completion&) override {
    return call(function, args, result);
  }

  // If one of these says so, the owner must destroy the guest, however its invocation ended.
  //
  // Whether the record has nothing for the guest after its last call.
  bool released() const { return released_; }
  // The reason why the replay cannot continue; none if it can.
  const std::optional<Error>& failure() const { return failure_; }

 private:
  using Answer = engine::HostAnswer;

  // One call, checked against the next event.
  struct Made {
    const RecordedEvent& event;
    const FittedImport& import;
    ByteView args;
    Bytes& result;
  };

  Result<Answer> answer(const FittedImport& import, ByteView args, Bytes& result);
  Result<Answer> answer_as(const Made& made, const log::Host& body);
  Result<Answer> answer_as(const Made& made, const log::Note& body);
  Result<Answer> answer_as(const Made& made, const log::Refused& body);
  Result<Answer> answer_as(const Made& made, const log::Intent& body);
  Result<Answer> answer_as(const Made& made, const log::Sent& body);
  template <class Body>
  Result<Answer> answer_as(const Made& made, const Body& body);

  Result<Answer> answer_outcome(uint64_t intent, Bytes& result);
  Result<Answer> answer_answered(uint64_t sent, Bytes& result);

  // Compares function and arguments with the event, and returns the arguments as the replay records
  // them.
  Result<log::Payload> check_call(const Made& made, uint32_t function,
                                  const log::Payload& arguments);

  // Answers with a recorded payload of `event`, which is appended as `body`.
  Result<Answer> answer_with(const RecordedEvent& event, const log::Payload& value,
                             const log::Body& body, Bytes& result);

  // Whether the guest continues after the next event.
  Result<bool> continues();
  // Releases the guest: the record has no further part for it.
  Answer release(Bytes& result);

  Act act_of_call(const Made& made) const;

  ReplayChain& chain_;
  const ImportMap& imports_;
  uint64_t payload_bytes_max_;
  bool released_ = false;
  std::optional<Error> failure_;
};

}  // namespace theater::replay
