// Actors of guests/player.wat on a server, and what they are sent.
#pragma once

#include "theater/base/bytes.h"

#include <cstdint>
#include <string>
#include <string_view>

#include "client.h"

namespace theater::bench {

// The text of a message of that order, as guests/player.wat takes it.
std::string message_text(char order, uint64_t number = 0);
inline constexpr char kFloodOrder = 1;
inline constexpr char kCountOrder = 2;
inline constexpr char kEchoOrder = 5;

// A manifest for the guest, in which every limit has room for the load. `durability` is the word.
std::string manifest_text(std::string_view name, std::string_view durability,
                          std::string_view more = {});

// What a client may add to a start.
struct StartParts {
  std::string peer = {};    // The id in the actor's state; an actor without a peer has no state.
  std::string grant = {};   // Beyond the policy.
  std::string folder = {};  // That relative paths are below.
};

// Starts actors of the guest, with the component in each request.
class Starter {
 public:
  // `guests` is the folder of the guests.
  explicit Starter(const std::string& guests);

  // Returns the id of the actor, which is up.
  std::string start(Client& client, const std::string& manifest,
                    const StartParts& parts = {}) const;
  // The text of the request that does so.
  std::string request(const Entrance& entrance, const std::string& manifest,
                      const StartParts& parts = {}) const;

 private:
  Bytes component_;
};

// The value of a member of a JSON text that is a string without escapes, or a number. The first of
// that name counts; empty for none.
std::string_view json_member(std::string_view json, std::string_view name);

// `/v1/actors/ID/…`
std::string actor_target(std::string_view id, std::string_view rest);

}  // namespace theater::bench
