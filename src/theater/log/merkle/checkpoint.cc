#include "theater/log/merkle/checkpoint.h"

#include "theater/base/check.h"
#include "theater/base/hex.h"
#include "theater/base/utf8.h"
#include "theater/wit/base64.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>
#include <utility>

namespace theater::log {

namespace {

constexpr std::string_view kOriginPrefix = "theater-log/";
constexpr std::string_view kSignaturePrefix = "\u2014 ";
constexpr uint8_t kEd25519 = 0x01;  // Signature type of C2SP signed-note.
constexpr size_t kKeyIdSize = 4;
constexpr size_t kTextLinesMin = 3;

using KeyId = std::array<uint8_t, kKeyIdSize>;

// https://c2sp.org/signed-note, "Ed25519 signatures".
KeyId key_id(const VerifierKey& key) {
  static constexpr uint8_t kBetween[] = {0x0a, kEd25519};
  Hash hash = sha256({as_bytes(key.name), ByteView(kBetween), ByteView(key.key)});
  KeyId id;
  std::copy_n(hash.bytes.begin(), kKeyIdSize, id.begin());
  return id;
}

// Below U+0020, as the specification says it.
bool is_control(char byte) {
  return static_cast<unsigned char>(byte) < 0x20;
}

// The property White_Space of the Unicode standard.
bool is_space(uint32_t scalar) {
  return (scalar >= 0x09 && scalar <= 0x0d) || scalar == 0x20 || scalar == 0x85 || scalar == 0xa0 ||
         scalar == 0x1680 || (scalar >= 0x2000 && scalar <= 0x200a) || scalar == 0x2028 ||
         scalar == 0x2029 || scalar == 0x202f || scalar == 0x205f || scalar == 0x3000;
}

bool is_key_name(std::string_view name) {
  if (name.empty()) return false;
  while (!name.empty()) {
    size_t length = utf8_sequence_length(name);
    if (length == 0 || is_control(name.front()) || name.front() == '+') return false;
    if (is_space(utf8_decode(name, length))) return false;
    name.remove_prefix(length);
  }
  return true;
}

// The lines of a text that ends with a newline, without their newlines.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return lines;
}

Result<void> check_characters(std::string_view note) {
  if (note.size() > SignedCheckpoint::kNoteBytesMax) {
    return fail(ErrorCode::kInvalidArgument, "a checkpoint has at most {} bytes, this has {}",
                SignedCheckpoint::kNoteBytesMax, note.size());
  }
  size_t good = utf8_valid_prefix(note);
  auto control = std::find_if(note.begin(), note.begin() + static_cast<ptrdiff_t>(good),
                              [](char c) { return is_control(c) && c != '\n'; });
  good = static_cast<size_t>(control - note.begin());
  if (good != note.size()) {
    return fail(ErrorCode::kInvalidArgument,
                "line {} of the checkpoint has a control character, or is not UTF-8, at byte {}",
                std::count(note.begin(), control, '\n') + 1, good);
  }
  if (!note.ends_with('\n')) {
    return fail(ErrorCode::kInvalidArgument,
                "the checkpoint does not end with a newline: is it all of it?");
  }
  return {};
}

Result<uint64_t> parse_size(std::string_view line) {
  uint64_t size = 0;
  auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), size);
  bool is_whole = error == std::errc() && end == line.data() + line.size();
  if (!is_whole || (line.size() > 1 && line.front() == '0')) {
    return fail(ErrorCode::kInvalidArgument,
                "line 2 of the checkpoint is no size of a tree: that is a decimal number below "
                "2^64 without leading zeros");
  }
  return size;
}

Result<Hash> parse_root(std::string_view line) {
  Bytes bytes = THEATER_TRY_CONTEXT(wit::from_base64(line), "line 3 of the checkpoint, the root");
  return THEATER_TRY_CONTEXT(Hash::from_bytes(bytes), "line 3 of the checkpoint, the root");
}

Result<NoteSignature> parse_signature(std::string_view line, size_t number) {
  size_t space = line.find(' ', kSignaturePrefix.size());
  if (!line.starts_with(kSignaturePrefix) || space == std::string_view::npos) {
    return fail(ErrorCode::kInvalidArgument,
                "line {} of the checkpoint is no signature: an em dash, a space, a name, a space, "
                "and base64",
                number);
  }
  std::string_view name = line.substr(kSignaturePrefix.size(), space - kSignaturePrefix.size());
  if (!is_key_name(name)) {
    return fail(ErrorCode::kInvalidArgument,
                "line {} of the checkpoint names no key: a name is not empty and has no spaces "
                "and no `+`",
                number);
  }
  Bytes blob = THEATER_TRY_CONTEXT(wit::from_base64(line.substr(space + 1)),
                                   "line {} of the checkpoint, a signature", number);
  if (blob.size() <= kKeyIdSize) {
    return fail(ErrorCode::kInvalidArgument,
                "line {} of the checkpoint has {} bytes of key id and signature: too few", number,
                blob.size());
  }
  return NoteSignature{std::string(name), std::move(blob)};
}

std::string text_of(const Checkpoint& checkpoint) {
  return fmt::format("{}\n{}\n{}\n", checkpoint.origin, checkpoint.size,
                     wit::to_base64(checkpoint.root.view()));
}

}  // namespace

std::string log_origin(const ActorId& log_id) {
  return std::string(kOriginPrefix) + log_id.to_string();
}

std::string to_text(const VerifierKey& key) {
  Bytes bytes{kEd25519};
  append(bytes, key.key);
  return fmt::format("{}+{}+{}", key.name, to_hex(key_id(key)), wit::to_base64(bytes));
}

Result<VerifierKey> parse_verifier_key(std::string_view text) {
  size_t first = text.find('+');
  size_t second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos || text.size() > SignedCheckpoint::kNoteBytesMax) {
    return fail(ErrorCode::kInvalidArgument,
                "this is no verifier key: it is written <name>+<key id>+<base64>");
  }
  VerifierKey key;
  key.name = text.substr(0, first);
  if (!is_key_name(key.name)) {
    return fail(ErrorCode::kInvalidArgument,
                "the name of a verifier key is UTF-8, not empty, and has no spaces");
  }
  Bytes bytes =
      THEATER_TRY_CONTEXT(wit::from_base64(text.substr(second + 1)), "verifier key {}", key.name);
  if (bytes.size() != 1 + key.key.size() || bytes.front() != kEd25519) {
    return fail(ErrorCode::kInvalidArgument,
                "verifier key {} is of a kind that is not known here: an Ed25519 key is 01 and "
                "then {} bytes",
                key.name, key.key.size());
  }
  std::copy(bytes.begin() + 1, bytes.end(), key.key.begin());
  std::string id = to_hex(key_id(key));
  if (text.substr(first + 1, second - first - 1) != id) {
    return fail(ErrorCode::kInvalidArgument,
                "the key id of verifier key {} should be {}: name, id or key is mistyped", key.name,
                id);
  }
  return key;
}

std::string sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& key) {
  THEATER_CHECK(is_key_name(checkpoint.origin), "`{}` cannot name a key", checkpoint.origin);
  SignedCheckpoint made{checkpoint, text_of(checkpoint), {}};
  KeyId id = key_id(VerifierKey{checkpoint.origin, key.public_key()});
  Signature signature = key.sign(as_bytes(made.text));
  Bytes blob(id.begin(), id.end());
  append(blob, signature);
  made.signatures.push_back(NoteSignature{checkpoint.origin, std::move(blob)});
  return to_text(made);
}

Result<SignedCheckpoint> parse_checkpoint(std::string_view note) {
  THEATER_TRY_VOID(check_characters(note));
  std::vector<std::string_view> lines = lines_of(note);
  auto is_empty = [](std::string_view line) { return line.empty(); };
  auto split = std::find_if(lines.begin(), lines.end(), is_empty);
  auto text_lines = static_cast<size_t>(split - lines.begin());
  if (text_lines < kTextLinesMin || split == lines.end()) {
    return fail(ErrorCode::kInvalidArgument,
                "a checkpoint begins with origin, size and root, an empty line and signatures; "
                "line {} of this is {}",
                text_lines + 1, split == lines.end() ? "missing" : "empty");
  }
  auto second = std::find_if(split + 1, lines.end(), is_empty);
  if (second != lines.end()) {
    return fail(ErrorCode::kInvalidArgument, "line {} of the checkpoint is a second empty line",
                second - lines.begin() + 1);
  }
  size_t signatures = lines.size() - text_lines - 1;
  if (signatures == 0 || signatures > SignedCheckpoint::kSignaturesMax) {
    return fail(ErrorCode::kInvalidArgument,
                "after line {} the checkpoint has {} signatures: it must have 1 to {}",
                text_lines + 1, signatures, SignedCheckpoint::kSignaturesMax);
  }

  SignedCheckpoint read;
  read.checkpoint.origin = lines[0];
  read.checkpoint.size = THEATER_TRY(parse_size(lines[1]));
  read.checkpoint.root = THEATER_TRY(parse_root(lines[2]));
  read.text = note.substr(0, static_cast<size_t>(split->data() - note.data()));
  for (size_t i = text_lines + 1; i < lines.size(); ++i)
    read.signatures.push_back(THEATER_TRY(parse_signature(lines[i], i + 1)));
  return read;
}

std::string to_text(const SignedCheckpoint& checkpoint) {
  std::string note = checkpoint.text + "\n";
  for (const NoteSignature& signature : checkpoint.signatures) {
    note +=
        fmt::format("{}{} {}\n", kSignaturePrefix, signature.name, wit::to_base64(signature.blob));
  }
  return note;
}

Result<void> verify_checkpoint(const SignedCheckpoint& checkpoint, const VerifierKey& key) {
  // What is signed is the text; what is used are the fields.
  if (!checkpoint.text.starts_with(text_of(checkpoint.checkpoint))) {
    return fail(ErrorCode::kCorrupt, "the checkpoint's text is not that of its fields");
  }
  KeyId id = key_id(key);
  bool is_signed = false;
  for (const auto& [name, blob] : checkpoint.signatures) {
    if (name != key.name || blob.size() < kKeyIdSize) continue;
    if (!std::equal(id.begin(), id.end(), blob.begin())) continue;
    Signature signature{};
    bool is_whole = blob.size() == kKeyIdSize + signature.size();
    if (is_whole) std::copy(blob.begin() + kKeyIdSize, blob.end(), signature.begin());
    if (!is_whole || !verify_signature(key.key, as_bytes(checkpoint.text), signature)) {
      return fail(
          ErrorCode::kCorrupt,
          "the signature by {} with key id {} is not of this checkpoint: one of the two was "
          "changed",
          key.name, to_hex(id));
    }
    is_signed = true;
  }
  if (is_signed) return {};
  return fail(
      ErrorCode::kCorrupt,
      "none of the checkpoint's {} signatures is by {} with key id {}: it is of another log, "
      "or the key is another's",
      checkpoint.signatures.size(), key.name, to_hex(id));
}

}  // namespace theater::log
