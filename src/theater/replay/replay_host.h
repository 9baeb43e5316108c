// What a guest calls in a replay: every call is looked up in the record, and answered from it.
//
// There is nothing else behind it. A call that is not the next event of the record is a difference,
// and the guest gets no answer but a trap.
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

  // After either of these the guest is to be destroyed, however its activation ended.
  //
  // The record has no part for the guest after the call that it made last.
  bool released() const { return released_; }
  // Why the replay cannot go on.
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

  // The arguments as the replay records them, once function and arguments are known to agree.
  Result<log::Payload> check_call(const Made& made, uint32_t function,
                                  const log::Payload& arguments);

  // Answers with a recorded payload of `event`, which is appended as `body`.
  Result<Answer> answer_with(const RecordedEvent& event, const log::Payload& value,
                             const log::Body& body, Bytes& result);

  // Whether the guest goes on after the next event.
  Result<bool> goes_on();
  // Lets the guest go: it has no further part.
  Answer release(Bytes& result);

  Act act_of_call(const Made& made) const;

  ReplayChain& chain_;
  const ImportMap& imports_;
  uint64_t payload_bytes_max_;
  bool released_ = false;
  std::optional<Error> failure_;
};

}  // namespace theater::replay
