#include "theater/handlers/http_framework/server_link.h"

#include "theater/base/hex.h"
#include "theater/base/log.h"
#include "theater/base/random.h"
#include "theater/handlers/http_framework/socket_link.h"
#include "theater/log/event/request_note.h"

#include <array>
#include <utility>

namespace theater {

namespace {

constexpr const char* kHandlers = "theater:simple/http-handlers";
constexpr const char* kAnswerHandlers = "theater:http-stream/server-handlers";

// Requests and answers may hold credentials, and messages on a WebSocket too.
ExportFunction removable(ExportFunction function, bool holds) {
  function.is_removable = true;
  function.holds = holds;
  return function;
}

const std::array<ExportFunction, 6>& functions() {
  static const std::array<ExportFunction, 6> all = {
      removable(export_function<GuestAnswer(uint64_t, GuestRequest)>(kHandlers, "handle-request"),
                false),
      removable(
          export_function<MiddlewareResult(uint64_t, GuestRequest)>(kHandlers, "handle-middleware"),
          false),
      removable(export_function<void(uint64_t, uint64_t, std::string, std::optional<std::string>)>(
                    kHandlers, "handle-websocket-connect"),
                true),
      removable(export_function<std::vector<SocketMessage>(uint64_t, uint64_t, SocketMessage)>(
                    kHandlers, "handle-websocket-message"),
                true),
      removable(export_function<void(uint64_t, uint64_t)>(kHandlers, "handle-websocket-disconnect"),
                true),
      removable(export_function<void(uint64_t, AnswerEvent)>(kAnswerHandlers, "handle-answer"),
                true)};
  return all;
}

}  // namespace

const FrameworkExports& framework_exports() {
  static const FrameworkExports exports{functions()[0], functions()[1], functions()[2],
                                        functions()[3], functions()[4], functions()[5]};
  return exports;
}

std::span<const ExportFunction> framework_export_functions() {
  return functions();
}

void ServerLink::set_routing(std::shared_ptr<const ServerRouting> routing) {
  state_.with([&](State& state) { state.routing = std::move(routing); });
}

std::shared_ptr<const ServerRouting> ServerLink::routing() const {
  return state_.with([](const State& state) { return state.routing; });
}

void ServerLink::set_name(ServerName name) {
  state_.with([&](State& state) { state.name = std::move(name); });
}

ServerName ServerLink::name() const {
  return state_.with([](const State& state) { return state.name; });
}

bool ServerLink::add_socket(const std::shared_ptr<SocketLink>& socket) {
  return state_.with([&](State& state) {
    if (state.is_detached || !state.takes_sockets) return false;
    return state.sockets.emplace(socket->connection(), socket).second;
  });
}

std::shared_ptr<SocketLink> ServerLink::find_socket(uint64_t connection) const {
  return state_.with([&](const State& state) {
    auto found = state.sockets.find(connection);
    return found == state.sockets.end() ? nullptr : found->second;
  });
}

void ServerLink::remove_socket(uint64_t connection) {
  auto removed = state_.with([&](State& state) { return state.sockets.extract(connection); });
}

void ServerLink::close_sockets() {
  auto sockets = state_.with([](State& state) {
    state.takes_sockets = false;
    return state.sockets;
  });
  for (const auto& [connection, socket] : sockets)
    socket->close({1001, "the server closes"});
}

void ServerLink::take_sockets() {
  state_.with([](State& state) { state.takes_sockets = true; });
}

void ServerLink::detach() {
  auto sockets = state_.with([](State& state) {
    state.is_detached = true;
    return std::exchange(state.sockets, {});
  });
  for (const auto& [connection, socket] : sockets)
    socket->abandon();
}

bool ServerLink::is_detached() const {
  return state_.with([](const State& state) { return state.is_detached; });
}

void ServerLink::retry(std::function<void()> then) {
  if (is_detached()) return;
  (void)parts_.timers.after(kRetry, std::move(then));
}

std::string ServerLink::next_request_id() {
  std::array<uint8_t, 16> bytes{};
  request_ids_.with([&](std::unique_ptr<ChaCha20Random>& random) {
    if (random == nullptr) {
      OsRandom system;
      random = ChaCha20Random::keyed_by(system);
    }
    random->fill(bytes);
  });
  return to_hex(bytes);
}

void ServerLink::note_bad_answer(uint64_t call, std::string why) const {
  log_line(LogLevel::kWarn, {.actor = parts_.actor, .part = "http-framework"},
           "an answer of the guest is not sent: {}", why);
  auto notes = parts_.notes.lock();
  if (notes == nullptr) return;
  std::optional<uint64_t> about;
  if (call != 0) about = call;
  notes->note({std::string(log::kBadAnswer), about, log::inline_payload(wit::encode(why))}, {});
}

uint64_t random_connection() {
  OsRandom random;
  uint64_t number = random.next_u64() >> 11;
  return number == 0 ? 1 : number;
}

}  // namespace theater
