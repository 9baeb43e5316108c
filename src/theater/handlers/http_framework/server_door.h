// A port that is held for one actor, or for a pool of actors, from one instance to the next.
//
// A server belongs to an instance, and its port to the actor. While an actor waits for its restart, or
// is brought back, no other program may take the port. So the door stays open, and answers 503 until
// the next instance has the server again.
//
// The actors of a pool (`[http] instances`) share a door. It leads each connection to one of them, in
// turn; one that waits for its restart is left out meanwhile.
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
#include <set>
#include <string>
#include <utility>
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
  // An attempt to open it failed. All who wait for it learn why; none waits for the next attempt.
  // After the last attempt the door is closed.
  enum class Attempt : uint8_t { kOneOfMany, kLast };
  void not_opened(const Error& why, Attempt attempt);
  // Calls `then` once: at once if the port is open or closed, else after the attempt to open it that
  // is under way.
  using Opened = std::function<void(const Result<uint16_t>& port)>;
  void when_open(Opened then);
  bool is_open() const;
  // It is open, or the first attempt to open it is under way.
  bool is_promising() const;
  bool is_closed() const;
  // The port on which it listens; 0 if it does not.
  uint16_t number() const;
  // Whether servers for that place, of which the port may be 0, listen here.
  bool is_at(const Place& place) const;

  // Requests go to the actor's server too, until it leaves. False if the door is closed.
  bool lead_to(const ActorId& actor, std::shared_ptr<ServerLink> server);
  void leave(const ActorId& actor);
  bool leads_to(const ActorId& actor) const;

  // Stops listening; `then`, which may be empty, is called when the port is free.
  void close(std::function<void()> then);
  // Closes it if it leads to no actor, and says whether it did.
  bool close_if_vacant();

 private:
  struct State {
    std::shared_ptr<HttpPort> port;
    std::vector<std::pair<ActorId, std::shared_ptr<ServerLink>>> servers;
    std::vector<Opened> waiting;
    bool has_failed = false;  // An attempt to open it.
    bool is_closed = false;

    bool leads_to(const ActorId& actor) const;
  };

  // The server of a connection; null while there is none.
  std::shared_ptr<ServerLink> server_of(uint64_t connection) const;
  void serve(HttpRequest request, std::unique_ptr<PortReply> reply);
  HttpAdmission admit(const HttpRequest& head, std::optional<uint64_t> length);

  const Place place_;
  const std::shared_ptr<BodyRoom> room_;
  Guarded<State> state_;
};

// The doors of all actors. Safe from any thread.
class ServerDoors {
 public:
  // An actor, and the pool whose doors it shares; one by itself is a pool of its own.
  struct Holder {
    ActorId actor;
    ActorId pool;
  };
  enum class Wanted : uint8_t {
    kPromising,  // A door that fails to open is none.
    kAny,
  };

  // Keeps a new door for the actor until it is removed, and leads it to `server`.
  void add(const Holder& holder, std::shared_ptr<ServerDoor> door,
           std::shared_ptr<ServerLink> server);
  // Finds a door of the pool at that place that does not lead to the actor, and makes it lead to
  // `server` too. Null if there is none. An earlier instance of the actor may have left it, or
  // another actor of the pool may use it.
  std::shared_ptr<ServerDoor> join(const Holder& holder, const ServerDoor::Place& place,
                                   Wanted wanted, std::shared_ptr<ServerLink> server);
  // The actor leaves the door. True if no other actor has it: then the caller closes it.
  bool remove(const ActorId& actor, const std::shared_ptr<ServerDoor>& door);
  // The same for the doors that no instance of the actor has taken up; closes those that remain.
  void close_vacant(const ActorId& actor);
  // The same for all doors of the actor.
  void close_all(const ActorId& actor);

 private:
  using Doors = std::vector<std::shared_ptr<ServerDoor>>;
  struct Entry {
    std::shared_ptr<ServerDoor> door;
    std::set<ActorId> holders;
  };
  struct State {
    std::map<ActorId, std::vector<Entry>> pools;
    std::map<ActorId, ActorId> pool_of;  // Of the actors that have had a door.

    std::vector<Entry>* pool(const ActorId& actor);
    // Removes what has no holder any more, and returns it.
    Doors drop_unheld(const ActorId& actor);
  };

  Guarded<State> state_;
};

}  // namespace theater
