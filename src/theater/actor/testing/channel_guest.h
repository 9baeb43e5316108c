// A guest for tests that does with channels what its messages say, letter by letter.
#pragma once

#include "theater/actor/testing/actor_harness.h"

#include <cstdint>
#include <string>
#include <vector>

namespace theater::testing {

// What each letter of a message does:
//
//   a b c d  opens a channel to that peer; the letter after it says how that takes it:
//            y accepts, Y accepts with a message, n does not, e returns an error, T traps
//   0 to 9   sends the letter after it on the channel of that number, of those it knows
//   h        hangs up the channel of the number after it
//   w        gives way
//   E T l    returns an error, traps, leaves
//
// What comes on a channel is looked at too: a digit n is answered with n - 1, h hangs up, T traps.
// The state has the ids of the channels that the guest knows, a line each.
ScriptedComponent chatter(const ActorHarness& stage, std::vector<ActorId> peers);

// A message of a few letters, most of which open channels and speak on them.
std::string random_chat(SeededRandom& random);

// On a stage with threads: that many clients at once have the actors chat, and kill some; then all
// are ended. Returns when they have.
void chat_on_threads(ActorHarness& stage, const std::vector<ActorId>& ids, uint64_t clients);

}  // namespace theater::testing
