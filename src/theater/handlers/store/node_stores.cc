#include "theater/handlers/store/node_stores.h"

#include <utility>

namespace theater {

Result<std::shared_ptr<ContentStore>> NodeStores::open() {
  // Two at once would be two writers; the others wait for the one that opens.
  return opened_.with(
      [&](std::shared_ptr<ContentStore>& opened) -> Result<std::shared_ptr<ContentStore>> {
        if (opened == nullptr) opened = THEATER_TRY(ContentStore::open(folder_));
        return opened;
      });
}

}  // namespace theater
