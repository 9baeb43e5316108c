// A file in memory that no process can change: for a program that is executed as it was when the
// node looked at it.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/descriptor.h"
#include "theater/base/hash.h"
#include "theater/base/result.h"

#include <cstddef>
#include <span>
#include <string>

namespace theater {

// The largest program that seal_program() copies.
inline constexpr size_t kSealedProgramMax = size_t{128} << 20;

// A sealed file of these bytes. `name` is for errors, and for who looks into /proc. Its number is
// above 2. Fails with kIo or kResourceExhausted. Safe from any thread.
Result<Descriptor> seal_file(const std::string& name, ByteView content);

// A sealed copy of the program at the absolute `path`, whose digest is one of these. The digest is of
// the copy, so a later change of the file does not change what is executed.
//
// Fails with kPermissionDenied if the digest is another one, or if not everybody may read and execute
// the file, since everybody may execute the copy; the rights of the folders above it do not count.
// Fails with kUnsupported for a script, whose interpreter a digest does not cover, and for a larger
// file; with kNotFound and kIo. Blocks.
Result<Descriptor> seal_program(const std::string& path, std::span<const Hash> digests);

}  // namespace theater
