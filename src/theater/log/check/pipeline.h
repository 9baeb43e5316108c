// Runs the stages of check_log() over a log, on as many threads as help.
//
//   layout → prepare → tree
//                    → chains
//
// Layout, tree and chains take the chunks in order, one at a time each; prepare takes any.
// Whichever thread is free does what is most due, so that the slowest stage is never waited for
// while there is other work. What is found does not depend on who does what.
#pragma once

#include "theater/log/check/chains.h"
#include "theater/log/check/layout.h"
#include "theater/log/check/tree.h"

#include <cstdint>
#include <functional>

namespace theater::log::check {

struct Stages {
  Layout& layout;
  TreeStage& tree;
  ChainStage& chains;
};

// Returns when the log is at its end. `progress` is called on the calling thread, with the bytes
// read. With `threads` 1, everything is done there.
void run_stages(const Stages& stages, unsigned threads,
                const std::function<void(uint64_t bytes)>& progress);

}  // namespace theater::log::check
