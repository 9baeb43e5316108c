// What a host function does to the world, which decides how a call of it is recorded.
//
//   class      for                                                 recorded
//   kRead      the result comes from the world or the runtime      `host`: arguments and result
//              (now, random, get-var, read-file, get-actor-id)
//   kNote      the result is fixed, or follows from the arguments  `note`: arguments
//              and the chain (log, record-metric, get-chain)
//   kInternal  acts inside the node (send, request, spawn, store)  `sent` or `host`, with the
//   result kEffect    changes the world (send-http, write-file, spawn a   `intent` before,
//   `outcome` after
//              process)
//
// The class is declared once, where the function is; the binder does the recording, so that a
// handler can neither forget it nor do it otherwise.
#pragma once

#include <cstdint>

namespace theater {

enum class EffectClass : uint8_t { kRead, kNote, kInternal, kEffect };

}  // namespace theater
