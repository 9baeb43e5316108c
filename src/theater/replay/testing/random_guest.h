// A guest for tests that does what its messages say, letter by letter, and mixes all that it is
// told into its state: whatever it is told otherwise shows.
#pragma once

#include "theater/actor/testing/actor_harness.h"

#include <string>
#include <string_view>
#include <vector>

namespace theater::replay::testing {

// What each letter does. Capitals end the call.
//
//   s say        m mutter           e mutter nothing (an error)   n name
//   t stamp      f fetch (waits)    x secret    y secret-maybe    o outstanding
//   d send to a peer                r request to a peer (waits)   p respond to an open request
//   k cancel an open request        c get-chain                   q drop the state
//   w give way   l leave
//   E error      T trap             W secret-word (traps)         N answer later (of a request)
inline constexpr std::string_view kLetters = "smentfxyodrpkcqwlETWN";

// A component of that kind, with the functions of the stage's desk. Peers are addressed in turn.
// With `forgetful` it mixes nothing in, and keeps its state.
struct BusyOptions {
  std::vector<ActorId> peers = {};
  bool forgetful = false;
};
theater::testing::ScriptedComponent busy_component(const theater::testing::ActorHarness& stage,
                                                   const BusyOptions& options = {});

}  // namespace theater::replay::testing
