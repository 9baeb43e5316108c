// The walk along a record: instance by instance, call by call.
#pragma once

#include "theater/replay/divergence.h"
#include "theater/replay/findings.h"
#include "theater/replay/import_map.h"
#include "theater/replay/record.h"
#include "theater/replay/replay.h"
#include "theater/replay/replay_chain.h"
#include "theater/replay/replay_host.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace theater::replay {

// For one replay, on one thread.
class Replayer {
 public:
  // All outlive it.
  Replayer(log::ChainSource& source, Components& components, const Options& options);

  Result<Report> run();

 private:
  // An instance that the record has, and what runs in its place.
  struct Running {
    Components::Loaded component;
    log::Limits limits;
    ImportMap imports;
    std::unique_ptr<ReplayHost> host;
    std::unique_ptr<engine::Guest> guest;  // Destroyed before what it calls.
    bool instantiated = false;
  };
  // How an activation ended.
  enum class End : uint8_t { kDone, kTrapped, kReleased };

  Result<void> walk();
  Result<void> step(const RecordedEvent& event, const log::Genesis& body);
  Result<void> step(const RecordedEvent& event, const log::Instance& body);
  Result<void> step(const RecordedEvent& event, const log::Call& body);
  Result<void> step(const RecordedEvent& event, const log::Snapshot& body);
  Result<void> step(const RecordedEvent& event, const log::Failed& body);
  Result<void> step(const RecordedEvent& event, const log::Terminated& body);
  // What may stand anywhere is copied; what a guest makes cannot come where none runs.
  template <class Body>
  Result<void> step(const RecordedEvent& event, const Body& body);

  // The parts of an instance (replayer_instance.cc).
  static uint64_t replayed_ticks(const log::Limits& recorded);
  Result<Components::Loaded> load(const RecordedEvent& event, const log::Instance& body);
  Result<void> take_state(const RecordedEvent& event, const log::StateRef& recorded);
  Result<void> compare_functions(const RecordedEvent& event, const log::Instance& body,
                                 const ImportMap& imports);
  Result<void> make_guest();
  Result<void> instantiate();

  // The parts of a call.
  Result<ImportMap::Export> find_export(const RecordedEvent& event, uint32_t function);
  Result<End> resume();
  Result<void> finish_call();
  Result<void> compare_return(const RecordedEvent& event, const log::Returned& recorded,
                              ByteView returned);
  Result<void> finish_trapped();
  Act act_of_trap(const engine::Trap& trap) const;
  void drop_guest();

  const log::FunctionTable& functions() const;

  // The end (replayer_report.cc).
  Report report();
  void note_where_it_stands();
  std::optional<Divergence> divergence() const;

  Components& components_;
  const Options& options_;
  Record record_;
  Findings findings_;
  ReplayChain chain_;

  std::unique_ptr<Running> running_;  // Of the last instance; without a guest once it is lost.
  std::optional<Bytes> state_;
  Bytes args_;
  // The call that the walk is in, or was in last.
  uint64_t call_seq_ = 0;
  std::string call_;
  bool in_call_ = false;

  Report report_;
  std::string engine_noted_;             // The recorded identity that was noted last.
  std::optional<Hash> component_noted_;  // The same of the component.
  uint64_t progress_ = 0;
};

}  // namespace theater::replay
