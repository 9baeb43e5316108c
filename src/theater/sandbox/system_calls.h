// The system calls of a command: one table, and the filter (seccomp) that the kernel runs for it.
//
// The table lists what a command may call. A call that it does not list fails with ENOSYS, as on a
// kernel without it: programs have another way then. A new call of a newer kernel is therefore
// missing until the table names it. Three groups shape it:
//
//   - Landlock judges opening, making, renaming and removing, so calls that do these are allowed.
//     It judges neither a change of mode, owner, time or attribute by path, nor, on older kernels,
//     of a length, and a filter cannot read paths. A change of mode or times is passed to the node,
//     which judges it (path_requests.h); the others are refused with EPERM. The same change of an
//     open file is allowed, since Landlock has judged the opening.
//   - A call that makes or joins a namespace, mounts, traces another process, reads its memory or
//     its descriptors, uses keys, or hides other calls in a queue (io_uring) is not listed.
//   - A call that opens or names a socket is refused. A connected pair of AF_UNIX sockets is
//     allowed, because it is a pipe.
//
// A call may depend on its arguments, as far as they are numbers; pointers can be zero or not.
#pragma once

#include "theater/sandbox/sandbox_network.h"

#include <linux/filter.h>

#include <cstdint>
#include <span>
#include <vector>

namespace theater {

// fchmodat2(2), which the headers of older machines lack.
inline constexpr uint32_t kFchmodat2 = 452;

enum class CallVerdict : uint8_t {
  kAllowed,
  kRefused,  // EPERM.
  kUnknown,  // ENOSYS.
  kPassed,   // The node answers; EPERM where it cannot.
};

// What surrounds the program besides the filter, on which some rules depend.
struct CallWorld {
  // In namespaces a program may change what a path names, since it sees nothing of others; and it
  // may begin sessions and groups and signal all processes, since the namespace holds its own alone.
  bool in_namespaces = false;
  // With a network it opens sockets of the internet's families; never of others.
  Network network = Network::kNone;
};

// Whether the node can answer calls of a command.
enum class NodeListens : bool { kNo, kYes };

// A look at one half of an argument: whether its bits in `mask` are `value`, or are not.
struct CallTest {
  enum class Half : uint8_t { kLow, kHigh };
  enum class Expect : uint8_t { kEqual, kUnequal };
  uint8_t argument;  // From zero.
  uint32_t mask;
  uint32_t value;
  Expect expect = Expect::kEqual;
  Half half = Half::kLow;
};

// At least one test of each group holds, or the call gets the other verdict.
using CallCondition = std::vector<std::vector<CallTest>>;

struct CallRule {
  uint32_t number;
  CallVerdict verdict;
  CallCondition condition = {};  // Only of an allowed call; without groups it always holds.
  CallVerdict otherwise = CallVerdict::kRefused;
};

// The rules of this machine's calls, by number, each number once.
std::span<const CallRule> system_call_rules(const CallWorld& world = {});

// The filter made from the rules. A call of another architecture kills the process; those of x32
// have numbers above all rules, so they are unknown. Made at the first call, which allocates; the
// span is valid for ever. Safe from any thread.
std::span<const sock_filter> system_call_filter(const CallWorld& world, NodeListens listens);

}  // namespace theater
