#include "theater/handlers/http_framework/server_door.h"

#include "theater/handlers/http_framework/request_exchange.h"

#include <algorithm>
#include <utility>

namespace theater {

std::shared_ptr<void> BodyRoom::take(uint64_t bytes) {
  bool is_taken = taken_.with([bytes](uint64_t& taken) {
    if (bytes > kBytesMax - taken) return false;
    taken += bytes;
    return true;
  });
  if (!is_taken) return nullptr;
  // Not null, so that it differs from no room.
  return std::shared_ptr<void>(this, [room = shared_from_this(), bytes](void*) {
    room->taken_.with([bytes](uint64_t& taken) { taken -= bytes; });
  });
}

PortOptions ServerDoor::options(size_t connections_max, HttpServer::TlsSource tls) {
  // The port is a part of the door, so its functions must not hold the door.
  std::weak_ptr<ServerDoor> self = weak_from_this();
  PortOptions options;
  options.address = place_.address;
  options.port = place_.port;
  options.tls = std::move(tls);
  options.connections_max = connections_max;
  options.handle = [self](HttpRequest request, std::unique_ptr<PortReply> reply) {
    auto door = self.lock();
    if (door == nullptr) return reply->answer(busy_answer("The server has stopped."));
    door->serve(std::move(request), std::move(reply));
  };
  options.admit = [self](const HttpRequest& head, std::optional<uint64_t> length) {
    auto door = self.lock();
    if (door == nullptr) return HttpAdmission{.refusal = busy_answer("The server has stopped.")};
    return door->admit(head, length);
  };
  return options;
}

void ServerDoor::serve(HttpRequest request, std::unique_ptr<PortReply> reply) {
  auto server = state_.with([](const State& state) { return state.server; });
  if (server == nullptr) return reply->answer(busy_answer("The actor restarts."));
  RequestExchange::serve(std::move(server), std::move(request), std::move(reply));
}

HttpAdmission ServerDoor::admit(const HttpRequest&, std::optional<uint64_t> length) {
  auto server = state_.with([](const State& state) { return state.server; });
  if (server == nullptr) return {.refusal = busy_answer("The actor restarts.")};
  uint64_t most = server->parts().rules.body_bytes_max();
  // The server itself refuses a longer one.
  if (length && *length > most) return {.body_bytes_max = most};
  auto room = room_->take(length.value_or(most));
  if (room == nullptr) return {.refusal = busy_answer("The node has too many bodies to take.")};
  return {.body_bytes_max = most, .hold = std::move(room)};
}

bool ServerDoor::open(std::shared_ptr<HttpPort> port) {
  return state_.with([&](State& state) {
    if (state.is_closed) return false;
    if (state.server) state.server->set_name({place_.address, port->number()});
    state.port = std::move(port);
    return true;
  });
}

bool ServerDoor::is_open() const {
  return state_.with([](const State& state) { return state.port != nullptr; });
}

bool ServerDoor::is_closed() const {
  return state_.with([](const State& state) { return state.is_closed; });
}

uint16_t ServerDoor::number() const {
  return state_.with([](const State& state) {
    return state.port == nullptr ? uint16_t{0} : state.port->number();
  });
}

void ServerDoor::lead_to(std::shared_ptr<ServerLink> server) {
  state_.with([&](State& state) {
    if (server && state.port) server->set_name({place_.address, state.port->number()});
    state.server = std::move(server);
  });
}

bool ServerDoor::is_vacant() const {
  return state_.with([](const State& state) { return state.server == nullptr; });
}

void ServerDoor::close(std::function<void()> then) {
  auto port = state_.with([](State& state) {
    state.is_closed = true;
    return std::move(state.port);
  });
  if (port) {
    port->stop(std::move(then));
  } else if (then) {
    then();
  }
}

void ServerDoors::add(const ActorId& actor, std::shared_ptr<ServerDoor> door) {
  doors_.with([&](auto& doors) { doors[actor].push_back(std::move(door)); });
}

void ServerDoors::remove(const ActorId& actor, const std::shared_ptr<ServerDoor>& door) {
  doors_.with([&](auto& doors) {
    auto found = doors.find(actor);
    if (found == doors.end()) return;
    std::erase(found->second, door);
    if (found->second.empty()) doors.erase(found);
  });
}

std::shared_ptr<ServerDoor> ServerDoors::take_vacant(const ActorId& actor,
                                                     const ServerDoor::Place& place) {
  return doors_.with([&](auto& doors) -> std::shared_ptr<ServerDoor> {
    auto found = doors.find(actor);
    if (found == doors.end()) return nullptr;
    for (const auto& door : found->second) {
      ServerDoor::Place there{door->place().address, door->number(), door->place().key_pair};
      if (door->is_vacant() && door->is_open() && there == place) return door;
    }
    return nullptr;
  });
}

void ServerDoors::close_vacant(const ActorId& actor) {
  Doors vacant;
  doors_.with([&](auto& doors) {
    auto found = doors.find(actor);
    if (found == doors.end()) return;
    std::erase_if(found->second, [&](const auto& door) {
      if (!door->is_vacant()) return false;
      vacant.push_back(door);
      return true;
    });
    if (found->second.empty()) doors.erase(found);
  });
  for (const auto& door : vacant)
    door->close({});
}

void ServerDoors::close_all(const ActorId& actor) {
  Doors all = doors_.with([&](auto& doors) {
    auto found = doors.find(actor);
    if (found == doors.end()) return Doors();
    Doors taken = std::move(found->second);
    doors.erase(found);
    return taken;
  });
  for (const auto& door : all)
    door->close({});
}

}  // namespace theater
