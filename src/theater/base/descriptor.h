// A file descriptor with its owner.
#pragma once

#include <string>
#include <utility>

namespace theater {

// Move-only; closes on destruction. Reading the number is safe from any thread.
class Descriptor {
 public:
  Descriptor() = default;
  // Owns `number` from here on; below zero it owns nothing, as after a failed system call.
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    // What this one had is closed when `other` goes.
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() { reset(); }

  bool open() const { return number_ >= 0; }
  int number() const { return number_; }
  int release() { return std::exchange(number_, -1); }
  void reset();

  // The kernel's name for the open file. A caller can open it again, or read it as a link that says
  // where the file is.
  std::string link() const { return "/proc/self/fd/" + std::to_string(number_); }

 private:
  int number_ = -1;
};

}  // namespace theater
