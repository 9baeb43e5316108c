#include "theater/log/merkle/tlog_text.h"

#include "theater/log/merkle/proof.h"

#include <fmt/format.h>

#include <charconv>

namespace theater::log {

namespace {

constexpr std::string_view kFirstLine = "c2sp.org/tlog-proof@v1\n";

struct Parts {
  uint64_t number = 0;
  std::vector<Hash> hashes;
  std::string note;
};

// "<word> <number>\n", lines of hashes, an empty line, the note.
Result<Parts> split(std::string_view text, std::string_view word) {
  if (!text.starts_with(word)) {
    return fail(ErrorCode::kInvalidArgument, "there is no line `{}…`", word);
  }
  text.remove_prefix(word.size());
  size_t end = text.find('\n');
  if (end == std::string_view::npos) {
    return fail(ErrorCode::kInvalidArgument, "the line `{}…` has no end", word);
  }
  Parts parts;
  std::string_view number = text.substr(0, end);
  auto [rest, error] = std::from_chars(number.data(), number.data() + number.size(), parts.number);
  // The one way to write it: `007` and `7` would be one number.
  if (error != std::errc() || fmt::to_string(parts.number) != number) {
    return fail(ErrorCode::kInvalidArgument, "`{}{}` has no number", word, number);
  }
  text.remove_prefix(end);  // The line's end stays: the proof may have no lines.
  size_t empty_line = text.find("\n\n");
  if (empty_line == std::string_view::npos) {
    return fail(ErrorCode::kInvalidArgument, "no empty line follows the proof");
  }
  parts.hashes = THEATER_TRY(parse_proof(text.substr(1, empty_line)));
  parts.note = text.substr(empty_line + 2);
  return parts;
}

}  // namespace

std::string to_text(const InclusionText& proof) {
  return fmt::format("{}index {}\n{}\n{}", kFirstLine, proof.index, proof_text(proof.hashes),
                     proof.note);
}

std::string to_text(const ConsistencyText& proof) {
  return fmt::format("old {}\n{}\n{}", proof.old_size, proof_text(proof.hashes), proof.note);
}

Result<InclusionText> parse_inclusion_text(std::string_view text) {
  if (!text.starts_with(kFirstLine)) {
    return fail(ErrorCode::kInvalidArgument, "it does not begin with the line `{}`",
                kFirstLine.substr(0, kFirstLine.size() - 1));
  }
  Parts parts = THEATER_TRY(split(text.substr(kFirstLine.size()), "index "));
  return InclusionText{parts.number, std::move(parts.hashes), std::move(parts.note)};
}

Result<ConsistencyText> parse_consistency_text(std::string_view text) {
  Parts parts = THEATER_TRY(split(text, "old "));
  return ConsistencyText{parts.number, std::move(parts.hashes), std::move(parts.note)};
}

}  // namespace theater::log
