#include "theater/runtime/saved_chain.h"

#include "theater/base/file.h"
#include "theater/base/new_file.h"
#include "theater/log/export/writer.h"

namespace theater {

bool saves_chain(const Manifest& manifest, bool by_operator) {
  return manifest.save_chain && manifest.log.durability == Durability::kMemory && by_operator;
}

Result<void> save_chain(const SavedChains& place, const ActorId& actor, const WholeChain& chain,
                        const BlobStore& blobs) {
  if (chain.is_dropped()) {
    return fail(ErrorCode::kResourceExhausted,
                "its events have more than {} MiB: with durability `async` the log keeps them all",
                WholeChain::kBytesMax >> 20);
  }
  THEATER_TRY_VOID(make_private_folder(place.folder));
  auto file = THEATER_TRY(
      NewFile::create(place.folder / (actor.to_string() + ".export"), FileMode::kPrivate));
  THEATER_TRY(log::write_chain_export(place.log, actor, chain.events(), blobs,
                                      [&](ByteView bytes) { return file.append(bytes); }));
  return file.finish();
}

}  // namespace theater
