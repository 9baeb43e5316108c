// An agent that works in a folder: it reads what is in the inbox and writes a report of it.
//
// It sees nothing but the folder that its manifest names and its operator granted.
#include <theater/filesystem.hpp>
#include <theater/message_server.hpp>

#include <algorithm>
#include <string>
#include <vector>

using theater::Reply;
using theater::Result;
using theater::Status;

inline std::vector<std::string> split_words(std::string_view text) {
  constexpr std::string_view kSpace = " \n\t";
  std::vector<std::string> words;
  for (size_t at = 0; at = text.find_first_not_of(kSpace, at), at != text.npos;) {
    size_t end = std::min(text.find_first_of(kSpace, at), text.size());
    words.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

inline Reply show(const theater::CommandOutput& output) {
  return output.out + output.err + "exit code " + std::to_string(output.exit_code);
}

struct FileAgent {
  int64_t reports = 0;
  THEATER_FIELDS(reports)

  Result<Reply> handle_request(std::string_view, std::string_view message) {
    Result<Reply> answer = work(message);
    // A refusal is an answer like any other, and the agent continues.
    if (!answer) return "sorry: " + answer.error();
    return answer;
  }

  Result<Reply> work(std::string_view message) {
    std::vector<std::string> words = split_words(message);
    if (message == "report") return report();
    if (message == "clean") return clean();
    if (words.size() == 2 && words[0] == "read") return THEATER_TRY(theater::read_file(words[1]));
    if (words.size() == 3 && words[0] == "copy") return copy(words[1], words[2]);
    if (words.size() >= 2 && words[0] == "run") {
      std::vector<std::string> arguments(words.begin() + 2, words.end());
      return show(THEATER_TRY(theater::execute_command(".", words[1], arguments)));
    }
    if (words.size() >= 2 && words[0] == "nix") {
      return show(THEATER_TRY(theater::execute_nix_command(".", message.substr(4))));
    }
    return theater::fail(
        "say report, clean, read FILE, copy FILE FILE, run PROGRAM or nix COMMAND");
  }

  // Writes under another name first, so a reader finds the whole report or none.
  Result<Reply> report() {
    std::string text;
    for (const std::string& name : THEATER_TRY(theater::list_files("inbox"))) {
      std::string path = "inbox/" + name;
      uint64_t size = THEATER_TRY(theater::get_metadata(path)).size;
      size_t words = split_words(THEATER_TRY(theater::read_file(path))).size();
      text += name + ": " + std::to_string(words) + " words, " + std::to_string(size) + " bytes\n";
    }
    if (!THEATER_TRY(theater::path_exists("out"))) THEATER_TRY_VOID(theater::create_dir("out"));
    THEATER_TRY_VOID(theater::write_file("out/draft.txt", text));
    THEATER_TRY_VOID(theater::rename_path("out/draft.txt", "out/report.txt"));
    ++reports;
    THEATER_TRY_VOID(
        theater::append_bytes("out/log.txt", "report " + std::to_string(reports) + "\n"));
    return "wrote out/report.txt";
  }

  Result<Reply> copy(const std::string& from, const std::string& to) {
    std::string bytes = THEATER_TRY(theater::read_file(from));
    THEATER_TRY_VOID(theater::write_bytes(to, bytes));
    return "copied";
  }

  Result<Reply> clean() {
    THEATER_TRY_VOID(theater::delete_file("out/log.txt"));
    THEATER_TRY_VOID(theater::delete_dir("out"));
    return "clean";
  }
};

THEATER_ACTOR(FileAgent)
THEATER_MESSAGE_SERVER_CLIENT(FileAgent)
