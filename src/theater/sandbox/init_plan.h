// What the first process of a sandbox is told to do, and what it tells the node.
//
// A plan is a row of steps, each with numbers and texts. The node writes it (InitPlan), since only
// the node knows what is granted; the program of init/ carries the steps out in their order, and
// knows no rule. The answers are messages on the channel (descriptor_channel.h). The channel closes
// when the granted program is executed.
//
// Both are built together, so the format has no version. For the source files of this module only.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace theater {

enum class InitStep : uint32_t {
  kMapUser,     // Writes the maps of the user namespace. Numbers: user, group.
  kRelay,       // Loopback up, and a listener there that the node gets. Number: port.
  kOpenRoot,    // A new, empty root; the steps after it fill it. Paths are those within.
  kFolder,      // Text: path.
  kLink,        // Texts: where it leads, path.
  kBind,        // Numbers: BindFlags, device, inode (0: any). Texts: source, path.
  kTemporary,   // A file system in memory. Texts: options, path.
  kProc,        // The processes of this sandbox. Text: path.
  kEnterRoot,   // Makes the new root the root, which nobody may change any more.
  kAllow,       // A rule of Landlock for what the steps made. Numbers: rights. Text: path.
  kBecome,      // Numbers: user, group; the first is kSameUser if it stays.
  kLimit,       // Number: the bound of each written file.
  kWorkFolder,  // Numbers: device, inode (0: any). Text: path.
  kRules,       // The set of rules of Landlock. Number: its descriptor. Before kAllow.
  kFilter,      // The filter of system calls, as bytes.
  kProgram,     // Text: path.
  kWord,        // Text.
  kVariable,    // Text.
};

inline constexpr uint64_t kSameUser = ~uint64_t{0};

enum BindFlags : uint64_t {
  kBindFile = 1,  // The source is no folder.
  kBindReadOnly = 2,
  kBindDevice = 4,  // Keeps devices; all else is without.
  kBindNoExecute = 8,
  kBindAlone = 16,  // Without what is mounted below.
};

// Stands before the texts of a step, which end in a NUL each. Steps begin at multiples of eight.
struct InitStepHead {
  InitStep step;
  uint32_t size = 0;  // Of the texts.
  uint64_t numbers[3] = {};
};

class InitPlan {
 public:
  void add(InitStep step, std::initializer_list<uint64_t> numbers,
           std::initializer_list<std::string_view> texts = {});
  void add(const InitPlan& other) { bytes_ += other.bytes_; }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

struct InitMessage {
  enum class Kind : uint32_t {
    kRelay,    // With the listener.
    kProgram,  // With a descriptor of the granted program's process.
    kFailed,   // `text` is what could not be done, behind "cannot"; `error` an errno.
  };
  Kind kind;
  int32_t error = 0;
  char text[120] = {};
};

}  // namespace theater
