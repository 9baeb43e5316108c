#include "theater/cli/terminal/output.h"

#include "theater/base/log.h"
#include "theater/base/printable.h"
#include "theater/views/json.h"

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace theater::cli {

namespace {

// Returns 0, or the errno of the write that failed.
int write_fd(int fd, std::string_view text) {
  while (!text.empty()) {
    ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return 0;
}

bool colours() {
  const char* no_color = std::getenv("NO_COLOR");
  return isatty(STDERR_FILENO) == 1 && (no_color == nullptr || *no_color == '\0');
}

void print_labelled(std::string_view label, std::string_view colour, std::string_view text) {
  std::string out(label);
  if (colours()) out = fmt::format("\x1b[{}m{}\x1b[0m", colour, label);
  out += ' ';
  while (true) {
    size_t end = text.find('\n');
    out += escape_control(text.substr(0, end));
    out += '\n';
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  (void)flush_log();
  write_fd(STDERR_FILENO, out);
}

}  // namespace

Output::Output() {
  std::signal(SIGPIPE, SIG_IGN);
}

void Output::line(std::string_view text) {
  write_all(escape_control_in_lines(text) + '\n');
}

void Output::text(std::string_view text) {
  write_all(escape_control_in_lines(text));
}

void Output::content(std::string_view bytes) {
  if (isatty(STDOUT_FILENO) == 1) return text(bytes);
  write_all(bytes);
}

void Output::json(const nlohmann::ordered_json& value) {
  std::string text = value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  write_all(escape_control_in_json(text) + '\n');
}

void Output::shown(std::string_view text) {
  write_all(text);
}

void Output::write_all(std::string_view text) {
  // On a terminal, what was said before stands before it.
  (void)flush_log();
  if (broken_ || !failure_.empty()) return;
  int error = write_fd(STDOUT_FILENO, text);
  if (error == EPIPE) {
    broken_ = true;
  } else if (error != 0) {
    failure_ = std::strerror(error);
  }
}

Result<void> Output::finish() {
  if (failure_.empty()) return {};
  return fail(ErrorCode::kIo, "cannot write to standard output: {}", failure_);
}

void print_error(const Error& error) {
  print_labelled("theater:", "1;31", error.to_string());
  if (!error.hint().empty()) print_labelled("hint:", "1;36", error.hint());
}

void print_warning(std::string_view text) {
  print_labelled("theater: warning:", "1;33", text);
}

Exit report_failure(const Error& error, Exit exit, bool json, Output& output) {
  if (json) output.json(views::json_error(error));
  print_error(error);
  return exit;
}

Exit exit_after(const Result<void>& done, bool json, Output& output) {
  return done ? Exit::kDone : report_failure(done.error(), Exit::kFailed, json, output);
}

}  // namespace theater::cli
