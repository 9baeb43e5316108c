#include "theater/handlers/http_client/echo_guard.h"

#include <utility>

namespace theater {

void EchoGuard::add(std::vector<SecretValue> values) {
  for (SecretValue& value : values)
    values_.push_back(std::move(value));
}

std::optional<std::string> EchoGuard::judge(const HttpHeaders& headers) {
  switch (EchoScan(values_).judge(headers)) {
    case EchoScan::Verdict::kClean:
      return std::nullopt;
    case EchoScan::Verdict::kReveals:
      return note_echo();
    case EchoScan::Verdict::kEncoded:
      verdict_ =
          "denied: the answer to a request with a secret is compressed although the request "
          "forbade it, so the node cannot look for the secret in it; the effect took place";
      return verdict_;
  }
  return std::nullopt;
}

std::optional<Bytes> EchoGuard::next(ByteView piece) {
  if (!body_) body_.emplace(values_);
  std::optional<Bytes> clean = body_->next(piece);
  if (!clean) note_echo();
  return clean;
}

Bytes EchoGuard::finish() {
  return body_ ? body_->finish() : Bytes();
}

std::optional<std::string> EchoGuard::judge_end(const std::optional<WebFailure>& why) {
  if (!verdict_ && why && EchoScan(values_).has_value(as_bytes(why->text))) note_echo();
  return verdict_;
}

std::string EchoGuard::note_echo() {
  verdict_ = reveals();
  if (auto found = std::exchange(found_, nullptr)) found();
  return *verdict_;
}

std::string EchoGuard::reveals() {
  return "reveals-secret: the answer has the value of a secret that the request carried, so the "
         "node keeps it back; the effect took place";
}

}  // namespace theater
