#include "theater/base/guarded.h"
#include "theater/base/log.h"
#include "theater/cli/commands.h"
#include "theater/cli/operator_reader.h"
#include "theater/cli/progress.h"
#include "theater/cli/run_plan.h"
#include "theater/cli/run_session.h"
#include "theater/cli/signals.h"
#include "theater/cli/target.h"
#include "theater/runtime/node.h"
#include "theater/store/home.h"
#include "theater/views/text.h"

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace theater::cli {

namespace {

// What signals act on. One that comes before the session is there takes effect when it is.
struct Interruptible {
  RunSession* session = nullptr;
  int signals = 0;
};

void interrupt(Guarded<Interruptible>& target, int count) {
  // The third time nobody believes in an orderly end any more.
  if (count > 2) ::_exit(130);
  RunSession* session = target.with([&](Interruptible& known) {
    known.signals = count;
    return known.session;
  });
  if (session != nullptr) session->interrupt(count);
}

Error nothing_to_run(const std::filesystem::path& home) {
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("which manifest? No actor in the home {} is to go on", home.string()))
      .with_hint("theater run MANIFEST; `theater help run` says more");
}

// Actors without a parent that the home has from earlier runs.
std::vector<KnownActor> known_actors(const Recovery& recovery) {
  std::vector<KnownActor> known;
  for (const RecoveredRoot& root : recovery.roots()) {
    const Manifest& manifest = root.common->manifest;
    known.push_back({root.id, manifest.name, manifest.digest, root.common});
  }
  for (const UnrecoverableTree& lost : recovery.lost())
    known.push_back({lost.root, lost.name, lost.manifest, nullptr});
  return known;
}

void print_damage(const std::optional<AcceptedDamage>& accepted,
                  const std::filesystem::path& home) {
  if (!accepted) {
    print_warning(
        fmt::format("--accept-damage: a node can continue the log in {}, which stays as "
                    "it is",
                    HomeLayout{home}.log().string()));
    return;
  }
  const log::DamageAccepted& old = accepted->log.log;
  print_warning(
      fmt::format("{}; {} keeps the damaged log, and none of its actors resumes. The new log names "
                  "the old one: "
                  "{}, with {} and the root {}",
                  accepted->damage.to_string(), accepted->log.place.string(), old.origin,
                  views::counted(old.size, "event"), old.root.to_string()));
}

// How others are told who holds the home.
std::string command_text(const RunCommand& command) {
  std::string text = "theater run";
  for (const ManifestArgument& manifest : command.manifests)
    text += " " + manifest.path.string();
  return text;
}

NodeOptions node_options(const RunCommand& command, const std::filesystem::path& home) {
  NodeOptions options{.home = home, .holder = command_text(command), .fetch = telling_fetch()};
  if (command.manifests.empty()) options.no_log = NodeOptions::NoLog::kRefuse;
  if (command.accepts_damage) {
    options.accept_damage = [home](const auto& accepted) { print_damage(accepted, home); };
  }
  return options;
}

Result<void> prepare_recovery(Node& node, const Policy& policy) {
  Progress progress("replaying", ProgressLine::Unit::kEvents);
  return node.prepare_recovery(policy,
                               [&](uint64_t done, uint64_t of) { progress.show(done, of); });
}

}  // namespace

Exit run(const RunCommand& command, Output& output) {
  configure_log(command.log_level, LogFormat::kHuman);
  auto policy = operator_policy(command.policy);
  if (!policy) {
    Exit exit = is_wrong_use(policy.error()) ? Exit::kWrongUse : Exit::kFailed;
    return report_failure(policy.error(), exit, command.json, output);
  }
  OsRandom random;
  std::filesystem::path home = home_folder(command.home);
  auto reading = OperatorReader::create(home, *policy);
  if (!reading) return report_failure(reading.error(), Exit::kFailed, command.json, output);
  const ReferenceReader& reader = reading->reader();
  if (!command.manifests.empty()) {
    // A wrong command line is reported before anything starts.
    auto plan = plan_run(command, reader, random);
    if (!plan) return report_failure(plan.error().error, plan.error().exit, command.json, output);
  }

  // Before the node starts its threads, which inherit the blocking of the signals.
  Guarded<Interruptible> target;
  std::optional<StopSignals> signals(std::in_place, [&](int count) { interrupt(target, count); });
  auto node = Node::open(node_options(command, home));
  if (!node) {
    bool no_log = command.manifests.empty() && node.error().code() == ErrorCode::kNotFound;
    return no_log ? report_failure(nothing_to_run(home), Exit::kWrongUse, command.json, output)
                  : report_failure(node.error(), Exit::kFailed, command.json, output);
  }
  if (auto prepared = prepare_recovery(**node, *policy); !prepared)
    return report_failure(prepared.error(), Exit::kFailed, command.json, output);
  const Recovery& recovery = (*node)->recovery();
  if (command.manifests.empty() && !recovery.anything()) {
    return report_failure(nothing_to_run(home), Exit::kWrongUse, command.json, output);
  }
  auto plan = plan_run(command, reader, random, known_actors(recovery));
  if (!plan) return report_failure(plan.error().error, plan.error().exit, command.json, output);
  RunSession session(**node, *std::move(plan), *std::move(policy), command, output);
  int early = target.with([&](Interruptible& known) {
    known.session = &session;
    return known.signals;
  });
  if (early > 0) session.interrupt(early);
  session.start_actors();
  session.converse();
  session.finish();
  // No signal reaches the session from here on; one more ends the process where it is.
  signals.reset();
  if (auto closed = (*node)->close(); !closed && !session.failed()) {
    return report_failure(closed.error(), Exit::kFailed, command.json, output);
  }
  return session.failed() ? Exit::kFailed : Exit::kDone;
}

}  // namespace theater::cli
