// Files of the tree that tests read: documents, golden files, guests.
//
// ctest names the tree in THEATER_SOURCE_TREE. A test program that is started by hand in the top
// folder needs no variable. The path is not compiled into the tests, so that two clones compile to
// the same bytes.
#pragma once

#include <cstdlib>
#include <string>
#include <string_view>

namespace theater {

// The path of a file or folder, given relative to the top of the tree.
inline std::string source_path(std::string_view path) {
  const char* tree = std::getenv("THEATER_SOURCE_TREE");
  return std::string(tree != nullptr ? tree : ".") + "/" + std::string(path);
}

}  // namespace theater
