#include "theater/manifest/command_pattern.h"

#include "theater/manifest/diagnostics.h"
#include "theater/manifest/grant.h"

namespace theater {

namespace {

constexpr size_t kCommandSizeMax = 4096;
constexpr std::string_view kShellCharacters = "$`;|&<>(){}[]?~#!*";

struct Words {
  std::vector<std::string> words;
  bool open_end = false;  // A star at the end.
};

class WordReader {
 public:
  explicit WordReader(std::string_view text) : text_(text) {}

  Result<Words> read() {
    Words read;
    for (;;) {
      while (at_ < text_.size() && text_[at_] == ' ')
        ++at_;
      if (at_ == text_.size()) break;
      if (is_last_star()) {
        read.open_end = true;
        break;
      }
      read.words.push_back(THEATER_TRY(word()));
    }
    return read;
  }

 private:
  bool is_last_star() const {
    return text_[at_] == '*' && text_.find_first_not_of(' ', at_ + 1) == std::string_view::npos;
  }

  Result<std::string> word() {
    std::string word;
    while (at_ < text_.size() && text_[at_] != ' ') {
      char c = text_[at_++];
      if (c == '\'') {
        word += THEATER_TRY(quoted('\''));
      } else if (c == '"') {
        word += THEATER_TRY(quoted('"'));
      } else if (c == '\\') {
        word += THEATER_TRY(escaped());
      } else if (kShellCharacters.find(c) != std::string_view::npos) {
        return fail(ErrorCode::kInvalidArgument,
                    "`{}`: there is no shell, so `{}` has to be quoted; a star alone may stand "
                    "for further arguments as the last word",
                    text_, c);
      } else {
        word += c;
      }
    }
    return word;
  }

  Result<std::string> quoted(char quote) {
    std::string inside;
    while (at_ < text_.size()) {
      char c = text_[at_++];
      if (c == quote) return inside;
      inside += quote == '"' && c == '\\' ? THEATER_TRY(escaped()) : c;
    }
    return fail(ErrorCode::kInvalidArgument, "`{}`: a {} is not closed", text_, quote);
  }

  Result<char> escaped() {
    if (at_ < text_.size()) return text_[at_++];
    return fail(ErrorCode::kInvalidArgument, "`{}` ends in a backslash", text_);
  }

  std::string_view text_;
  size_t at_ = 0;
};

Result<Words> read_words(std::string_view text) {
  if (text.size() > kCommandSizeMax) {
    return fail(ErrorCode::kInvalidArgument, "a command has at most {} bytes", kCommandSizeMax);
  }
  if (has_control_character(text)) {
    return fail(ErrorCode::kInvalidArgument, "`{}` contains a control character", text);
  }
  return WordReader(text).read();
}

// Whether a program is called so that everybody knows which one it is.
Result<void> check_program(std::string_view program) {
  if (program.empty()) return fail(ErrorCode::kInvalidArgument, "the program's name is empty");
  if (program.front() != '/' && program.find('/') != std::string_view::npos) {
    return fail(ErrorCode::kInvalidArgument,
                "`{}`: a program is a name, which is looked for in the system's folders, or an "
                "absolute path",
                program);
  }
  return {};
}

// The prefix before a star at the end, if there is one.
std::optional<std::string_view> open_prefix(std::string_view text) {
  if (!text.ends_with(" *")) return std::nullopt;
  return text.substr(0, text.size() - 2);
}

}  // namespace

Result<CommandPattern> CommandPattern::parse(std::string_view text, const std::filesystem::path&) {
  Words words = THEATER_TRY(read_words(text));
  if (words.words.empty()) {
    if (words.open_end) return everything();
    return fail(ErrorCode::kInvalidArgument, "an empty command allows nothing");
  }
  THEATER_TRY_VOID(check_program(words.words.front()));
  CommandPattern pattern = of(words.words.front(), std::span(words.words).subspan(1));
  if (words.open_end) pattern.text += " *";
  return pattern;
}

CommandPattern CommandPattern::of(std::string_view program,
                                  std::span<const std::string> arguments) {
  CommandPattern pattern{shell_quoted(program)};
  for (const std::string& argument : arguments)
    pattern.text += " " + shell_quoted(argument);
  return pattern;
}

bool CommandPattern::covers(const CommandPattern& other) const {
  if (text == "*" || text == other.text) return true;
  std::optional<std::string_view> prefix = open_prefix(text);
  if (!prefix || !other.text.starts_with(*prefix)) return false;
  return other.text.size() == prefix->size() || other.text[prefix->size()] == ' ';
}

std::optional<CommandPattern> CommandPattern::intersect(const CommandPattern& other) const {
  if (covers(other)) return other;
  if (other.covers(*this)) return *this;
  return std::nullopt;
}

std::vector<CommandPattern> CommandPattern::wider() const {
  if (text == "*") return {};
  std::vector<CommandPattern> above{everything()};
  std::string_view words = open_prefix(text).value_or(text);
  bool in_quotes = false;
  for (size_t at = 0; at < words.size(); ++at) {
    if (words[at] == '\'') in_quotes = !in_quotes;
    if (in_quotes) continue;
    if (words[at] == '\\') ++at;
    if (at < words.size() && words[at] == ' ')
      above.push_back({std::string(words.substr(0, at)) + " *"});
  }
  if (words.size() == text.size()) above.push_back({text + " *"});
  return above;
}

Result<std::vector<std::string>> command_words(std::string_view text) {
  Words words = THEATER_TRY(read_words(text));
  if (words.open_end) {
    return fail(ErrorCode::kInvalidArgument, "`{}`: a star has to be quoted in a command", text);
  }
  if (words.words.empty()) return fail(ErrorCode::kInvalidArgument, "the command is empty");
  return std::move(words.words);
}

}  // namespace theater
