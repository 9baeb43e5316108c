#include "theater/log/merkle/checkpoint.h"

#include "theater/base/file.h"
#include "theater/base/hex.h"
#include "theater/base/testing/source_tree.h"
#include "theater/log/merkle/tree.h"
#include "theater/wit/base64.h"
#include "theater/wit/json.h"
#include "theater/wit/traits.h"

#include <boost/describe.hpp>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace theater::log::checkpoint_test {

// tests/golden/checkpoint.json: made by another implementation, from the specification alone.
struct CheckpointVector {
  std::string seed;
  std::string public_key;
  std::string origin;
  uint64_t size = 0;
  std::string root;
  std::string key_id;
  std::string verifier_key;
  std::string note;
  std::string witnessed;  // With an extension line, and a witness's signature before the log's.
};
BOOST_DESCRIBE_STRUCT(CheckpointVector, (),
                      (seed, public_key, origin, size, root, key_id, verifier_key, note, witnessed))

struct CheckpointVectors {
  std::vector<CheckpointVector> vectors;
};
BOOST_DESCRIBE_STRUCT(CheckpointVectors, (), (vectors))

constexpr std::string_view kOrigin = "theater-log/000102030405060708090a0b0c0d0e0f";
constexpr std::string_view kRoot = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
constexpr std::string_view kSignature = "\u2014 name AAAAAAA=\n";

std::vector<CheckpointVector> golden_vectors() {
  std::string text = read_text_file(source_path("tests/golden/checkpoint.json")).value();
  Bytes value = wit::from_json_text(wit::type_of<CheckpointVectors>(), text).value();
  return wit::decode<CheckpointVectors>(value).value().vectors;
}

SigningKey key_of(uint8_t byte) {
  return SigningKey::from_seed(Bytes(SigningKey::kSeedSize, byte)).value();
}

Checkpoint sample_checkpoint(uint64_t size = 1234) {
  return {std::string(kOrigin), size, Hash::from_bytes(wit::from_base64(kRoot).value()).value()};
}

std::string sample_note() {
  return sign_checkpoint(sample_checkpoint(), key_of(1));
}

VerifierKey verifier_of(const SigningKey& key) {
  return {std::string(kOrigin), key.public_key()};
}

// The error of parsing `text` followed by an empty line and `signatures`.
std::string refusal(std::string_view text, std::string_view signatures = kSignature) {
  Result<SignedCheckpoint> read =
      parse_checkpoint(std::string(text) + "\n" + std::string(signatures));
  if (read) return "accepted";
  EXPECT_EQ(read.error().code(), ErrorCode::kInvalidArgument);
  return read.error().to_string();
}

std::string text_with(std::string_view size, std::string_view root = kRoot) {
  return "origin\n" + std::string(size) + "\n" + std::string(root) + "\n";
}

void expect_contains(const std::string& text, std::string_view part) {
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

TEST(Checkpoint, IsWrittenAsAnotherImplementationWritesIt) {
  std::vector<CheckpointVector> vectors = golden_vectors();
  ASSERT_EQ(vectors.size(), 4u);
  for (const CheckpointVector& vector : vectors) {
    SigningKey key = SigningKey::from_seed(from_hex(vector.seed).value()).value();
    EXPECT_EQ(to_hex(key.public_key()), vector.public_key);
    Checkpoint checkpoint{vector.origin, vector.size, Hash::parse(vector.root).value()};
    EXPECT_EQ(sign_checkpoint(checkpoint, key), vector.note);
    VerifierKey verifier{vector.origin, key.public_key()};
    EXPECT_EQ(to_text(verifier), vector.verifier_key);
    expect_contains(vector.verifier_key, "+" + vector.key_id + "+");
  }
}

TEST(Checkpoint, IsReadAsAnotherImplementationWroteIt) {
  for (const CheckpointVector& vector : golden_vectors()) {
    Checkpoint expected{vector.origin, vector.size, Hash::parse(vector.root).value()};
    VerifierKey key = parse_verifier_key(vector.verifier_key).value();
    EXPECT_EQ(to_hex(key.key), vector.public_key);
    for (const std::string& note : {vector.note, vector.witnessed}) {
      SignedCheckpoint read = parse_checkpoint(note).value();
      EXPECT_EQ(read.checkpoint, expected);
      EXPECT_EQ(to_text(read), note);
      EXPECT_TRUE(verify_checkpoint(read, key));
    }
    EXPECT_EQ(parse_checkpoint(vector.witnessed)->signatures.size(), 2u);
  }
}

TEST(Checkpoint, NamesItsLog) {
  ActorId id;
  for (uint8_t i = 0; i < 16; ++i)
    id.bytes[i] = i;
  EXPECT_EQ(log_origin(id), kOrigin);
}

TEST(Checkpoint, RefusesWhatIsNoTextOfACheckpoint) {
  expect_contains(refusal("origin\n1\n"), "line 3 of this is empty");
  expect_contains(refusal("\n1\n" + std::string(kRoot) + "\n"), "line 1 of this is empty");
  expect_contains(refusal(""), "line 1 of this is empty");
  expect_contains(refusal(text_with("1") + "extension\n\nmore\n"), "line 7");
  expect_contains(refusal(text_with("1") + "\n"), "line 5");
  expect_contains(refusal("ori\tgin\n1\n" + std::string(kRoot) + "\n"), "line 1");
  expect_contains(refusal("origin\r\n1\r\n"), "line 1");
  expect_contains(refusal(text_with("1") + "\xc3\n"), "line 4");
  expect_contains(parse_checkpoint(text_with("1")).error().message(), "line 4 of this is missing");
  EXPECT_EQ(refusal(text_with("1") + "extension\n"), "accepted");
}

TEST(Checkpoint, RefusesASizeThatIsNotWrittenTheOneWay) {
  for (std::string_view size : {"01", "00", "+1", "-1", " 1", "1 ", "0x1", "1.0", "1e3",
                                "18446744073709551616", "99999999999999999999999", "a"})
    expect_contains(refusal(text_with(size)), "line 2");
  EXPECT_EQ(refusal(text_with("0")), "accepted");
  EXPECT_EQ(refusal(text_with("18446744073709551615")), "accepted");
}

TEST(Checkpoint, RefusesARootThatIsNot32OctetsInBase64) {
  std::string root(kRoot);
  std::string short_root = wit::to_base64(Bytes(31));
  std::string long_root = wit::to_base64(Bytes(33));
  std::string url_root = "CsUYapGGPo4dkMgIAUqom_Xajj7h2fB2MPA3j2jxq2I=";
  std::string left_over = root.substr(0, root.size() - 2) + "J=";
  for (const std::string& wrong :
       {short_root, long_root, url_root, left_over, root + " ", root.substr(0, root.size() - 1)})
    expect_contains(refusal(text_with("1", wrong)), "line 3");
}

TEST(Checkpoint, RefusesLinesThatAreNoSignatures) {
  std::string text = text_with("1");
  for (std::string_view line :
       {"- name AAAAAAA=\n", "\u2014name AAAAAAA=\n", "\u2014 name\n", "\u2014 name AAAAAA\n",
        "\u2014  AAAAAAA=\n", "\u2014 a+b AAAAAAA=\n", "\u2014 a\u00a0b AAAAAAA=\n",
        "\u2014 a\u3000b AAAAAAA=\n", "\u2014 name AAAAAAA= \n", "\u2014 name AAAAAA==\n",
        "\u2014 name \n", "\u2013 name AAAAAAA=\n"})
    expect_contains(refusal(text, line), "line 5");
  expect_contains(refusal(text, std::string(kSignature) + "x\n"), "line 6");
  expect_contains(refusal(text, ""), "has 0 signatures");
  EXPECT_FALSE(parse_checkpoint(text + "\n" + "\u2014 name AAAAAAA="));
}

TEST(Checkpoint, HasItsBounds) {
  std::string signatures;
  for (size_t i = 0; i < SignedCheckpoint::kSignaturesMax; ++i)
    signatures += kSignature;
  EXPECT_EQ(refusal(text_with("1"), signatures), "accepted");
  expect_contains(refusal(text_with("1"), signatures + std::string(kSignature)),
                  "has 17 signatures");

  size_t rest = text_with("1").size() + 2 + kSignature.size();
  std::string extension(SignedCheckpoint::kNoteBytesMax - rest, 'x');
  EXPECT_EQ(refusal(text_with("1") + extension + "\n"), "accepted");
  expect_contains(refusal(text_with("1") + extension + "x\n"), "at most 65536 bytes");
}

TEST(Checkpoint, IsRefusedUnderAnotherKeyOrName) {
  SignedCheckpoint read = parse_checkpoint(sample_note()).value();
  EXPECT_TRUE(verify_checkpoint(read, verifier_of(key_of(1))));
  Result<void> other_key = verify_checkpoint(read, verifier_of(key_of(2)));
  ASSERT_FALSE(other_key);
  EXPECT_EQ(other_key.error().code(), ErrorCode::kCorrupt);
  expect_contains(other_key.error().message(), "none of the checkpoint's 1 signatures");
  EXPECT_FALSE(verify_checkpoint(read, {"other", key_of(1).public_key()}));
  read.signatures.clear();
  EXPECT_FALSE(verify_checkpoint(read, verifier_of(key_of(1))));
}

TEST(Checkpoint, IsRefusedIfAnythingOfItChanges) {
  VerifierKey key = verifier_of(key_of(1));
  SignedCheckpoint good = parse_checkpoint(sample_note()).value();
  for (size_t i = 0; i < good.text.size(); ++i) {
    SignedCheckpoint changed = good;
    changed.text[i] = static_cast<char>(changed.text[i] ^ 1);
    EXPECT_FALSE(verify_checkpoint(changed, key)) << i;
  }
  for (size_t i = 0; i < good.signatures[0].blob.size(); ++i) {
    SignedCheckpoint changed = good;
    changed.signatures[0].blob[i] ^= 1;
    EXPECT_FALSE(verify_checkpoint(changed, key)) << i;
  }
  SignedCheckpoint other_field = good;
  ++other_field.checkpoint.size;
  EXPECT_FALSE(verify_checkpoint(other_field, key));
  SignedCheckpoint extended = good;
  extended.text += "extension\n";
  EXPECT_FALSE(verify_checkpoint(extended, key));
  SignedCheckpoint cut = good;
  cut.signatures[0].blob.pop_back();
  EXPECT_FALSE(verify_checkpoint(cut, key));
}

TEST(Checkpoint, IsRefusedIfOneOfTwoSignaturesUnderTheKeyIsWrong) {
  VerifierKey key = verifier_of(key_of(1));
  SignedCheckpoint note = parse_checkpoint(sample_note()).value();
  note.signatures.push_back(note.signatures[0]);
  EXPECT_TRUE(verify_checkpoint(note, key));
  note.signatures[1].blob.back() ^= 1;
  EXPECT_FALSE(verify_checkpoint(note, key));
  std::swap(note.signatures[0], note.signatures[1]);
  EXPECT_FALSE(verify_checkpoint(note, key));
}

TEST(CheckpointDeathTest, IsNotSignedUnderAnOriginThatCannotNameAKey) {
  SigningKey key = key_of(1);
  EXPECT_DEATH((void)sign_checkpoint({"two words", 0, empty_root()}, key), "cannot name a key");
}

// The key that the first implementation of signed notes has in its documentation.
TEST(VerifierKey, IsReadAsItIsWrittenElsewhere) {
  std::string text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
  VerifierKey key = parse_verifier_key(text).value();
  EXPECT_EQ(key.name, "PeterNeumann");
  EXPECT_EQ(to_text(key), text);
}

TEST(VerifierKey, IsRefusedInAnyOtherForm) {
  std::string good = to_text(verifier_of(key_of(1)));
  ASSERT_TRUE(parse_verifier_key(good));
  size_t id = good.find('+') + 1;
  size_t key = good.find('+', id) + 1;
  std::string name = good.substr(0, id - 1);
  std::string upper = good;
  for (size_t i = id; i < key; ++i)
    upper[i] = static_cast<char>(std::toupper(upper[i]));
  ASSERT_NE(upper, good);
  Bytes of_another_kind = wit::from_base64(good.substr(key)).value();
  of_another_kind[0] = 2;
  Bytes too_long = wit::from_base64(good.substr(key)).value();
  too_long.push_back(0);
  for (const std::string& wrong :
       {std::string(), name, name + "+", good.substr(id), "a" + good, " " + good, good + " ",
        good + "\n", "\xff" + good, upper, good.substr(0, id) + "0" + good.substr(id),
        good.substr(0, id) + good.substr(key), good.substr(0, key),
        good.substr(0, key) + wit::to_base64(of_another_kind),
        good.substr(0, key) + wit::to_base64(too_long), good.substr(0, good.size() - 4)}) {
    Result<VerifierKey> read = parse_verifier_key(wrong);
    ASSERT_FALSE(read) << wrong;
    EXPECT_EQ(read.error().code(), ErrorCode::kInvalidArgument);
  }
}

TEST(VerifierKey, IsRefusedIfOneCharacterIsMistyped) {
  std::string good = to_text(verifier_of(key_of(1)));
  for (size_t i = 0; i < good.size(); ++i) {
    std::string wrong = good;
    wrong[i] = wrong[i] == 'a' ? 'b' : 'a';
    EXPECT_FALSE(parse_verifier_key(wrong)) << wrong;
  }
}

RC_GTEST_PROP(CheckpointProperty, IsReadBackAsItWasSigned, (uint64_t size, uint8_t seed)) {
  Hash root = sha256(Bytes{seed});
  Checkpoint checkpoint{std::string(kOrigin), size, root};
  SigningKey key = key_of(seed);
  SignedCheckpoint read = parse_checkpoint(sign_checkpoint(checkpoint, key)).value();
  RC_ASSERT(read.checkpoint == checkpoint);
  RC_ASSERT(verify_checkpoint(read, verifier_of(key)).has_value());
  RC_ASSERT(parse_verifier_key(to_text(verifier_of(key))).value() == verifier_of(key));
}

// Whatever byte changes, the note is not read, or is not signed, or says the same.
RC_GTEST_PROP(CheckpointProperty, OneChangedByteIsFound, (uint16_t at, uint8_t byte)) {
  std::string note = sample_note();
  size_t index = at % note.size();
  RC_PRE(note[index] != static_cast<char>(byte));
  note[index] = static_cast<char>(byte);
  Result<SignedCheckpoint> read = parse_checkpoint(note);
  bool is_believed = read && verify_checkpoint(*read, verifier_of(key_of(1)));
  RC_ASSERT_FALSE(is_believed);
}

}  // namespace theater::log::checkpoint_test
