#include "theater/handlers/http_client/echo_guard.h"

#include <utility>

namespace theater {

void EchoGuard::add(std::vector<SecretValue> values) {
  for (SecretValue& value : values)
    values_.push_back(std::move(value));
}

std::optional<std::string> EchoGuard::judge(const HttpHeaders& headers) const {
  switch (EchoScan(values_).judge(headers)) {
    case EchoScan::Verdict::kClean:
      return std::nullopt;
    case EchoScan::Verdict::kReveals:
      return reveals();
    case EchoScan::Verdict::kEncoded:
      return std::string(
          "denied: the answer to a request with a secret is compressed although the request "
          "forbade "
          "it, so the node cannot look for the secret in it; the effect took place");
  }
  return std::nullopt;
}

std::optional<Bytes> EchoGuard::next(ByteView piece) {
  if (!body_) body_.emplace(values_);
  return body_->next(piece);
}

Bytes EchoGuard::finish() {
  return body_ ? body_->finish() : Bytes();
}

std::string EchoGuard::reveals() {
  return "reveals-secret: the answer has the value of a secret that the request carried, so the "
         "node "
         "keeps it back; the effect took place";
}

}  // namespace theater
