// A guest for tests that follows its messages letter by letter, and mixes every value that it gets
// into its state. A replay that gives it another value thus ends with another state.
#pragma once

#include "theater/actor/testing/actor_harness.h"

#include <string>
#include <string_view>
#include <vector>

namespace theater::replay::testing {

// The letters of a message. Capitals end the call.
//
//   s say        m mutter           e mutter nothing (an error)   n name
//   t stamp      f fetch (waits)    x secret    y secret-maybe    o outstanding
//   d send to a peer                r request to a peer (waits)   p respond to an open request
//   k cancel an open request        c get-chain                   q drop the state
//   w give way   l leave
//   E error      T trap             W secret-word (traps)         N answer later (of a request)
inline constexpr std::string_view kLetters = "smentfxyodrpkcqwlETWN";

// A component of that kind, with the functions of the harness's probe handler. It addresses the
// peers in turn. With `forgetful` it mixes no value into its state, which stays as it is.
struct BusyOptions {
  std::vector<ActorId> peers = {};
  bool forgetful = false;
};
theater::testing::ScriptedComponent random_component(const theater::testing::ActorHarness& harness,
                                                     const BusyOptions& options = {});

}  // namespace theater::replay::testing
