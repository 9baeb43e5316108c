// The answer that a waiting host call is owed.
//
// A Responder may be kept, moved to another thread, and used once; it is answered exactly once
// whatever happens, since dropping it answers with an error. The answer goes to the actor's
// completion lane: the worker that next takes the actor records it, and then resumes the guest.
#pragma once

#include "theater/base/bytes.h"
#include "theater/wit/traits.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace theater {

// What became of a waiting host call.
struct CallAnswer {
  uint64_t call = 0;            // The number that the Responder was made with.
  std::optional<Bytes> result;  // Value bytes of the result; none if the Responder was dropped.
};

// Takes answers. Safe from any thread; an answer that no caller waits for any more is ignored.
class ReplySink {
 public:
  virtual ~ReplySink() = default;
  virtual void answered(CallAnswer answer) = 0;
};

// A Responder without its type. Move-only; may be used on any thread, by one at a time.
class RawResponder {
 public:
  RawResponder() = default;
  // `sink` is shared because the answerer may outlive the actor that asked.
  RawResponder(std::shared_ptr<ReplySink> sink, uint64_t call)
      : sink_(std::move(sink)), call_(call) {}
  ~RawResponder() { drop(); }
  RawResponder(RawResponder&& other) noexcept = default;
  RawResponder& operator=(RawResponder&& other) noexcept {
    if (this != &other) {
      drop();
      sink_ = std::move(other.sink_);
      call_ = other.call_;
    }
    return *this;
  }

  bool pending() const { return sink_ != nullptr; }

  void answer(Bytes result) && {
    if (auto sink = std::move(sink_)) sink->answered({call_, std::move(result)});
  }

 private:
  void drop() {
    if (auto sink = std::move(sink_)) sink->answered({call_, std::nullopt});
  }

  std::shared_ptr<ReplySink> sink_;
  uint64_t call_ = 0;
};

// The answer is an R, the C++ form of the host function's result. Move-only, as RawResponder.
template <class R>
class Responder {
 public:
  Responder() = default;
  explicit Responder(RawResponder reply) : reply_(std::move(reply)) {}

  bool pending() const { return reply_.pending(); }
  void answer(const R& result) && { std::move(reply_).answer(wit::encode(result)); }

 private:
  RawResponder reply_;
};

}  // namespace theater
