#include "theater/handlers/supervisor/supervisor_handler.h"

#include "theater/actor/messaging/supervisor_callback.h"
#include "theater/handlers/supervisor/supervisor_session.h"

#include <utility>

namespace theater {

namespace {

constexpr std::string_view kSupervisor = "theater:simple/supervisor";

std::vector<HostFunction> supervisor_functions() {
  using S = SupervisorSession;
  std::vector<HostFunction> all;
  all.push_back(
      internal(
          kSupervisor, "spawn",
          [](S& session, SpawnReply reply, std::string manifest, std::optional<Bytes> init_bytes) {
            session.spawn(std::move(manifest), std::move(init_bytes), std::move(reply));
          })
          .params({"manifest", "init-bytes"})
          .spawning()
          .unless([](S& session, std::string_view, const std::optional<ByteView>&) {
            return session.refusal();
          }));
  all.push_back(
      internal(kSupervisor, "resume",
               [](S& session, SpawnReply reply, std::string manifest, std::optional<Bytes> state) {
                 session.resume(std::move(manifest), std::move(state), std::move(reply));
               })
          .params({"manifest", "init-state"})
          .spawning()
          .unless([](S& session, std::string_view, const std::optional<ByteView>&) {
            return session.refusal();
          }));
  all.push_back(internal(kSupervisor, "restart-child",
                         [](S& session, RestartReply reply, std::string_view id) {
                           session.restart_child(id, std::move(reply));
                         })
                    .params({"child-id"})
                    .unless([](S& session, std::string_view) { return session.refusal(); }));
  all.push_back(internal(kSupervisor, "stop-child",
                         [](S& session, StopReply reply, std::string_view id) {
                           session.stop_child(id, std::move(reply));
                         })
                    .params({"child-id"})
                    .unless([](S& session, std::string_view) { return session.refusal(); }));
  all.push_back(read(kSupervisor, "list-children", [](S& session) {
                  return session.list_children();
                }).unless([](S& session) {
                    return session.refusal();
                  }).when_refused(std::vector<std::string>()));
  all.push_back(read(kSupervisor, "get-child-state",
                     [](S& session, StateReply reply, std::string_view id) {
                       session.child_state(id, std::move(reply));
                     })
                    .params({"child-id"})
                    .unless([](S& session, std::string_view) { return session.refusal(); }));
  all.push_back(read(kSupervisor, "get-child-events",
                     [](S& session, EventsReply reply, std::string_view id) {
                       session.child_events(id, std::move(reply));
                     })
                    .params({"child-id"})
                    .unless([](S& session, std::string_view) { return session.refusal(); }));
  return all;
}

}  // namespace

SupervisorHandler::SupervisorHandler()
    : Handler({.name = "supervisor",
               .host_functions = supervisor_functions(),
               .export_functions = child_notice_functions()}) {}

Result<std::unique_ptr<Session>> SupervisorHandler::make_session(
    const SessionContext& context) const {
  return std::make_unique<SupervisorSession>(context);
}

}  // namespace theater
