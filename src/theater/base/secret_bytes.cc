#include "theater/base/secret_bytes.h"

#include "theater/base/check.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

namespace theater {

SecretBytes::SecretBytes(ByteView bytes) : size_(bytes.size()) {
  auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  mapped_ = std::max<size_t>((size_ + page - 1) / page * page, page);
  void* made = ::mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  THEATER_CHECK(made != MAP_FAILED, "no memory for {} bytes", mapped_);
  pages_ = static_cast<uint8_t*>(made);
  THEATER_CHECK(::madvise(pages_, mapped_, MADV_DONTDUMP) == 0);
  THEATER_CHECK(::madvise(pages_, mapped_, MADV_DONTFORK) == 0);
  // Users may lock little memory, and a node that cannot lock has its secrets all the same.
  (void)::mlock(pages_, mapped_);
  std::copy(bytes.begin(), bytes.end(), pages_);
}

SecretBytes::~SecretBytes() {
  wipe(std::span(pages_, size_));
  ::munmap(pages_, mapped_);
}

void wipe(std::span<uint8_t> bytes) {
  ::explicit_bzero(bytes.data(), bytes.size());
}

void wipe(std::span<char> text) {
  ::explicit_bzero(text.data(), text.size());
}

}  // namespace theater
