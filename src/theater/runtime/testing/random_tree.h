// Random supervision trees for a family, and how many of them a test tries.
#pragma once

#include "theater/base/random.h"
#include "theater/runtime/testing/family.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace theater::testing {

// A number that the environment says, or another.
inline uint64_t from_environment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

inline std::string one_of(SeededRandom& dice, const std::vector<std::string>& words) {
  return words[dice.below(words.size())];
}

// `[supervision]` and `[[child]]` of a random tree that many levels deep.
inline std::string random_tree(SeededRandom& dice, const Family& family, int depth, int& files) {
  std::string text = fmt::format(
      "[supervision]\nstrategy = \"{}\"\nrestarts = {}\nperiod = {}\nbackoff = {}\nspawned = "
      "\"{}\"\n",
      one_of(dice, {"one-for-one", "one-for-all", "rest-for-one"}), dice.below(6),
      1 + dice.below(2'000), dice.below(20), one_of(dice, {"permanent", "transient", "temporary"}));
  if (dice.below(2) == 0) text += fmt::format("[log]\nsnapshot_events = {}\n", 1 + dice.below(9));
  if (depth == 0) return text;
  for (uint64_t i = dice.below(4); i > 0; --i) {
    std::string below = random_tree(dice, family, depth - 1, files);
    std::string manifest = family.add_manifest(fmt::format("m{}", files++), below);
    std::string from = one_of(dice, {"initial", "committed"});
    text += fmt::format(
        "[[child]]\nname = \"c{}\"\nmanifest = \"{}\"\nrestart = \"{}\"\nrestart_from = \"{}\"\n"
        "stop_timeout = {}\n",
        i, manifest, one_of(dice, {"permanent", "permanent", "transient", "temporary"}), from,
        1 + dice.below(200));
    if (from == "committed" && dice.below(2) == 0) text += "restart_init = true\n";
  }
  return text;
}

}  // namespace theater::testing
