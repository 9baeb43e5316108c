// Bytes that must not outlive their use: they are wiped when the object goes, and a core dump does
// not have them.
//
// They lie in memory pages of their own, which the kernel leaves out of dumps and out of forked
// processes, and does not swap out if the process may lock that much. Copies that others make, such
// as those of a library that sends them, are out of reach of this.
#pragma once

#include "theater/base/bytes.h"

#include <cstddef>
#include <span>
#include <string_view>

namespace theater {

// Immutable, and then safe from any thread.
class SecretBytes final {
 public:
  explicit SecretBytes(ByteView bytes);
  ~SecretBytes();
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;

  ByteView view() const { return {pages_, size_}; }
  std::string_view text() const { return as_text(view()); }
  size_t size() const { return size_; }

 private:
  uint8_t* pages_;
  size_t size_;
  size_t mapped_;
};

// Overwrites the bytes, in a way that the compiler keeps.
void wipe(std::span<uint8_t> bytes);
void wipe(std::span<char> text);

}  // namespace theater
