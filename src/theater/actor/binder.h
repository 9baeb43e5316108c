// The wall between a guest and the host: every call of a host function goes through here.
//
// The binder of an instance finds the host function behind an import, asks whether the actor may
// call it, records what its effect class wants recorded, calls it, and hands back the result.
// Nothing else calls host functions, so nothing crosses the wall unrecorded.
//
// A call that waits leaves a Pending behind. When its answer comes, the worker that has the actor
// gives it to `complete`, which records it first and then lets the guest go on.
#pragma once

#include "theater/actor/binding.h"
#include "theater/actor/mailbox.h"
#include "theater/actor/open_requests.h"
#include "theater/actor/recorder.h"
#include "theater/actor/world.h"
#include "theater/engine/guest.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

// Not thread-safe: only the worker that runs the actor's turn.
class Binder final : public engine::HostCalls {
 public:
  struct Parts {
    World& world;
    Recorder& recorder;
    OpenRequests& open_requests;
    ActorCell& cell;  // The actor that it belongs to, which owns it.
    const Binding& binding;
    log::Durability durability;
    uint64_t payload_bytes_max;
    uint64_t& next_call;  // Numbers waiting calls, over all instances of the actor.
  };

  // `sessions` has one for each handler of the binding, in its order.
  Binder(Parts parts, std::vector<std::unique_ptr<Session>> sessions);
  ~Binder() override;

  engine::HostAnswer call(uint32_t function, ByteView args, Bytes& result) override;
  engine::HostAnswer call_waiting(uint32_t function, ByteView args, Bytes& result,
                                  engine::Completion& completion) override;

  // Takes an answer. If it is the one that is waited for, records it, answers the waiting call and
  // returns true; else it came too late, and nothing happens.
  bool complete(Completed& completed);

  bool waiting() const { return pending_.has_value(); }

  // The guest is lost: records what the waiting call leaves open, if there is one. Whoever calls
  // this destroys the guest, and then the binder.
  void abandon();

 private:
  struct Pending {
    enum class Kind : uint8_t { kHost, kEffect, kRequest };
    Kind kind = Kind::kHost;
    uint64_t call = 0;  // The number that its answer carries.
    const BoundImport* import = nullptr;
    uint64_t seq = 0;  // Of the `intent` or `sent`.
    Bytes args;        // Of a kHost, which is recorded when it is answered.
    engine::Completion completion;
  };

  engine::HostAnswer dispatch(uint32_t function, ByteView args, Bytes& result,
                              engine::Completion* completion);
  engine::HostAnswer run(const BoundImport& import, const HostFunction::Immediate& body,
                         ByteView args, Bytes& result);
  engine::HostAnswer run(const BoundImport& import, const HostFunction::Waiting& body,
                         ByteView args, engine::Completion& completion);
  engine::HostAnswer run(const BoundImport& import, const HostFunction::Send& body, ByteView args,
                         Bytes& result);
  engine::HostAnswer run(const BoundImport& import, const HostFunction::Request& body,
                         ByteView args, Bytes& result, engine::Completion& completion);
  engine::HostAnswer run(const BoundImport& import, const HostFunction::Answer& body, ByteView args,
                         Bytes& result);
  engine::HostAnswer run(const BoundImport& import, const HostFunction::Cancel& body, ByteView args,
                         Bytes& result);
  engine::HostAnswer answer_request(const BoundImport& import, ByteView args, log::SentKind kind,
                                    std::string_view request_id, RequestAnswer answer,
                                    Bytes& result);

  void record_note(const BoundImport& import, ByteView args, ByteView result);
  engine::HostAnswer refuse(const BoundImport& import, ByteView args, log::Refusal why,
                            std::string_view text, Bytes& result);
  // Records a `sent` that failed, and gives the guest the reason.
  engine::HostAnswer sent_failed(const BoundImport& import, ByteView args, log::SentKind kind,
                                 log::Destination to, std::string_view why, Bytes& result);
  bool too_large(ByteView result) const { return result.size() > payload_bytes_max_; }

  void complete_call(CallAnswer& answer);
  void complete_request(RequestAnswer& answer);

  Session& session(const BoundImport& import) { return *sessions_[import.handler]; }

  World& world_;
  RouteCache routes_;
  Recorder& recorder_;
  OpenRequests& open_requests_;
  ActorCell& cell_;
  const Binding& binding_;
  log::Durability durability_;
  uint64_t payload_bytes_max_;
  std::vector<std::unique_ptr<Session>> sessions_;
  std::optional<Pending> pending_;
  uint64_t& next_call_;
};

}  // namespace theater
