#include "theater/handlers/environment/environment_handler.h"

#include "theater/handlers/environment/environment_session.h"

#include <utility>

namespace theater {

namespace {

constexpr std::string_view kEnvironment = "theater:simple/environment";

// To read some variables, and to list them as well.
NeededGrant some_variables() {
  return {"environment:vars=NAME", R"({ type = "environment", allowed_vars = ["NAME"] })"};
}
NeededGrant listed_variables() {
  return {"environment:vars=NAME;list-all",
          R"({ type = "environment", allowed_vars = ["NAME"], allow_list_all = true })"};
}

std::vector<HostFunction> environment_functions() {
  using S = EnvironmentSession;
  std::vector<HostFunction> all;
  all.push_back(read(kEnvironment, "get-var",
                     [](S& session, std::string_view name) { return session.value(name); })
                    .params({"name"})
                    .needing(some_variables())
                    .unless([](S& session, std::string_view name) { return session.refuses(name); })
                    .when_refused(std::optional<std::string>()));
  all.push_back(read(kEnvironment, "list-vars", [](S& session) { return session.list(); })
                    .needing(listed_variables())
                    .unless([](S& session) { return session.refuses_list(); })
                    .when_refused(std::vector<S::NameAndValue>()));
  all.push_back(read(kEnvironment, "exists",
                     [](S& session, std::string_view name) { return session.exists(name); })
                    .params({"name"})
                    .needing(some_variables())
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
