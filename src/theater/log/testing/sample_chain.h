// Chains for tests: of an actor with a parent, in which every body stands, of an actor that an
// operator started, and of a node. Together they hold every operation and every origin.
#pragma once

#include "theater/log/event/chain.h"

namespace theater::log {

// A digest and an actor id that are easy to recognise: every byte is `byte`.
Hash sample_hash(uint8_t byte);
ActorId sample_actor(uint8_t byte);

// The first instance of the sample actor, with the functions that its events name.
Instance sample_instance();

Chain sample_actor_chain();
Chain sample_root_chain();
Chain sample_node_chain();

}  // namespace theater::log
