#include "theater/handlers/runtime/runtime_handler.h"

#include "theater/handlers/runtime/runtime_session.h"
#include "theater/handlers/runtime/version.h"

#include <utility>

namespace theater {

namespace {

constexpr std::string_view kRuntime = "theater:simple/runtime";
constexpr std::string_view kCallers = "theater:messages/callers";

void add_notes(std::vector<HostFunction>& all) {
  all.push_back(note(kRuntime, "log", [](RuntimeSession& session, std::string_view message) {
                  session.log(message);
                }).params({"msg"}));
  all.push_back(note(kRuntime, "log",
                     [](RuntimeSession& session, std::string_view level, std::string_view message) {
                       return session.log_at(level, message);
                     })
                    .params({"level", "message"}));
  all.push_back(
      note(kRuntime, "get-chain", [](RuntimeSession& session) { return session.chain(); }));
  all.push_back(note(kRuntime, "get-state",
                     [](RuntimeSession& session) { return session.last_event_data(); }));
  all.push_back(note(kRuntime, "record-metric",
                     [](RuntimeSession& session, std::string_view name, double value) {
                       return session.record_metric(name, value);
                     })
                    .params({"name", "value"}));
  // The data needs nothing done: the arguments of a note are what is recorded.
  all.push_back(
      note(kRuntime, "record-event", [](RuntimeSession& session, std::string_view type, ByteView) {
        return session.record_event(type);
      }).params({"event-type", "data"}));
}

void add_reads(std::vector<HostFunction>& all) {
  all.push_back(
      read(kRuntime, "get-actor-id", [](RuntimeSession& session) { return session.actor_id(); }));
  all.push_back(read(kRuntime, "get-actor-name",
                     [](RuntimeSession& session) { return session.actor_name(); }));
  all.push_back(
      read(kRuntime, "get-current-time", [](RuntimeSession& session) { return session.now_ms(); }));
  all.push_back(
      read(kRuntime, "get-env",
           [](RuntimeSession& session, std::string_view name) { return session.variable(name); })
          .params({"name"})
          .needing(
              {"environment:vars=NAME", R"({ type = "environment", allowed_vars = ["NAME"] })"})
          .unless([](RuntimeSession& session, std::string_view name) {
            return session.refuses_variable(name);
          })
          .when_refused(std::optional<std::string>()));
  all.push_back(read(kRuntime, "get-theater-version",
                     [](RuntimeSession&) { return std::string(theater_version()); }));
  all.push_back(read(kRuntime, "get-system-info",
                     [](RuntimeSession& session) { return session.system_info(); })
                    .needing({"runtime:system-info", ""})
                    .unless([](RuntimeSession& session) { return session.refuses_system_info(); })
                    .when_refused(SystemInfo()));
  all.push_back(
      read(kCallers, "get-caller", [](RuntimeSession& session) { return session.caller(); }));
}

std::vector<HostFunction> runtime_functions() {
  std::vector<HostFunction> all;
  add_notes(all);
  add_reads(all);
  all.push_back(
      internal(kRuntime, "shutdown", [](RuntimeSession& session, std::optional<Bytes> data) {
        return session.shutdown(std::move(data));
      }).params({"data"}));
  return all;
}

}  // namespace

RuntimeHandler::RuntimeHandler(std::unique_ptr<const HostFacts> facts)
    : Handler({.name = "runtime",
               .host_functions = runtime_functions(),
               .export_functions = {&init_function(), 1},
               .type_interfaces = {"theater:simple/types"}}),
      facts_(std::move(facts)) {}

Result<std::unique_ptr<Session>> RuntimeHandler::make_session(const SessionContext& context) const {
  return std::make_unique<RuntimeSession>(context, *facts_);
}

}  // namespace theater
