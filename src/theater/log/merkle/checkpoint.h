// A checkpoint: size and root of a log, signed by its node (C2SP tlog-checkpoint over signed-note).
//
//   theater-log/<32 hexadecimal digits>
//   1234
//   <base64 of the root>
//
//   — theater-log/<…> <base64 of key id and signature>
#pragma once

#include "theater/base/hash.h"
#include "theater/base/id.h"
#include "theater/base/result.h"
#include "theater/base/signing_key.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace theater::log {

struct Checkpoint {
  std::string origin;
  uint64_t size = 0;
  Hash root;

  bool operator==(const Checkpoint&) const = default;
};

std::string log_origin(const ActorId& log_id);

// A key as people exchange it: "<name>+<key id in hexadecimal>+<base64 of 01 and the public key>",
// the verifier key of C2SP signed-note. A name is UTF-8 without spaces, control characters and `+`.
struct VerifierKey {
  std::string name;
  PublicKey key{};

  bool operator==(const VerifierKey&) const = default;
};
std::string to_text(const VerifierKey& key);
// Fails with kInvalidArgument, naming the fault.
Result<VerifierKey> parse_verifier_key(std::string_view text);

// The signed note, ready for writing. The key's name is the origin, which must be a valid name.
std::string sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& key);

struct NoteSignature {
  std::string name;
  std::vector<uint8_t> blob;  // Key id and signature.

  bool operator==(const NoteSignature&) const = default;
};

// A note as read, with nothing verified.
struct SignedCheckpoint {
  static constexpr size_t kNoteBytesMax = size_t{64} << 10;
  static constexpr size_t kSignaturesMax = 16;

  Checkpoint checkpoint;
  std::string text;  // The signed text.
  std::vector<NoteSignature> signatures;

  bool operator==(const SignedCheckpoint&) const = default;
};
// Fails with kInvalidArgument, naming the line, and past the bounds above. Keeps signatures of
// unknown kinds in the list, and lines after the root (extensions) in the text.
Result<SignedCheckpoint> parse_checkpoint(std::string_view note);

// The note again, with the same bytes as parsed.
std::string to_text(const SignedCheckpoint& checkpoint);

// Fails with kCorrupt unless a signature is by `key`, and each signature that claims `key` is.
Result<void> verify_checkpoint(const SignedCheckpoint& checkpoint, const VerifierKey& key);

}  // namespace theater::log
