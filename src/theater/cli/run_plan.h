// What `theater run` is to do, with every name, file and placeholder of its command line resolved.
//
// Actors get their ids here, before any of them exists, so that the initial state of one can name
// another. One that the home already has, and that is asked for again, by the same name and the
// same manifest, goes on instead. Nothing is started.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/id.h"
#include "theater/base/random.h"
#include "theater/cli/arguments.h"
#include "theater/cli/output.h"
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
  bool goes_on = false;                      // It is one that the home already has.
};

struct PlannedMessage {
  MessageKind kind;
  size_t actor;  // Position in RunPlan::actors.
  Bytes payload;
};

struct RunPlan {
  std::vector<PlannedActor> actors;  // As given, and then all others that go on.
  std::vector<PlannedMessage> messages;
};

// Why there is no plan, and whether that is for how the program was called.
struct PlanFailure {
  Exit exit;
  Error error;
};

// An actor without a parent that the home has.
struct KnownActor {
  ActorId id;
  std::string name;
  std::optional<Hash> manifest;  // Its digest.
  // Null if it cannot go on: then no other is begun in its place.
  std::shared_ptr<const ActorTemplate> common;
};

tl::expected<RunPlan, PlanFailure> plan_run(const RunCommand& command,
                                            const ReferenceReader& reader, Random& random,
                                            const std::vector<KnownActor>& known = {});

}  // namespace theater::cli
