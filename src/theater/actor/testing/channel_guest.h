// A guest for tests that opens, uses and closes channels. The letters of its messages say how.
#pragma once

#include "theater/actor/testing/actor_harness.h"

#include <cstdint>
#include <string>
#include <vector>

namespace theater::testing {

// What each letter of a message does:
//
//   a b c d  opens a channel to that peer; the letter after it says how that takes it:
//            y accepts, Y accepts with a message, n refuses, e returns an error, T traps
//   0 to 9   sends the letter after it on the known channel of that number
//   h        closes the channel of the number after it
//   w        gives way
//   E T l    returns an error, traps, leaves
//
// The guest also reacts to a message on a channel: it answers a digit n with n - 1, closes the
// channel on h, and traps on T. The state has the ids of the known channels, one a line.
ScriptedComponent channel_guest(const ActorHarness& harness, std::vector<ActorId> peers);

// A message of a few letters, most of which open channels and speak on them.
std::string random_chat(SeededRandom& random);

// Needs a harness with threads. So many clients at once let the actors chat, and kill some of them;
// then all actors are ended. Returns when all have ended.
void chat_on_threads(ActorHarness& harness, const std::vector<ActorId>& ids, uint64_t clients);

}  // namespace theater::testing
