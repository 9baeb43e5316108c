// An export with one byte flipped, cut off anywhere, or with a section changed and sealed again by
// a forger without the key: none is VALID.
#include "theater/log/export/check.h"
#include "theater/log/testing/export_sample.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace theater::log::export_mutation_test {

// Whether what the export claims is not believed.
bool is_found(const Bytes& bytes) {
  Result<ExportReport> report = check_export(export_in_memory(bytes));
  return !report || report->verdict == Verdict::kInvalid;
}

Bytes with_everything(const ExportSample& sample) {
  ExportRequest request = sample.request();
  request.since = parse_checkpoint(sample.early_note()).value().checkpoint;
  return sample.write(request);
}

TEST(ExportMutation, EachFlippedBitIsFound) {
  ExportSample sample;
  Bytes bytes = with_everything(sample);
  ASSERT_FALSE(is_found(bytes));
  size_t unseen = 0;
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      bytes[at] = static_cast<uint8_t>(bytes[at] ^ 1U << bit);
      if (!is_found(bytes)) {
        ++unseen;
        ADD_FAILURE() << "byte " << at << " bit " << bit;
      }
      bytes[at] = static_cast<uint8_t>(bytes[at] ^ 1U << bit);
      ASSERT_LT(unseen, 10U);
    }
  }
}

TEST(ExportMutation, EachTruncationAndExtensionIsFound) {
  ExportSample sample;
  Bytes bytes = with_everything(sample);
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_TRUE(is_found(Bytes(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size))))
        << size;
  bytes.push_back(0);
  EXPECT_TRUE(is_found(bytes));
}

// All bodies. Some bits of a compressed one mean nothing, and a change of theirs changes no body.
std::vector<Bytes> bodies_of(const Bytes& bytes) {
  std::vector<Bytes> bodies;
  auto reader = std::move(ExportReader::open(export_in_memory(bytes))).value();
  while (auto event = reader->next().value())
    for (const auto& body : event->bodies)
      bodies.push_back(body ? to_bytes(body->bytes()) : Bytes());
  return bodies;
}

// Checksums are no obstacle to a forger. The statement is fixed; what the consistency proof says is
// only looked at with the checkpoint that it is from.
TEST(ExportMutation, EachChangedByteOfAPayloadIsFoundWithRightChecksums) {
  ExportSample sample;
  const ExportParts whole = parts_of(with_everything(sample));
  const std::vector<Bytes> bodies = bodies_of(bytes_of(whole));
  for (size_t i = 0; i < whole.sections.size(); ++i) {
    const ExportPart& part = whole.sections[i];
    for (size_t at = 0; at < part.payload.size(); ++at) {
      ExportParts parts = whole;
      parts.sections[i].payload[at] ^= 0x01;
      Bytes bytes = bytes_of(parts);
      if (part.kind != ExportSection::kConsistency) {
        bool is_found_or_none = is_found(bytes) || bodies_of(bytes) == bodies;
        EXPECT_TRUE(is_found_or_none) << export_section_name(part.kind) << " byte " << at;
        continue;
      }
      ExportCheckOptions options;
      options.outside.push_back({.source = "a friend", .note = sample.early_note()});
      EXPECT_NE(check_bytes(bytes, options).verdict, Verdict::kValid) << "consistency " << at;
    }
  }
}

TEST(ExportMutation, RandomChangesDoNotCrashIt) {
  ExportSample sample;
  const ExportParts whole = parts_of(with_everything(sample));
  const std::vector<Bytes> bodies = bodies_of(bytes_of(whole));
  std::mt19937_64 random(20260101);
  auto below = [&](size_t bound) { return static_cast<size_t>(random() % bound); };
  for (int round = 0; round < 3000; ++round) {
    ExportParts parts = whole;
    for (size_t changes = 1 + below(4); changes > 0; --changes) {
      ExportPart& part = parts.sections[below(parts.sections.size())];
      switch (below(4)) {
        case 0:
          if (part.kind == ExportSection::kBlob || part.kind == ExportSection::kBody) {
            part.payload.push_back(1);
          } else if (!part.payload.empty()) {
            part.payload.resize(below(part.payload.size()));
          }
          break;
        case 1:
          std::swap(part, parts.sections[below(parts.sections.size())]);
          break;
        case 2:
          if (!part.payload.empty()) {
            part.payload[below(part.payload.size())] = static_cast<uint8_t>(random());
          }
          break;
        default:
          part.payload = parts.sections[below(parts.sections.size())].payload;
          part.payload.resize(std::min<size_t>(part.payload.size(), export_payload_max(part.kind)));
      }
    }
    Bytes bytes = bytes_of(parts);
    if (bytes != bytes_of(whole)) {
      ExportCheckOptions options;
      options.outside.push_back({.source = "a friend", .note = sample.early_note()});
      Result<ExportReport> report = check_export(export_in_memory(bytes), options);
      bool is_found = !report || report->verdict != Verdict::kValid || bodies_of(bytes) == bodies;
      EXPECT_TRUE(is_found) << "round " << round;
    }
  }
}

}  // namespace theater::log::export_mutation_test
