// What a host function does to the world, which decides how a call of it is recorded.
//
//   class      for                                             recorded
//   kRead      the result comes from the world or the runtime  `host`: arguments and result
//              (now, random, get-var, read-file, get-actor-id)
//   kNote      the result is none, ok, or follows from the     `note`: arguments; an error is
//              chain (log, record-metric, get-chain)           `refused` with its text; `host`
//                                                              if it follows from a chain that
//                                                              is kept shorter than in a replay
//   kInternal  acts inside the node                            `sent` or `host`, with the result
//              (send, request, spawn, store)
//   kEffect    changes the world                               `intent` before, `outcome` after
//              (send-http, write-file, spawn a process)
//
// An effect of a `sync` actor does not begin before its `intent` is on disk, and all that was
// recorded before it: a crash can hide none that has happened. Effects of others begin at once.
//
// The class is declared once, where the function is; the binder does the recording, so that a
// handler can neither forget it nor do it otherwise.
#pragma once

#include <cstdint>

namespace theater {

enum class EffectClass : uint8_t { kRead, kNote, kInternal, kEffect };

}  // namespace theater
