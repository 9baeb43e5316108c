// Runs the stages of check_log() over a log, on as many threads as help.
//
//   layout → prepare → tree
//                    → chains
//
// Layout, tree and chains each take the chunks in order, one at a time; prepare takes any. A free
// thread does the most urgent work, so no thread waits for the slowest stage while there is other
// work. The findings do not depend on the distribution of the work, except for which bodies are
// read before the allowance is spent.
#pragma once

#include "theater/log/check/chains.h"
#include "theater/log/check/layout.h"
#include "theater/log/check/tree.h"
#include "theater/log/segment/body_allowance.h"

#include <cstdint>
#include <functional>

namespace theater::log::check {

struct Stages {
  Layout& layout;
  TreeStage& tree;
  ChainStage& chains;
  BodyAllowance& bodies;
};

// Returns at the end of the log. Calls `progress` on the calling thread, with the bytes read. The
// calling thread does all work of a small log; others join it, up to `threads` in all, once the log
// turns out to have much of it. Small files may have much: a body can be made of few bytes.
void run_stages(const Stages& stages, unsigned threads,
                const std::function<void(uint64_t bytes)>& progress);

}  // namespace theater::log::check
