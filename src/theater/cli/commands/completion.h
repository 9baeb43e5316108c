// `theater completion SHELL`: a script that makes a shell complete commands of this program, and
// `theater complete`, which that script calls.
#pragma once

#include "theater/cli/options/command.h"

#include <string>

namespace theater::cli {

struct CompletionOptions {
  std::string shell;
};

extern const CommandOf<CompletionOptions> kCompletionCommand;

// `theater complete -- WORDS`: prints what may stand in place of the last word. The first line says
// whether file names may stand there, too: `files` or `words`. Each further line is one whole word.
// It has no meaning for a shell: the scripts take it as data, and quote it for the command line.
Command complete_command();

}  // namespace theater::cli
