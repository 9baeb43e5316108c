#include "theater/handlers/environment/environment_handler.h"

#include "theater/handlers/environment/environment_session.h"

#include <utility>

namespace theater {

namespace {

constexpr std::string_view kEnvironment = "theater:simple/environment";

std::vector<HostFunction> environment_functions() {
  using S = EnvironmentSession;
  std::vector<HostFunction> all;
  all.push_back(read(kEnvironment, "get-var",
                     [](S& session, std::string_view name) { return session.value(name); })
                    .params({"name"})
                    .unless([](S& session, std::string_view name) { return session.refuses(name); })
                    .when_refused(std::optional<std::string>()));
  all.push_back(read(kEnvironment, "list-vars", [](S& session) {
                  return session.list();
                }).unless([](S& session) {
                    return session.refuses_list();
                  }).when_refused(std::vector<S::NameAndValue>()));
  all.push_back(read(kEnvironment, "exists",
                     [](S& session, std::string_view name) { return session.exists(name); })
                    .params({"name"})
                    .unless([](S& session, std::string_view name) { return session.refuses(name); })
                    .when_refused(false));
  return all;
}

}  // namespace

EnvironmentHandler::EnvironmentHandler(HostVariables variables)
    : Handler({.name = "environment", .host_functions = environment_functions()}),
      variables_(std::move(variables)) {}

Result<std::unique_ptr<Session>> EnvironmentHandler::make_session(
    const SessionContext& context) const {
  return std::make_unique<EnvironmentSession>(context, variables_);
}

}  // namespace theater
