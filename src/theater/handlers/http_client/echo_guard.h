// Keeps the values of secrets out of what a guest hears of one exchange: the search of echo_scan.h
// over the heads and the body, from the first hop to the last.
#pragma once

#include "theater/base/bytes.h"
#include "theater/handlers/http_client/echo_scan.h"
#include "theater/net/http_message.h"

#include <optional>
#include <string>
#include <vector>

namespace theater {

// All methods on the thread of the transport, one call at a time.
class EchoGuard final {
 public:
  // Values that a hop has put into its request.
  void add(std::vector<SecretValue> values);

  // What the guest must be told in place of an answer with this head; none for a clean one.
  std::optional<std::string> judge(const HttpHeaders& headers) const;

  // The bytes of the body that may be handed on. None: a value is in it.
  std::optional<Bytes> next(ByteView piece);
  // The bytes that were held back, at the end of the body.
  Bytes finish();

  // What the guest is told of an answer with a value in it.
  static std::string reveals();

 private:
  std::vector<SecretValue> values_;
  std::optional<EchoScan> body_;  // Once the body has begun.
};

}  // namespace theater
