// One actor's part of the HTTP servers: its servers with their routes, middleware and WebSockets, and
// the answers that it writes in pieces.
#pragma once

#include "theater/actor/handler/host_function.h"
#include "theater/actor/handler/session.h"
#include "theater/handlers/http_framework/framework_holdings.h"
#include "theater/handlers/http_framework/framework_rules.h"
#include "theater/handlers/http_framework/http_ports.h"
#include "theater/handlers/http_framework/key_pair_files.h"
#include "theater/handlers/http_framework/open_answer.h"
#include "theater/handlers/http_framework/server_door.h"
#include "theater/handlers/http_framework/server_link.h"
#include "theater/handlers/http_framework/socket_link.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

// What all sessions of a node share.
struct HttpFrameworkParts {
  std::shared_ptr<HttpPorts> ports;  // Null where there is no network.
  std::shared_ptr<ServerDoors> doors;
  std::shared_ptr<BodyRoom> room;
  std::shared_ptr<KeyPairFiles> key_pairs;  // Null if the operator names none.
};

// Used by one actor's turn only. With the session its servers stop to answer; their ports stay with
// the actor (server_door.h).
class HttpFrameworkSession final : public Session {
 public:
  template <class T>
  using Said = tl::expected<T, std::string>;
  using Done = Said<void>;
  using Number = Said<uint64_t>;
  using Port = Said<uint16_t>;
  using Handler = std::optional<uint64_t>;

  static constexpr size_t kHandlersMax = 10'000;
  static constexpr size_t kMiddlewareMax = 64;
  static constexpr size_t kOpenAnswersMax = 1'024;
  // A port that no instance has taken up by then is closed.
  static constexpr std::chrono::seconds kTakeUpTime{60};
  // A port that was taken by another program is tried again, at first after the first of these.
  static constexpr std::chrono::seconds kRetryMin{1};
  static constexpr std::chrono::seconds kRetryMax{60};

  HttpFrameworkSession(const SessionContext& context, const HttpFrameworkParts& parts);
  ~HttpFrameworkSession() override;

  // Servers come back with the same numbers, and listen on the same ports. The guest hears of the end
  // of its WebSockets and answers.
  void restore(ByteView held) override;

  Refusal refuses() const { return rules_.refuses(); }
  Refusal refuses_server(const ServerConfig& config) const;
  Refusal refuses_route(uint64_t server, std::string_view path, std::string_view method) const;
  Refusal refuses_web_socket(uint64_t server, std::string_view path) const;

  Number create_server(const ServerConfig& config);
  Said<ServerInfo> server_info(uint64_t number) const;
  void start_server(Responder<Port> reply, uint64_t number);
  void stop_server(Responder<Done> reply, uint64_t number);
  void destroy_server(Responder<Done> reply, uint64_t number);
  Number register_handler(std::string_view name);
  Number add_route(uint64_t server, std::string_view path, std::string_view method,
                   uint64_t handler);
  Done remove_route(uint64_t number);
  Number add_middleware(uint64_t server, std::string_view path, uint64_t handler);
  Done remove_middleware(uint64_t number);
  Done enable_web_socket(uint64_t server, std::string_view path, Handler connect, uint64_t message,
                         Handler disconnect);
  Done send_message(uint64_t server, uint64_t connection, const SocketMessage& message);
  Done close_socket(uint64_t server, uint64_t connection);

  // Answers that are written in pieces. The number is the position of the call of `open`.
  Number open_answer();
  Said<bool> write_answer(uint64_t number, ByteView bytes);
  Done finish_answer(uint64_t number);
  Done abort_answer(uint64_t number);

 private:
  struct Server {
    HeldServer made;
    std::shared_ptr<ServerLink> link;
    std::shared_ptr<ServerDoor> door;  // Null while it is stopped.

    size_t routes() const { return made.routes.size() + made.web_sockets.size(); }
  };

  ServerDoors::Holder holder() const { return {actor_.id(), pool_}; }
  // The server no longer listens; `reply` is answered when that is so.
  void leave_door(Responder<Done> reply, const std::shared_ptr<ServerLink>& link,
                  const std::shared_ptr<ServerDoor>& door);
  Server* find(uint64_t number);
  const Server* find(uint64_t number) const;
  std::shared_ptr<ServerLink> make_link() const;
  Done check_handler(uint64_t number, std::string_view what) const;
  // The routing of a server as `made` describes it; fails with what keeps it from being one.
  static Result<std::shared_ptr<const ServerRouting>> routing_of(const HeldServer& made);
  Done change(Server& server, HeldServer changed, std::string_view what);
  void restore_server(HeldServer held);
  void leave_out_what_is_refused(HeldServer& held) const;
  void reopen(Server& server);
  void forget_closed_answers();
  std::shared_ptr<OpenAnswer> find_answer(uint64_t number);
  // Opens the port of a door, for a job: it blocks.
  std::function<Result<void>()> opening(const std::shared_ptr<ServerDoor>& door) const;
  ServerDoor::Place place_of(const HeldServer& made, uint16_t port) const;
  void warn(std::string_view text) const;

  ActorContext& actor_;
  const ActorId pool_;  // The actor's own id, if it is in no pool.
  const HttpFrameworkParts& parts_;
  Timers& timers_;
  JobRunner& jobs_;
  const FrameworkRules rules_;
  const std::shared_ptr<ActorNotes> notes_;
  const std::shared_ptr<CurrentRequest> current_ = std::make_shared<CurrentRequest>();
  const std::shared_ptr<ServerLink> own_link_;  // For what concerns no server of this instance.
  Timers::Id take_up_timer_ = 0;
  uint64_t last_server_ = 0;
  uint64_t last_handler_ = 0;
  uint64_t last_route_ = 0;
  uint64_t last_middleware_ = 0;
  std::map<uint64_t, Server> servers_;
  // Of servers that were destroyed: the guest may still have to hear of the ends of their sockets.
  std::vector<std::shared_ptr<ServerLink>> destroyed_;
  std::map<uint64_t, std::shared_ptr<OpenAnswer>> answers_;
};

}  // namespace theater
