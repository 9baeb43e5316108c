// Checkpoints and verifier keys from outside.
//
// Nothing may crash whatever the text is. What is read prints as it was, keeps to the bounds, and
// is believed under no key that did not sign it.

#include "theater/log/merkle/checkpoint.h"

#include "theater/base/check.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using theater::Result;
using namespace theater::log;  // The subject of this file.

// Any key will do: no input is signed by it.
VerifierKey key_named(std::string_view name) {
  VerifierKey key;
  key.name = name;
  key.key.fill(7);
  return key;
}

void read_as_checkpoint(std::string_view text) {
  Result<SignedCheckpoint> read = parse_checkpoint(text);
  if (!read) {
    THEATER_CHECK(read.error().code() == theater::ErrorCode::kInvalidArgument);
    return;
  }
  THEATER_CHECK(to_text(*read) == text);
  THEATER_CHECK(text.size() <= SignedCheckpoint::kNoteBytesMax);
  THEATER_CHECK(!read->signatures.empty());
  THEATER_CHECK(read->signatures.size() <= SignedCheckpoint::kSignaturesMax);
  THEATER_CHECK(read->text.starts_with(read->checkpoint.origin + "\n"));
  for (const NoteSignature& signature : read->signatures)
    THEATER_CHECK(!verify_checkpoint(*read, key_named(signature.name)));
}

void read_as_key(std::string_view text) {
  Result<VerifierKey> key = parse_verifier_key(text);
  if (!key) return;
  THEATER_CHECK(to_text(*key) == text);
  // Its name is fit for a signature line.
  theater::SigningKey signer =
      theater::SigningKey::from_seed(theater::Bytes(theater::SigningKey::kSeedSize, 1)).value();
  Checkpoint checkpoint{key->name, text.size(), theater::Hash{}};
  std::string note = sign_checkpoint(checkpoint, signer);
  if (note.size() > SignedCheckpoint::kNoteBytesMax) return;
  SignedCheckpoint read = parse_checkpoint(note).value();
  THEATER_CHECK(read.checkpoint == checkpoint);
  THEATER_CHECK(verify_checkpoint(read, VerifierKey{key->name, signer.public_key()}).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  read_as_checkpoint(text);
  read_as_key(text);
  return 0;
}
