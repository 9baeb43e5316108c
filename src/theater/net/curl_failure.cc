#include "theater/net/curl_failure.h"

#include "theater/base/printable.h"

#include <curl/curl.h>

#include <string>

namespace theater {

namespace {

using Kind = WebFailure::Kind;

Kind kind_of(CURLcode code, WebTransfer::Phase phase, std::string_view detail) {
  // libcurl gives malformed chunks the code of a broken connection.
  if (code == CURLE_RECV_ERROR && detail.ends_with("chunked-encoding")) return Kind::kProtocol;
  switch (code) {
    case CURLE_COULDNT_CONNECT:
      return Kind::kRefused;
    case CURLE_OPERATION_TIMEDOUT:
      return Kind::kTimeout;
    case CURLE_COULDNT_RESOLVE_HOST:
      // libcurl looks nothing up (curl_handle.cc). It would, to repeat a request for long after.
      return phase == WebTransfer::Phase::kConnect ? Kind::kLookup : Kind::kCutOff;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_ISSUER_ERROR:
      return Kind::kTls;
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_HTTP2_STREAM:
      return phase == WebTransfer::Phase::kConnect ? Kind::kRefused : Kind::kCutOff;
    case CURLE_OUT_OF_MEMORY:
      // Also libcurl's answer to a line of a head that is larger than its own bound.
      return phase == WebTransfer::Phase::kHead ? Kind::kTooLarge : Kind::kNoRoom;
    case CURLE_URL_MALFORMAT:
      return Kind::kInvalid;
    default:
      return Kind::kProtocol;
  }
}

std::string_view sentence_of(Kind kind) {
  switch (kind) {
    case Kind::kRefused:
      return "connecting failed";
    case Kind::kTimeout:
      return "it took too long";
    case Kind::kLookup:
      return "its host could not be looked up";
    case Kind::kTls:
      return "the TLS handshake failed";
    case Kind::kCutOff:
      return "the answer was cut off";
    case Kind::kTooLarge:
      return "a line of the answer's head is too long";
    case Kind::kNoRoom:
      return "there is not enough memory for it";
    case Kind::kInvalid:
      return "the address cannot be used";
    default:
      return "the answer is no valid HTTP";
  }
}

}  // namespace

WebFailure failure_of_curl(const WebTransfer& transfer, int code, std::string_view detail) {
  if (transfer.noted()) return *transfer.noted();
  auto result = static_cast<CURLcode>(code);
  Kind kind = kind_of(result, transfer.phase(), detail);
  std::string words =
      escape_control(detail.empty() ? std::string_view(curl_easy_strerror(result)) : detail);
  if (result == CURLE_PEER_FAILED_VERIFICATION) {
    return transfer.failed(kind,
                           "the certificate of `{}` is not valid: {}; if it should be, name its "
                           "authority to the operator",
                           transfer.request().url.host, words);
  }
  return transfer.failed(kind, "{}: {}", sentence_of(kind), words);
}

}  // namespace theater
