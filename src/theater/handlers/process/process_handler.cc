#include "theater/handlers/process/process_handler.h"

#include "theater/handlers/lasting_path.h"
#include "theater/handlers/process/process_holdings.h"
#include "theater/handlers/sandbox_note.h"

#include <utility>
#include <vector>

namespace theater {

namespace {

constexpr std::string_view kProcess = "theater:simple/process";

NeededGrant some_program() {
  return {"process:programs=PROGRAM;paths=FOLDER",
          R"({ type = "process", allowed_programs = ["PROGRAM"], allowed_paths = ["FOLDER"] })"};
}

std::vector<HostFunction> process_functions() {
  using S = ProcessSession;
  std::vector<HostFunction> all;
  all.push_back(effect(kProcess, "os-spawn",
                       [](S& session, Responder<SpawnedProcess> reply,
                          const ProcessConfig& config) { session.spawn(std::move(reply), config); })
                    .params({"config"})
                    .writing()
                    .needing(some_program())
                    .unless([](S& session, const ProcessConfig& config) {
                      return session.refuses_spawn(config);
                    })
                    .noting([](S&, const ProcessConfig&) { return sandbox_note(); })
                    .holding());
  all.push_back(
      internal(kProcess, "os-write-stdin",
               [](S& session, uint64_t id, ByteView data) { return session.write_stdin(id, data); })
          .params({"pid", "data"})
          .unless([](S& session, uint64_t, ByteView) { return session.refuses(); }));
  all.push_back(
      read(kProcess, "os-status", [](S& session, uint64_t id) { return session.status(id); })
          .params({"pid"})
          .unless([](S& session, uint64_t) { return session.refuses(); }));
  all.push_back(
      effect(kProcess, "os-signal",
             [](S& session, uint64_t id, uint32_t number) { return session.signal(id, number); })
          .params({"pid", "signal"})
          .unless([](S& session, uint64_t, uint32_t) { return session.refuses(); }));
  all.push_back(
      effect(kProcess, "os-kill", [](S& session, uint64_t id) { return session.kill(id); })
          .params({"pid"})
          .unless([](S& session, uint64_t) { return session.refuses(); }));
  return all;
}

}  // namespace

ProcessHandler::ProcessHandler(std::shared_ptr<ProcessKeeper> keeper,
                               const std::filesystem::path& home,
                               const std::optional<SandboxFeatures>& features,
                               std::shared_ptr<ForwardProxies> proxies)
    : Handler({.name = "process",
               .host_functions = process_functions(),
               .export_functions = process_export_functions(),
               .handles_max = ProcessRules::kProcessesMax}),
      parts_{std::move(keeper), std::make_shared<ProcessUsers>(), lasting_path(home), features,
             std::move(proxies)} {}

ProcessHandler::~ProcessHandler() {
  parts_.keeper->stop();
}

Result<std::unique_ptr<Session>> ProcessHandler::make_session(const SessionContext& context) const {
  return std::make_unique<ProcessSession>(context, parts_);
}

std::unique_ptr<Holdings> ProcessHandler::make_holdings() const {
  return std::make_unique<ProcessHoldings>();
}

}  // namespace theater
