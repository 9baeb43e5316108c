#include "theater/handlers/http_framework/server_door.h"

#include "theater/base/check.h"
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

std::shared_ptr<ServerLink> ServerDoor::server_of(uint64_t connection) const {
  return state_.with([connection](const State& state) -> std::shared_ptr<ServerLink> {
    if (state.servers.empty()) return nullptr;
    return state.servers[connection % state.servers.size()].second;
  });
}

void ServerDoor::serve(HttpRequest request, std::unique_ptr<PortReply> reply) {
  // The port counts its connections, so this takes the servers in turn.
  auto server = server_of(request.connection.value);
  if (server == nullptr) return reply->answer(busy_answer("The actor restarts."));
  RequestExchange::serve(std::move(server), std::move(request), std::move(reply));
}

HttpAdmission ServerDoor::admit(const HttpRequest&, std::optional<uint64_t> length) {
  // The head of a request does not say its connection. All servers have the same rules.
  auto server = server_of(0);
  if (server == nullptr) return {.refusal = busy_answer("The actor restarts.")};
  uint64_t most = server->parts().rules.body_bytes_max();
  // The server itself refuses a longer one.
  if (length && *length > most) return {.body_bytes_max = most};
  auto room = room_->take(length.value_or(most));
  if (room == nullptr) return {.refusal = busy_answer("The node has too many bodies to take.")};
  return {.body_bytes_max = most, .hold = std::move(room)};
}

bool ServerDoor::State::leads_to(const ActorId& actor) const {
  return std::any_of(servers.begin(), servers.end(),
                     [&](const auto& server) { return server.first == actor; });
}

bool ServerDoor::open(std::shared_ptr<HttpPort> port) {
  uint16_t number = port->number();
  std::vector<Opened> waiting;
  bool is_open = state_.with([&](State& state) {
    if (state.is_closed) return false;
    for (const auto& [actor, server] : state.servers)
      server->set_name({place_.address, number});
    state.port = std::move(port);
    waiting = std::move(state.waiting);
    return true;
  });
  for (const Opened& then : waiting)
    then(number);
  return is_open;
}

void ServerDoor::not_opened(const Error& why, Attempt attempt) {
  auto waiting = state_.with([attempt](State& state) {
    state.has_failed = true;
    if (attempt == Attempt::kLast) state.is_closed = true;
    return std::exchange(state.waiting, {});
  });
  for (const Opened& then : waiting)
    then(Failure(Error(why)));
}

void ServerDoor::when_open(Opened then) {
  auto decided = state_.with([&](State& state) -> std::optional<Result<uint16_t>> {
    if (state.port) return state.port->number();
    if (state.is_closed) return fail(ErrorCode::kUnavailable, "the server was stopped meanwhile");
    state.waiting.push_back(std::move(then));
    return std::nullopt;
  });
  if (decided) then(*decided);
}

bool ServerDoor::is_open() const {
  return state_.with([](const State& state) { return state.port != nullptr; });
}

bool ServerDoor::is_promising() const {
  return state_.with([](const State& state) { return state.port != nullptr || !state.has_failed; });
}

bool ServerDoor::is_closed() const {
  return state_.with([](const State& state) { return state.is_closed; });
}

uint16_t ServerDoor::number() const {
  return state_.with([](const State& state) {
    return state.port == nullptr ? uint16_t{0} : state.port->number();
  });
}

bool ServerDoor::is_at(const Place& place) const {
  if (place == place_) return true;
  return place.port != 0 && place == Place{place_.address, number(), place_.key_pair};
}

bool ServerDoor::lead_to(const ActorId& actor, std::shared_ptr<ServerLink> server) {
  return state_.with([&](State& state) {
    if (state.is_closed) return false;
    if (state.port) server->set_name({place_.address, state.port->number()});
    state.servers.emplace_back(actor, std::move(server));
    return true;
  });
}

void ServerDoor::leave(const ActorId& actor) {
  state_.with([&](State& state) {
    std::erase_if(state.servers, [&](const auto& server) { return server.first == actor; });
  });
}

bool ServerDoor::leads_to(const ActorId& actor) const {
  return state_.with([&](const State& state) { return state.leads_to(actor); });
}

void ServerDoor::close(std::function<void()> then) {
  auto port = state_.with([](State& state) {
    state.is_closed = true;
    return std::move(state.port);
  });
  not_opened(Error(ErrorCode::kUnavailable, "the server was stopped meanwhile"), Attempt::kLast);
  if (port) {
    port->stop(std::move(then));
  } else if (then) {
    then();
  }
}

bool ServerDoor::close_if_vacant() {
  bool is_vacant = state_.with([](State& state) {
    if (!state.servers.empty()) return false;
    state.is_closed = true;
    return true;
  });
  if (is_vacant) close({});
  return is_vacant;
}

std::vector<ServerDoors::Entry>* ServerDoors::State::pool(const ActorId& actor) {
  auto number = pool_of.find(actor);
  if (number == pool_of.end()) return nullptr;
  auto found = pools.find(number->second);
  return found == pools.end() ? nullptr : &found->second;
}

ServerDoors::Doors ServerDoors::State::drop_unheld(const ActorId& actor) {
  Doors unheld;
  std::vector<Entry>* entries = pool(actor);
  if (entries == nullptr) return unheld;
  std::erase_if(*entries, [&](Entry& entry) {
    if (!entry.holders.empty()) return false;
    unheld.push_back(std::move(entry.door));
    return true;
  });
  if (entries->empty()) pools.erase(pool_of.at(actor));
  return unheld;
}

void ServerDoors::add(const Holder& holder, std::shared_ptr<ServerDoor> door,
                      std::shared_ptr<ServerLink> server) {
  state_.with([&](State& state) {
    THEATER_CHECK(door->lead_to(holder.actor, std::move(server)));
    state.pool_of.insert_or_assign(holder.actor, holder.pool);
    state.pools[holder.pool].push_back({std::move(door), {holder.actor}});
  });
}

std::shared_ptr<ServerDoor> ServerDoors::join(const Holder& holder, const ServerDoor::Place& place,
                                              Wanted wanted, std::shared_ptr<ServerLink> server) {
  return state_.with([&](State& state) -> std::shared_ptr<ServerDoor> {
    auto found = state.pools.find(holder.pool);
    if (found == state.pools.end()) return nullptr;
    for (Entry& entry : found->second) {
      ServerDoor& door = *entry.door;
      bool is_usable = wanted == Wanted::kPromising ? door.is_promising() : true;
      if (!is_usable || door.leads_to(holder.actor) || !door.is_at(place)) continue;
      if (!door.lead_to(holder.actor, server)) continue;
      entry.holders.insert(holder.actor);
      state.pool_of.insert_or_assign(holder.actor, holder.pool);
      return entry.door;
    }
    return nullptr;
  });
}

bool ServerDoors::remove(const ActorId& actor, const std::shared_ptr<ServerDoor>& door) {
  return state_.with([&](State& state) {
    door->leave(actor);
    std::vector<Entry>* entries = state.pool(actor);
    if (entries == nullptr) return true;
    for (Entry& entry : *entries) {
      if (entry.door == door) entry.holders.erase(actor);
    }
    Doors unheld = state.drop_unheld(actor);
    // A door that is not kept any more has no other holder either.
    entries = state.pool(actor);
    return entries == nullptr || std::none_of(entries->begin(), entries->end(),
                                              [&](const Entry& one) { return one.door == door; });
  });
}

void ServerDoors::close_vacant(const ActorId& actor) {
  Doors vacant = state_.with([&](State& state) {
    std::vector<Entry>* entries = state.pool(actor);
    if (entries == nullptr) return Doors();
    for (Entry& entry : *entries) {
      if (!entry.door->leads_to(actor)) entry.holders.erase(actor);
    }
    return state.drop_unheld(actor);
  });
  for (const auto& door : vacant)
    door->close({});
}

void ServerDoors::close_all(const ActorId& actor) {
  Doors all = state_.with([&](State& state) {
    Doors unheld;
    if (std::vector<Entry>* entries = state.pool(actor)) {
      for (Entry& entry : *entries) {
        if (entry.holders.erase(actor) != 0) entry.door->leave(actor);
      }
      unheld = state.drop_unheld(actor);
    }
    state.pool_of.erase(actor);
    return unheld;
  });
  for (const auto& door : all)
    door->close({});
}

}  // namespace theater
