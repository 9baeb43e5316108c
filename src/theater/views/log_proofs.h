// What the owner of a log hands out: heads of chains, checkpoints, and the proofs that join them.
//
// The text of a checkpoint and of a proof is the C2SP note itself (log/merkle/tlog_text.h); the
// values here are the same facts for programs.
#pragma once

#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/log/merkle/tlog_text.h"
#include "theater/log/reader/log_reader.h"
#include "theater/views/json.h"
#include "theater/views/log_facts.h"

#include <cstdint>
#include <optional>
#include <string>

namespace theater::views {

// A chain in short.
struct ChainFacts {
  ActorId actor;
  std::string name;
  uint64_t events = 0;
  Hash head;
};

Json chain_facts_json(const ChainFacts& chain);

// Size, root and newest checkpoint of a log. Fails as log_root() and newest_checkpoint() do.
Result<Json> log_head_json(const log::LogReader& reader);

// The name of a key, the key as one line, and its bytes.
Json key_json(const log::VerifierKey& key);

// `proof`, if there is one, shows that the log of `newest` continues an earlier checkpoint.
Json checkpoint_json(const NewestCheckpoint& newest,
                     const std::optional<log::ConsistencyText>& proof);

// The proof that one event is in the log of a checkpoint.
struct EventProof {
  ActorId actor;
  uint64_t seq = 0;
  Hash hash;  // Leaf of the tree.
  log::Checkpoint checkpoint;
  log::InclusionText proof;
};

Json event_proof_json(const EventProof& proof);

}  // namespace theater::views
