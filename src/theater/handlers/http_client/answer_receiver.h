// Collects the answer to one request of a guest, and hands it over as a whole.
//
// All answers that are being collected on a node share a bound of memory. An answer without room is
// given up, so many large answers at once cost their actors an error and never the node its memory.
#pragma once

#include "theater/actor/messaging/responder.h"
#include "theater/base/bytes.h"
#include "theater/base/guarded.h"
#include "theater/handlers/http_client/echo_guard.h"
#include "theater/handlers/http_client/http_transport.h"
#include "theater/handlers/http_client/http_values.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace theater {

// The memory of all answers of a node that are being collected. Safe from any thread.
class AnswerMemory {
 public:
  static constexpr uint64_t kBytesMax = uint64_t{1} << 30;

  explicit AnswerMemory(uint64_t bytes_max = kBytesMax) : bytes_max_(bytes_max) {}

  bool take(uint64_t bytes);
  void give_back(uint64_t bytes) { used_.fetch_sub(bytes); }
  uint64_t used() const { return used_.load(); }
  uint64_t bytes_max() const { return bytes_max_; }

 private:
  const uint64_t bytes_max_;
  std::atomic<uint64_t> used_{0};
};

// What a guest hears of a request that failed: a stable word, and a sentence.
std::string failure_text(const WebFailure& failure);

// Headers of an answer as strings, which are UTF-8. A value that is not UTF-8 is taken as Latin-1,
// as RFC 9110, 5.5 has it.
GuestHeaders guest_headers(const HttpHeaders& headers);

// Called on one thread of the transport at a time, and attach() on any.
class AnswerReceiver final : public WebReceiver {
 public:
  // A null guard is that of a request without secrets.
  AnswerReceiver(Responder<SendResult> reply, std::shared_ptr<AnswerMemory> memory,
                 std::shared_ptr<EchoGuard> guard)
      : reply_(std::move(reply)), memory_(std::move(memory)), guard_(std::move(guard)) {}
  ~AnswerReceiver() override;

  // The exchange that the receiver gives up when the guest may not have the answer, or when there is
  // no memory for it.
  void attach(std::weak_ptr<HttpTransport::Exchange> exchange);

  void head(WebHead head) override;
  bool data(ByteView bytes) override;
  void over(std::optional<WebFailure> why) override;

 private:
  struct GivenUp {
    std::weak_ptr<HttpTransport::Exchange> exchange;
    bool is_given_up = false;
  };

  void give_up(std::string why);
  void add(ByteView bytes);

  Responder<SendResult> reply_;
  std::shared_ptr<AnswerMemory> memory_;
  std::shared_ptr<EchoGuard> guard_;
  GuestAnswer answer_;
  Bytes body_;
  uint64_t taken_ = 0;                  // Of the memory.
  std::optional<std::string> why_not_;  // Given up.
  Guarded<GivenUp> given_up_;
};

}  // namespace theater
