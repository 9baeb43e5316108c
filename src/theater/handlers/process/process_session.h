// One actor's processes.
#pragma once

#include "theater/actor/handler/host_function.h"
#include "theater/actor/handler/session.h"
#include "theater/handlers/process/guest_process.h"
#include "theater/handlers/process/process_plan.h"
#include "theater/handlers/process/process_rules.h"
#include "theater/handlers/process/process_values.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

namespace theater {

// What all sessions of a node share.
struct ProcessParts {
  std::shared_ptr<ProcessKeeper> keeper;
  std::shared_ptr<ProcessUsers> users;
  std::filesystem::path home;                    // Of the node; empty if there is none.
  std::optional<SandboxFeatures> features = {};  // None: those of the machine.
  std::shared_ptr<ForwardProxies> proxies = {};  // Null: the node has no network.
};

// Used by one actor's turn only. With the session its processes end.
class ProcessSession final : public Session {
 public:
  template <class T>
  using Said = tl::expected<T, std::string>;

  // Ends that stay known for `os-status`; older ones are forgotten.
  static constexpr size_t kEndedMax = 1024;

  ProcessSession(const SessionContext& context, const ProcessParts& parts);
  ~ProcessSession() override;

  // Tells the guest that the processes of the instance before have ended.
  void restore(ByteView held) override;

  Refusal refuses() const { return rules_.refuses(); }
  Refusal refuses_spawn(const ProcessConfig& config) const;

  // The id is the position of the call's `intent`, so no two processes of an actor share one.
  void spawn(Responder<SpawnedProcess> reply, const ProcessConfig& config);
  // No bytes end the input. They leave when the outside may act on the call.
  Said<uint32_t> write_stdin(uint64_t id, ByteView bytes);
  Said<ProcessStatus> status(uint64_t id) const;
  Said<void> signal(uint64_t id, uint32_t number) const;
  Said<void> kill(uint64_t id) const;

 private:
  struct Ended {
    int32_t exit_code = 0;
    uint64_t start_time = 0;
  };

  std::shared_ptr<GuestProcess> make_process(uint64_t id, const ProcessConfig& config);
  BeginNetwork network_of(uint64_t id) const;
  std::shared_ptr<GuestProcess> find(uint64_t id) const;
  void forget_told();
  size_t running() const;

  ActorContext& actor_;
  Timers& timers_;
  JobRunner& jobs_;
  const Clock& clock_;
  const HostList private_hosts_;
  const std::shared_ptr<ForwardProxies> proxies_;  // Shared with all sessions and their processes.
  ProcessRules rules_;
  ProcessPowers powers_;
  std::shared_ptr<ActorNotes> notes_;
  std::map<uint64_t, std::shared_ptr<GuestProcess>> processes_;
  std::map<uint64_t, Ended> ended_;
};

}  // namespace theater
