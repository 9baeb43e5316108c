#include "theater/base/guarded.h"
#include "theater/base/log.h"
#include "theater/cli/accept_damage.h"
#include "theater/cli/commands.h"
#include "theater/cli/node.h"
#include "theater/cli/operator_reader.h"
#include "theater/cli/progress.h"
#include "theater/cli/replay_components.h"
#include "theater/cli/run_plan.h"
#include "theater/cli/run_session.h"
#include "theater/cli/signals.h"
#include "theater/cli/target.h"
#include "theater/log/reader/log_reader.h"
#include "theater/log/segment/segment_files.h"
#include "theater/log/writer/log_end.h"
#include "theater/store/home.h"

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

std::filesystem::path segments_of(const std::filesystem::path& home) {
  return log::segments_folder(HomeLayout{home}.log());
}

Error nothing_to_run(const std::filesystem::path& home) {
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("which manifest? No actor in the home {} is to go on", home.string()))
      .with_hint("theater run MANIFEST; `theater help run` says more");
}

// What the home has from earlier runs.
struct Past {
  std::unique_ptr<log::LogReader> reader;
  std::unique_ptr<ReplayComponents> components;
  std::unique_ptr<Recovery> recovery;

  static Result<Past> read(Node& node, const Policy& policy) {
    Past past;
    past.reader = THEATER_TRY(log::LogReader::open(node.layout().log()));
    past.components = std::make_unique<ReplayComponents>(
        node.engine(), [&blobs = node.blobs()](const Hash& digest) { return blobs.get(digest); });
    Progress progress("replaying", ProgressLine::Unit::kEvents);
    RecoveryRequest request{.log = *past.reader, .components = *past.components, .policy = policy};
    request.progress = [&](uint64_t events) { progress.show(events, past.reader->size()); };
    past.recovery = THEATER_TRY_CONTEXT(node.runtime().prepare_recovery(request),
                                        "going on with what the home has");
    return past;
  }

  std::vector<KnownActor> known() const;
};

// Damage that a node finds when it reads what was left open is no other than damage at the end.
Error with_advice(Error error) {
  if (error.code() != ErrorCode::kCorrupt) return error;
  return std::move(error).with_hint(log::kDamageHint);
}

std::vector<KnownActor> Past::known() const {
  std::vector<KnownActor> known;
  for (const RecoveredRoot& root : recovery->roots()) {
    const Manifest& manifest = root.common->manifest;
    known.push_back({root.id, manifest.name, manifest.digest, root.common});
  }
  for (const UnrecoverableTree& lost : recovery->lost())
    known.push_back({lost.root, lost.name, lost.manifest, nullptr});
  return known;
}

// How others are told who holds the home.
std::string command_text(const RunCommand& command) {
  std::string text = "theater run";
  for (const ManifestArgument& manifest : command.manifests)
    text += " " + manifest.path.string();
  return text;
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
  if (command.manifests.empty()) {
    std::error_code failed;
    bool has_log = std::filesystem::exists(segments_of(home), failed);
    if (!has_log)
      return report_failure(nothing_to_run(home), Exit::kWrongUse, command.json, output);
  } else if (auto plan = plan_run(command, reader, random); !plan) {
    // What is wrong with the command line is said before anything is begun.
    return report_failure(plan.error().error, plan.error().exit, command.json, output);
  }

  // Before the node starts its threads, which inherit the blocking of the signals.
  Guarded<Interruptible> target;
  std::optional<StopSignals> signals(std::in_place, [&](int count) { interrupt(target, count); });
  if (command.accepts_damage) {
    auto accepted = accept_damage(home, command_text(command));
    if (!accepted) return report_failure(accepted.error(), Exit::kFailed, command.json, output);
  }
  auto node = Node::start(home, command_text(command));
  if (!node) return report_failure(node.error(), Exit::kFailed, command.json, output);
  auto past = Past::read(**node, *policy);
  if (!past) return report_failure(with_advice(past.error()), Exit::kFailed, command.json, output);
  std::vector<KnownActor> known_actors = past->known();
  if (command.manifests.empty() && !past->recovery->anything()) {
    return report_failure(nothing_to_run(home), Exit::kWrongUse, command.json, output);
  }
  auto plan = plan_run(command, reader, random, known_actors);
  if (!plan) return report_failure(plan.error().error, plan.error().exit, command.json, output);
  RunSession session((*node)->runtime(), (*node)->log(), *std::move(plan), *std::move(policy),
                     command, output);
  int early = target.with([&](Interruptible& known) {
    known.session = &session;
    return known.signals;
  });
  if (early > 0) session.interrupt(early);
  session.start_actors(*past->recovery);
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
