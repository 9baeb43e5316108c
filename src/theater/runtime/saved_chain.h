// Chains that outlive their actors although no log has them.
//
// An actor whose durability is `memory` leaves nothing on disk. If its manifest says `save_chain`,
// the node writes its chain to the home when the actor has ended, as an export without proof
// (docs/formats/export.md): `theater log show`, `verify` and `replay` take such a file. Only an
// operator's manifest has this effect. A manifest that a guest chose does not, because the guest
// could fill the disk with files that no budget counts.
#pragma once

#include "theater/actor/cell/actor_template.h"
#include "theater/actor/cell/whole_chain.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/store/blob_store.h"

#include <filesystem>

namespace theater {

// Whether the node writes the chain of an actor with this manifest. `by_operator` says whose
// manifest it is.
bool saves_chain(const Manifest& manifest, bool by_operator);

// Where a node saves them.
struct SavedChains {
  std::filesystem::path folder;  // Of the home.
  ActorId log;                   // The log that the files name.
};

// Writes the file `<actor>.export` into the folder, which is made if it is missing. Blocks. Fails
// with kResourceExhausted for a chain that was dropped, and as NewFile and write_chain_export() do.
Result<void> save_chain(const SavedChains& place, const ActorId& actor, const WholeChain& chain,
                        const BlobStore& blobs);

}  // namespace theater
