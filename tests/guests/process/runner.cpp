// Runs shell scripts, and programs in folders: for tests of the handler `process`.
#include <theater/message_server.hpp>
#include <theater/process.hpp>

#include <charconv>
#include <string>
#include <string_view>
#include <utility>

using namespace theater;

namespace {

// The part before the first space; takes it off the text.
std::string_view take_word(std::string_view& text) {
  size_t end = std::min(text.find(' '), text.size());
  std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

uint64_t take_number(std::string_view& text) {
  std::string_view word = take_word(text);
  uint64_t number = 0;
  std::from_chars(word.data(), word.data() + word.size(), number);
  return number;
}

}  // namespace

struct Runner {
  std::string heard;
  THEATER_FIELDS(heard)

  Result<Reply> handle_request(std::string_view, std::string_view text) {
    return Reply(THEATER_TRY(answer(take_word(text), text)));
  }
  Status handle_stdout(uint64_t id, std::string_view bytes) { return hear("out", id, bytes); }
  Status handle_stderr(uint64_t id, std::string_view bytes) { return hear("err", id, bytes); }
  Status handle_exit(uint64_t id, int32_t exit_code) {
    return hear("exit", id, std::to_string(exit_code) + "\n");
  }

 private:
  Status hear(std::string_view what, uint64_t id, std::string_view text) {
    heard += std::string(what) + " " + std::to_string(id) + " " + std::string(text);
    return {};
  }

  Result<std::string> answer(std::string_view word, std::string_view rest) {
    if (word == "heard") return heard;
    if (word == "spawn" || word == "brief") {
      process::Config config{.program = "sh", .args = {"-c", std::string(rest)}};
      config.stdout_mode = process::OutputMode::kLineByLine;
      config.stderr_mode = process::OutputMode::kLineByLine;
      if (word == "brief") config.timeout_s = 1;
      return std::to_string(THEATER_TRY(process::spawn(config)));
    }
    if (word == "in") {
      process::Config config{.program = "", .cwd = std::string(take_word(rest))};
      config.program = take_word(rest);
      while (!rest.empty())
        config.args.emplace_back(take_word(rest));
      return std::to_string(THEATER_TRY(process::spawn(config)));
    }
    uint64_t id = take_number(rest);
    if (word == "write") return std::to_string(THEATER_TRY(process::write_stdin(id, rest)));
    if (word == "close") return done(process::close_stdin(id));
    if (word == "kill") return done(process::kill(id));
    if (word == "signal")
      return done(process::signal(id, static_cast<process::Signal>(take_number(rest))));
    if (word == "status") {
      process::Info info = THEATER_TRY(process::status(id));
      return info.is_running ? std::string("running") : std::to_string(info.exit_code.value_or(0));
    }
    return fail("what is `" + std::string(word) + "`?");
  }

  static Result<std::string> done(Status status) {
    THEATER_TRY_VOID(std::move(status));
    return std::string("done");
  }
};

THEATER_ACTOR(Runner)
THEATER_MESSAGE_SERVER_CLIENT(Runner)
THEATER_PROCESS_HANDLERS(Runner)
