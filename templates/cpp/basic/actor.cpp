// Says hello and is done.
#include <theater/actor.hpp>
#include <theater/runtime.hpp>

using theater::Status;

struct Actor {
  Status init(std::string_view) {
    theater::log("hello from " + theater::get_actor_name());
    return theater::shutdown("done");
  }
};

THEATER_ACTOR(Actor)
