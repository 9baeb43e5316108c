// What the parts of one server share with each other: the session that owns it, on the actor's worker;
// requests, on the ports' loop and wherever their answers come from; and WebSockets.
#pragma once

#include "theater/actor/handler/guest_calls.h"
#include "theater/actor/handler/session.h"
#include "theater/actor/messaging/actor_notes.h"
#include "theater/actor/scheduling/timers.h"
#include "theater/base/chacha20_random.h"
#include "theater/base/guarded.h"
#include "theater/handlers/http_framework/client_facts.h"
#include "theater/handlers/http_framework/framework_rules.h"
#include "theater/handlers/http_framework/http_ports.h"
#include "theater/handlers/http_framework/route_table.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace theater {

class SocketLink;

// The functions of the guest. They live as long as the program.
struct FrameworkExports {
  const ExportFunction& request;
  const ExportFunction& middleware;
  const ExportFunction& connect;
  const ExportFunction& message;
  const ExportFunction& disconnect;
  const ExportFunction& answer;
};
const FrameworkExports& framework_exports();
std::span<const ExportFunction> framework_export_functions();

// What a request meets, in this order. Immutable.
struct ServerRouting {
  struct Middleware {
    std::string path;  // Of a folder, in normal form.
    uint64_t handler = 0;
  };
  std::vector<Middleware> middleware;
  RouteTable routes;
};

class OpenAnswer;
class ServerLink;

// The request whose call the guest is in, or was in last. Only the worker that runs the actor's turn
// touches it. It owns nothing, since the server's link owns it.
struct CurrentRequest {
  uint64_t call = 0;  // The position of the `call`; 0 for none.
  std::weak_ptr<ServerLink> server;
  std::weak_ptr<void> exchange;                   // Owns `server`, and what `opened` points to.
  std::shared_ptr<OpenAnswer>* opened = nullptr;  // Where the guest keeps its answer open.
};

// Safe from any thread. Shared, because requests and sockets may outlive the session.
class ServerLink {
 public:
  static constexpr std::chrono::milliseconds kRetry{50};

  struct Parts {
    std::string actor;  // For lines of the log.
    FrameworkRules rules;
    std::shared_ptr<GuestCalls> calls;
    std::weak_ptr<ActorNotes> notes;
    Timers& timers;
    std::shared_ptr<CurrentRequest> current;
  };
  explicit ServerLink(Parts parts) : parts_(std::move(parts)) {}

  const Parts& parts() const { return parts_; }
  const FrameworkExports& exports() const { return framework_exports(); }

  // The rules of the routes for requests from here on.
  void set_routing(std::shared_ptr<const ServerRouting> routing);
  std::shared_ptr<const ServerRouting> routing() const;
  // The server listens there.
  void set_name(ServerName name);
  ServerName name() const;

  // Open WebSockets. add() is false for a server that takes none or has been detached.
  bool add_socket(const std::shared_ptr<SocketLink>& socket);
  std::shared_ptr<SocketLink> find_socket(uint64_t connection) const;
  void remove_socket(uint64_t connection);
  // The server has stopped at a port that stays open: its sockets close with 1001, and it takes
  // none until take_sockets(). Its guest hears of each end.
  void close_sockets();
  void take_sockets();
  // The instance has ended: its sockets close, and its guest hears nothing more of them.
  void detach();
  bool is_detached() const;

  // 32 hexadecimal digits, which no client can tell before.
  std::string next_request_id();

  // A call that found no place in the mailbox may be tried again after kRetry. Drops `then` once the
  // server has been detached.
  void retry(std::function<void()> then);

  // Puts on record why an answer of the guest to the request of `call` was not sent.
  void note_bad_answer(uint64_t call, std::string why) const;

 private:
  struct State {
    std::shared_ptr<const ServerRouting> routing = std::make_shared<const ServerRouting>();
    ServerName name;
    std::map<uint64_t, std::shared_ptr<SocketLink>> sockets;
    bool takes_sockets = true;
    bool is_detached = false;
  };
  const Parts parts_;
  Guarded<State> state_;
  Guarded<std::unique_ptr<ChaCha20Random>> request_ids_;  // Made for the first request.
};

// A number that no other connection of the node has. Below 2^53, so that JavaScript can hold it.
uint64_t random_connection();

}  // namespace theater
