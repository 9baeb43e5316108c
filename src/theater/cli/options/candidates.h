// What may stand at the end of a command line that is not complete: for shells that complete words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace theater::cli {

// Value type.
struct Candidates {
  std::vector<std::string> words;
  bool has_files = false;   // The names of files, too.
  bool has_actors = false;  // The names of actors of a server, too.
};

// Those for a value that the help calls `name`, such as FILE or ACTOR.
inline Candidates candidates_for(std::string_view name) {
  Candidates candidates;
  candidates.has_actors = name.find("ACTOR") != name.npos;
  for (std::string_view file : {"FILE", "DIR", "MANIFEST", "CHECKPOINT"})
    candidates.has_files |= name.find(file) != name.npos;
  return candidates;
}

}  // namespace theater::cli
