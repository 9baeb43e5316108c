// Keeps the values of secrets out of what a guest hears of one exchange: the search of echo_scan.h
// over the heads and the body, from the first hop to the last.
#pragma once

#include "theater/base/bytes.h"
#include "theater/handlers/http_client/echo_scan.h"
#include "theater/net/http_message.h"
#include "theater/net/web_request.h"

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace theater {

// All methods on the thread of the transport, one call at a time.
class EchoGuard final {
 public:
  // Calls `found` at most once, when an answer has a value. The answer that the guest gets then
  // comes later.
  explicit EchoGuard(std::function<void()> found = {}) : found_(std::move(found)) {}

  // Values that a hop has put into its request.
  void add(std::vector<SecretValue> values);

  // What the guest must hear in place of an answer with this head; none for a clean one. Also for
  // the heads of redirections: verdict() then ends the exchange.
  std::optional<std::string> judge(const HttpHeaders& headers);

  // The bytes of the body that may be handed on. None: a value is in it.
  std::optional<Bytes> next(ByteView piece);
  // The bytes that were held back, at the end of the body.
  Bytes finish();

  // What the guest must hear at the end of an exchange that ended with `why`: what an earlier call
  // found, or that the text of the failure has a value. None if it may hear `why`.
  std::optional<std::string> judge_end(const std::optional<WebFailure>& why);

  // The text for a guest whose answer has a value in it.
  static std::string reveals();

 private:
  std::string note_echo();

  std::function<void()> found_;
  std::vector<SecretValue> values_;
  std::optional<std::string> verdict_;  // What the guest must hear instead.
  std::optional<EchoScan> body_;        // Once the body has begun.
};

}  // namespace theater
