// Looks for secrets in an answer, so that a server that sends back a request cannot show a guest a
// value.
//
// A value may be split over pieces of the answer in any way. So the last bytes of each piece are
// held back: one less than the longest value has. Always that many, whatever they are: if only bytes
// that may begin a value were held back, a guest could have a server repeat guesses, and learn a
// value letter by letter from which of them arrive late.
//
// The search is for the bytes of a value as they were sent. A server that sends them back in another
// form, such as Base64, defeats it. The hosts and paths of the rule are the wall; this closes the
// hole in it that is most common.
#pragma once

#include "theater/base/bytes.h"
#include "theater/handlers/http_client/secret_values.h"
#include "theater/net/http_message.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace theater {

// Used by one thread at a time.
class EchoScan final {
 public:
  // For the values that the requests of an exchange carried, over all hops. With none, every piece
  // is handed on at once.
  explicit EchoScan(std::vector<SecretValue> values = {});

  enum class Verdict : uint8_t {
    kClean,
    kReveals,  // A value is in the headers.
    // The body has an encoding, in which nothing would be found, although the request forbade it.
    kEncoded,
  };
  // For the head of each answer, those of redirections too, and for trailers.
  Verdict judge(const HttpHeaders& headers) const;

  // Whether these bytes, alone, have a value in them.
  bool has_value(ByteView bytes) const;

  // Takes the next piece of a body, and gives the bytes that may be handed on. None: a value is in
  // the body; it gives nothing more then.
  std::optional<Bytes> next(ByteView piece);

  // The bytes that are still held back, at the end of a body without a value.
  Bytes finish();

  // The number of bytes that are held back at most.
  size_t held_back_max() const { return held_back_max_; }

 private:
  std::vector<SecretValue> values_;
  size_t held_back_max_ = 0;
  Bytes held_back_;
  bool has_found_ = false;
};

}  // namespace theater
