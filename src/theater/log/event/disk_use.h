// The rule of what an actor adds to the disk, counted from its events alone.
//
//   log     each event but `control`: its payloads, and kLogBytesOfEvent
//   stores  each call that puts content into a store: its arguments; a call that removes content
//           gives back the bytes that it answers
//   files   each call that writes a file or makes a folder: its arguments, or kNewFileBytes if
//           that is more; each call that appends to a file: its arguments, or kAppendBytes
//
// A call counts whether or not it succeeds and whether or not its bytes were there before. So the
// living actor and a recovery, which may lack the bytes of a payload, count the same. The node
// itself makes `control`, and a recovery hands over a `held` that is not on record.
#pragma once

#include "theater/log/event/bodies.h"

#include <cstdint>
#include <string_view>

namespace theater::log {

// The hash link, time, kind and index entry of an event, rounded up.
inline constexpr uint64_t kLogBytesOfEvent = 128;

// A folder, and a file however small, takes a block of the file system; one that is empty takes an
// inode.
inline constexpr uint64_t kNewFileBytes = 4096;
inline constexpr uint64_t kAppendBytes = 256;

// What one call counts.
struct DiskUse {
  std::string_view name;  // kStoreBytes or kFilesBytes; empty if the call writes nothing.
  uint64_t size_bytes = 0;
};

// A call with so many bytes of arguments. The interface may have a version.
DiskUse disk_use_of_call(std::string_view interface, std::string_view function,
                         uint64_t arguments_bytes);

// Whether a call gives bytes of stores back.
bool frees_store_bytes(std::string_view interface, std::string_view function);

// What such a call gives back, by its result: 0 if it failed, or if the record lacks the result.
uint64_t freed_store_bytes(const Payload& result);

// What the event counts in the log.
uint64_t log_bytes_of(const Body& body);

}  // namespace theater::log
