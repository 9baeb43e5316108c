// Components that a node keeps, named by their digest in place of a file:
//
//   component = "sha256:<64 hexadecimal digits>"
//
// A node keeps every component that an actor with a log was made from.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/hash.h"
#include "theater/base/result.h"
#include "theater/store/blob_store.h"

namespace theater {

// The bytes of such a component. `blobs` may be null: nothing is kept then. Fails with kNotFound or
// kCorrupt.
Result<Bytes> blob_component(const Hash& digest, const BlobStore* blobs);

}  // namespace theater
