// The plan of a `theater run`: every name, file and placeholder of its command line, resolved.
//
// Planning starts nothing. It gives actors their ids before any of them exists, so that the initial
// state of one can name another. A manifest with the name and the text of an actor that the home
// has refers to that actor, which resumes.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/id.h"
#include "theater/base/random.h"
#include "theater/cli/commands/run.h"
#include "theater/cli/terminal/output.h"
#include "theater/manifest/manifest.h"
#include "theater/runtime/recovery.h"
#include "theater/runtime/references.h"

#include <tl/expected.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace theater::cli {

struct PlannedActor {
  ActorId id;
  std::shared_ptr<const Manifest> manifest;  // Under the name that the actor has in this run.
  std::optional<Bytes> state;                // Its initial state.
  bool resumes = false;                      // Whether the home has it already.
  bool is_named = false;                     // Whether the command line gave it its name.
};

struct PlannedMessage {
  MessageKind kind;
  size_t actor;  // Position in RunPlan::actors.
  Bytes payload;
};

struct RunPlan {
  std::vector<PlannedActor> actors;  // Those of the command line, then all others that resume.
  std::vector<PlannedMessage> messages;
};

// Reason why there is no plan, and the exit status that it calls for.
struct PlanFailure {
  Exit exit;
  Error error;
};

// An actor without a parent, in the home.
struct KnownActor {
  ActorId id;
  std::string name;
  std::optional<Hash> manifest;  // Its digest.
  // Null if the actor cannot resume. Then the run starts no other in its place.
  std::shared_ptr<const ActorTemplate> common;
};

// Reads manifests and states by `reader`, and files that options name. Fails as those reads do, and
// with wrong use for options that contradict each other or the manifests. `known` has the actors of
// the home; while it is null, a name that no manifest has may be one of theirs.
tl::expected<RunPlan, PlanFailure> plan_run(const RunOptions& options,
                                            const ReferenceReader& reader, Random& random,
                                            const std::vector<KnownActor>* known = nullptr);

}  // namespace theater::cli
