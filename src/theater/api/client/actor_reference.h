// The argument ACTOR of commands that talk to a server.
//
// A word is an actor's id, the beginning of one (at least 4 digits), the name of a root, or a path
// from a root to an actor below it: `foreman/kid`. Several actors may have had one name. A command
// that reads takes the newest of them, and `counter@-1` is the one before, `counter@-2` the one
// before that. A command that acts never guesses, and digits that begin the id of one actor and are
// the name of another mean neither of them.
#pragma once

#include "theater/api/client/api_client.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/views/json.h"

#include <string_view>

namespace theater::api {

enum class ActorUse : uint8_t {
  kRead,
  kAct,
};

// The actor that `word` names. Of actors that have one name, kAct takes the only one that has not
// ended, and kRead the newest. Returns it as the API describes it, and with an id. Fails with
// kNotFound, and with kInvalidArgument if several actors may be meant, listing them.
Result<views::Json> find_actor(ApiClient& client, std::string_view word, ActorUse use);

// The id of an actor as the API describes it. Fails with kCorrupt.
Result<ActorId> actor_id_of(const views::Json& actor);

}  // namespace theater::api
