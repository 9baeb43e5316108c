// The seam between the C interface of the Rust crate and the rest of this module: slices, buffers
// and errors turned into ours. Included by this module's sources only.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"
#include "theater/engine/trap.h"

#include <theater_engine.h>

#include <memory>

namespace theater::engine::raw {

inline te_slice slice(ByteView bytes) {
  return {bytes.data(), bytes.size()};
}
inline te_slice slice(std::string_view text) {
  return slice(as_bytes(text));
}
inline ByteView view(te_slice slice) {
  return {slice.data, slice.size};
}
inline std::string_view text(te_slice slice) {
  return as_text(view(slice));
}

// Bytes that the Rust side allocated, freed with the object.
class Buffer {
 public:
  Buffer() = default;
  ~Buffer() { te_buffer_delete(&buffer_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  te_buffer* out() { return &buffer_; }
  ByteView view() const { return {buffer_.data, buffer_.size}; }

 private:
  te_buffer buffer_{};
};

struct ErrorDeleter {
  void operator()(te_error* error) const { te_error_delete(error); }
};
using ErrorPtr = std::unique_ptr<te_error, ErrorDeleter>;

// Takes over an error of a compile, load, link or tooling call. `error` is not null.
Failure failure(te_error* error);

// What a guest failed with.
Trap trap(const te_error* error);

}  // namespace theater::engine::raw
