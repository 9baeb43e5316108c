// A recorded actor run again, without the world: does the component do the same?
//
// The component is instantiated with the recorded limits and state; each call that was recorded is
// made with the recorded arguments. When the guest calls the host, nothing is asked but the record:
// the next event must be of the same function with the same arguments, and its recorded result is
// the answer. What a replay computes (outputs, see docs/formats/event.md) goes into events of its
// own, whose bytes must be those of the record; so the hashes, and the head, are the same or there
// is a first event where they part.
//
// No handler is linked in. Nothing that a guest does in a replay can reach anything.
#pragma once

#include "theater/actor/handler/binding.h"
#include "theater/base/bytes.h"
#include "theater/base/hash.h"
#include "theater/base/result.h"
#include "theater/engine/guest.h"
#include "theater/log/event/chain.h"
#include "theater/log/event/grammar.h"
#include "theater/log/reader/chain_source.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace theater::replay {

// Where component code comes from: the replay's only road out.
class Components {
 public:
  virtual ~Components() = default;

  // A component that is ready to run, all of whose imports are answered by HostCalls numbered as
  // the component's imports are (all of HostMode::kImmediate).
  struct Loaded {
    Hash digest;
    std::vector<engine::FunctionDecl> imports;
    std::shared_ptr<const engine::Program> program;
  };
  // Fails with kNotFound if it is not there, and as compiling does.
  virtual Result<Loaded> load(const Hash& digest) = 0;

  // The bytes of a state that `instance` or `snapshot` names. Fails with kNotFound or kCorrupt.
  virtual Result<Bytes> state(const Hash& digest) = 0;

  // Identity of the engine that computes.
  virtual const std::string& engine() const = 0;
};

enum class Outcome : uint8_t { kIdentical, kDiverged, kUnverifiable };

// One side of a divergence, for people: what was done.
struct Side {
  std::string what;      // "called theater:simple/runtime/log", "returned", "trapped: unreachable"…
  std::string function;  // Empty if it is about none.
  std::string arguments;  // JSON by the function's type; empty if there are none.
  std::string result;     // The same.
};

struct Divergence {
  uint64_t seq = 0;       // Of the recorded event.
  std::string event;      // Its kind; empty if the record has ended.
  Hash hash;              // Recorded.
  uint64_t call_seq = 0;  // Of the `call` that it happened in; 0 if none.
  std::string call;       // The function that was called.
  std::string field;      // What differs: "function", "arguments", "result", "state", "trap"…
  Side recorded;
  Side replayed;
};

struct Report {
  Outcome outcome = Outcome::kUnverifiable;
  ActorId actor;
  std::string name;
  uint64_t events = 0;  // The replayed ones.
  uint64_t calls = 0;
  Hash head;                   // Of the replayed chain.
  bool complete = false;       // The record was read to its end.
  bool ended = false;          // It ends with `terminated`.
  std::optional<Bytes> state;  // After the last event that was replayed.
  log::Chain chain;            // What was replayed; its newest events.
  std::optional<Divergence> divergence;
  std::vector<std::string> missing;  // Why it is unverifiable, a sentence each.
  std::vector<std::string> notes;    // Another engine, another component, bodies that were copied.
};

// A snapshot that a replay begins at, in place of the beginning of the chain: what is true just
// before it.
struct Beginning {
  ActorId actor;
  std::string name;
  log::ChainGrammar life;
  log::Chain chain;            // What came before; its newest events, as of the whole chain.
  std::optional<Bytes> state;  // The one that the snapshot names.
};

struct RecordedEvent;

// Follows a replay, for a caller that computes more from the record than the replay does.
class Listener {
 public:
  virtual ~Listener() = default;
  // Called once for each event when it is replayed, in order. A failure is that of the replay.
  virtual Result<void> replayed(const RecordedEvent& event) = 0;
  // Called before that for each payload of the event that the component made now, which is the
  // recorded one, also where the record does not have its bytes.
  virtual Result<void> computed(const RecordedEvent& event, const log::Payload& payload,
                                ByteView bytes) = 0;
};

struct Options {
  // The source's first event is the `snapshot`.
  std::optional<Beginning> beginning;
  // Stop after this event.
  std::optional<uint64_t> until;
  // In place of the recorded component: another build of the actor.
  std::optional<Hash> component;
  // Called now and then with the number of events replayed.
  std::function<void(uint64_t events)> progress;
  Listener* listener = nullptr;  // None if it is null.
};

// Runs on the calling thread. Fails with kCorrupt if the record is not a chain, naming the event;
// what the component does differently, or what is missing, is in the report.
Result<Report> replay(log::ChainSource& source, Components& components,
                      const Options& options = {});

}  // namespace theater::replay
