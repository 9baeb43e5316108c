// A port that is held for one actor, from one instance to the next.
//
// A server belongs to an instance, and its port to the actor. While an actor waits for its restart, or
// is brought back, no other program may take the port. So the door stays open, and answers 503 until
// the next instance has the server again.
#pragma once

#include "theater/base/guarded.h"
#include "theater/base/id.h"
#include "theater/handlers/http_framework/http_ports.h"
#include "theater/handlers/http_framework/server_link.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace theater {

// The memory for bodies of requests that are on their way to actors: all of the node together. Safe
// from any thread.
class BodyRoom : public std::enable_shared_from_this<BodyRoom> {
 public:
  static constexpr uint64_t kBytesMax = uint64_t{1} << 30;

  // Room for so many bytes until the result goes; null if there is none.
  std::shared_ptr<void> take(uint64_t bytes);

 private:
  Guarded<uint64_t> taken_{uint64_t{0}};
};

// Safe from any thread.
class ServerDoor : public std::enable_shared_from_this<ServerDoor> {
 public:
  struct Place {
    std::string address;
    uint16_t port = 0;     // 0 for one that the system chooses.
    std::string key_pair;  // Empty for plain HTTP.

    bool operator==(const Place&) const = default;
  };
  ServerDoor(Place place, std::shared_ptr<BodyRoom> room)
      : place_(std::move(place)), room_(std::move(room)) {}

  const Place& place() const { return place_; }

  // The options to listen with. Their functions lead here as long as the door exists.
  PortOptions options(size_t connections_max, HttpServer::TlsSource tls);

  // The port is open. False if the door was closed meanwhile; the caller then drops the port.
  bool open(std::shared_ptr<HttpPort> port);
  bool is_open() const;
  bool is_closed() const;
  // The port on which it listens; 0 if it does not.
  uint16_t number() const;

  // The server to which requests go; null while there is none.
  void lead_to(std::shared_ptr<ServerLink> server);
  bool is_vacant() const;

  // Stops listening; `then`, which may be empty, is called when the port is free.
  void close(std::function<void()> then);

 private:
  struct State {
    std::shared_ptr<HttpPort> port;
    std::shared_ptr<ServerLink> server;
    bool is_closed = false;
  };

  void serve(HttpRequest request, std::unique_ptr<PortReply> reply);
  HttpAdmission admit(const HttpRequest& head, std::optional<uint64_t> length);

  const Place place_;
  const std::shared_ptr<BodyRoom> room_;
  Guarded<State> state_;
};

// The doors of all actors. Safe from any thread.
class ServerDoors {
 public:
  // Keeps a door for the actor until it is removed.
  void add(const ActorId& actor, std::shared_ptr<ServerDoor> door);
  void remove(const ActorId& actor, const std::shared_ptr<ServerDoor>& door);
  // A door that an earlier instance has left, at that place, on that port; null if there is none.
  std::shared_ptr<ServerDoor> take_vacant(const ActorId& actor, const ServerDoor::Place& place);
  // Closes what no instance has taken up.
  void close_vacant(const ActorId& actor);
  // Closes all of them.
  void close_all(const ActorId& actor);

 private:
  using Doors = std::vector<std::shared_ptr<ServerDoor>>;
  Guarded<std::map<ActorId, Doors>> doors_;
};

}  // namespace theater
