#include "theater/base/secret_bytes.h"

#include "theater/base/file.h"

#include <gtest/gtest.h>

#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <string>

namespace theater::secret_bytes_test {

// The flags that the kernel shows for the mapping with this address, such as "rd wr mr dd".
std::string flags_at(const void* address) {
  std::ifstream maps("/proc/self/smaps");
  auto wanted = reinterpret_cast<uintptr_t>(address);
  bool inside = false;
  for (std::string line; std::getline(maps, line);) {
    uintptr_t begin = 0;
    uintptr_t end = 0;
    if (std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR " ", &begin, &end) == 2)
      inside = wanted >= begin && wanted < end;
    if (inside && line.starts_with("VmFlags:")) return line.substr(8) + " ";
  }
  return {};
}

TEST(SecretBytes, KeepsItsBytesOutOfDumpsAndForks) {
  SecretBytes secret(as_bytes("a secret of some length"));
  EXPECT_EQ(secret.text(), "a secret of some length");
  EXPECT_EQ(secret.size(), 23u);
  std::string flags = flags_at(secret.view().data());
  EXPECT_NE(flags.find(" dd "), std::string::npos) << flags;  // MADV_DONTDUMP
  EXPECT_NE(flags.find(" dc "), std::string::npos) << flags;  // MADV_DONTFORK
}

TEST(SecretBytes, HasRoomForAnySize) {
  for (size_t size : {size_t{0}, size_t{4096}, size_t{4097}, size_t{8192}}) {
    Bytes bytes(size, 'x');
    SecretBytes secret(bytes);
    EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), secret.view().begin(), secret.view().end()));
  }
}

TEST(SecretBytes, WipesWhatItIsGiven) {
  Bytes bytes(100, 'x');
  wipe(std::span(bytes));
  EXPECT_TRUE(all_zero(bytes));
  std::string text(100, 'x');
  wipe(std::span<char>(text));
  EXPECT_EQ(text, std::string(100, '\0'));
}

}  // namespace theater::secret_bytes_test
