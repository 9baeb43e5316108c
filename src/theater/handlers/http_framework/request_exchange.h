// One request of a client, from its arrival to its answer.
//
// The host looks at it first: the name of the server, the path, the method. Then the guest's middleware
// gets it, one after the other; each may change it or end it with 403. Then the route is looked up, and
// the guest's handler answers, or decides about a WebSocket. Each of these steps is a call of the
// guest, which waits in the mailbox like any message. An answer leaves when it is on record. A client
// that goes away withdraws a call that has not begun.
#pragma once

#include "theater/handlers/http_framework/open_answer.h"
#include "theater/handlers/http_framework/server_link.h"
#include "theater/handlers/http_framework/socket_link.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace theater {

// One thread at a time: each step hands it to the next.
class RequestExchange : public std::enable_shared_from_this<RequestExchange> {
 private:
  struct OnlyServe {};

 public:
  // Serves the request. Never blocks. On the ports' loop thread.
  static void serve(std::shared_ptr<ServerLink> server, HttpRequest request,
                    std::unique_ptr<PortReply> reply);

  RequestExchange(OnlyServe, std::shared_ptr<ServerLink> server, std::unique_ptr<PortReply> reply)
      : server_(std::move(server)), reply_(std::move(reply)), routing_(server_->routing()) {}

 private:
  void begin(HttpRequest request);
  // Gives the request to the next middleware, or to its route.
  void advance();
  void route(const std::string& path);
  void answer_unrouted(const RouteTable::Found& found);
  void call_middleware(const ServerRouting::Middleware& middleware);
  void heard_middleware(const RequestAnswer& answer);
  void call_handler(uint64_t handler, const PathParameters& parameters);
  void heard_handler(const RequestAnswer& answer);
  void connect(const WebSocketPath& path, const PathParameters& parameters);
  void heard_connect(const RequestAnswer& answer);

  // False if it answered the client instead. After true another thread may have the exchange.
  bool call(const ExportFunction& function, Bytes params,
            void (RequestExchange::*heard)(const RequestAnswer&));
  void answer(HttpAnswer answer);
  // An answer in place of one that the guest did not give.
  void answer_failed(std::string_view part, const RequestAnswer& answer);
  void answer_bad(std::string why);

  const std::shared_ptr<ServerLink> server_;
  std::unique_ptr<PortReply> reply_;  // Null after the answer.
  const std::shared_ptr<const ServerRouting> routing_;
  GuestRequest request_;
  GuestHeaders facts_;
  Withdrawn client_has_gone_;
  size_t next_middleware_ = 0;
  uint64_t call_ = 0;  // The position of the guest's last call for it.
  // Of a request for a WebSocket.
  bool wants_socket_ = false;
  bool may_open_socket_ = false;
  std::optional<std::string> subprotocol_;
  std::shared_ptr<SocketLink> socket_;
  // Set by the guest's call in which it keeps the answer open; read when that has returned.
  std::shared_ptr<OpenAnswer> opened_;
};

}  // namespace theater
