#include "theater/cli/terminal/screen.h"

#include "theater/base/printable.h"

#include <fmt/format.h>

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

namespace theater::cli {

Screen Screen::of_output() {
  Screen screen;
  screen.is_terminal = ::isatty(STDOUT_FILENO) == 1;
  if (!screen.is_terminal) return screen;
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
    screen.columns = size.ws_col;
    screen.rows = size.ws_row;
  }
  const char* no_color = std::getenv("NO_COLOR");
  screen.has_colours = no_color == nullptr || *no_color == '\0';
  return screen;
}

std::string Screen::coloured(std::string_view text, std::string_view colour) const {
  if (!has_colours || colour.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", colour, text);
}

std::string printable(std::string_view text) {
  return escape_control(text);
}

std::string bytes_for(const Screen& screen, ByteView bytes) {
  if (!screen.is_terminal) return std::string(as_text(bytes));
  std::string text = escape_control_in_lines(as_text(bytes));
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  return text;
}

}  // namespace theater::cli
