// The bytes that crossed an actor's wall, as events carry them.
//
// A payload is inline or detached. An event with a detached payload holds a salted hash. The bytes
// are in a body file, from which they can be removed without harm to the proof.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/hash.h"
#include "theater/log/event/ids_codec.h"
#include "theater/wit/alternative.h"
#include "theater/wit/traits.h"

#include <boost/describe.hpp>

#include <array>
#include <cstdint>
#include <utility>
#include <variant>

namespace theater::log {

// Owned or borrowed bytes. A borrowed payload lets an event be encoded or read without a copy of
// it.
//
// A copy of a borrowed Blob borrows too. Decoding yields Blobs that borrow from the input.
class Blob {
 public:
  Blob() = default;
  explicit Blob(Bytes bytes) : owned_(std::move(bytes)) {}

  // `bytes` must stay unchanged during the use of the Blob and its copies.
  static Blob borrow(ByteView bytes) {
    Blob blob;
    blob.borrowed_ = bytes;
    return blob;
  }

  ByteView view() const { return borrowed_.empty() ? ByteView(owned_) : borrowed_; }
  bool is_borrowed() const { return !borrowed_.empty(); }

  // Copies borrowed bytes into the Blob.
  void own() {
    if (is_borrowed()) owned_ = to_bytes(std::exchange(borrowed_, {}));
  }

  bool operator==(const Blob& other) const { return as_text(view()) == as_text(other.view()); }

 private:
  Bytes owned_;
  ByteView borrowed_;
};

using Salt = std::array<uint8_t, 16>;

struct Detached {
  static constexpr std::string_view kCaseName = "detached";

  Hash hash;            // detached_hash() of salt and bytes.
  uint64_t length = 0;  // The number of bytes.

  bool operator==(const Detached&) const = default;
};
BOOST_DESCRIBE_STRUCT(Detached, (), (hash, length))

using Inline = wit::Alternative<"inline", Blob>;
using Payload = std::variant<Inline, Detached>;

inline Payload inline_payload(Bytes bytes) {
  return Inline{Blob(std::move(bytes))};
}

// `bytes` must outlive the payload and its copies. It is for events that are encoded immediately.
inline Payload borrowed_payload(ByteView bytes) {
  return Inline{Blob::borrow(bytes)};
}

// The bytes of an inline payload; null for a detached one.
inline const Blob* inline_bytes(const Payload& payload) {
  const auto* found = std::get_if<Inline>(&payload);
  return found == nullptr ? nullptr : &found->value;
}

// The number of bytes, inline or detached.
inline uint64_t payload_length(const Payload& payload) {
  const Blob* found = inline_bytes(payload);
  return found == nullptr ? std::get<Detached>(payload).length : found->view().size();
}

// SHA-256(0x02 ‖ salt ‖ bytes). Without the salt, no reader can confirm a guess of the bytes.
Hash detached_hash(const Salt& salt, ByteView bytes);

// Content in the blob store, by its plain SHA-256.
struct Content {
  Hash digest;
  uint64_t length = 0;

  bool operator==(const Content&) const = default;
};
BOOST_DESCRIBE_STRUCT(Content, (), (digest, length))

inline Content content_of(ByteView bytes) {
  return {sha256(bytes), bytes.size()};
}

using NoState = wit::Alternative<"none">;
using SomeState = wit::Alternative<"some", Content>;
// The state from which an actor starts. An empty state differs from no state.
using StateRef = std::variant<NoState, SomeState>;

}  // namespace theater::log

template <>
struct theater::wit::Codec<theater::log::Blob> {
  static constexpr size_t kSizeMin = 1;
  static Type type() { return Type::list(Type::u8()); }
  static void write(Bytes& out, const log::Blob& value) {
    Codec<ByteView>::write(out, value.view());
  }
  static Result<log::Blob> read(ByteReader& reader) {
    return log::Blob::borrow(THEATER_TRY(Codec<ByteView>::read(reader)));
  }
};
