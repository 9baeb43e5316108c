// Chains for tests: of an actor with a parent, in which every body stands, of an actor that an
// operator started, and of a node. Together they hold every operation and every origin. Two more
// hold every kind of `noted` whose data has a type in log.wit: of a parent whose child used a
// budget, and of the node of a server.
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
Chain sample_parent_chain();
Chain sample_server_chain();

}  // namespace theater::log
