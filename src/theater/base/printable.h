// The gate for text that others made: guests, files and the network.
//
// A terminal obeys some characters in place of showing them, and others change the order or the
// lines of what stands around them. Everything that a command or a log line prints of such text
// passes here. The gate escapes
//
//   invalid UTF-8, C0 controls and DEL  \xff, \n, \t, \x1b
//   C1 controls                         \u009b
//   bidirectional controls              \u061c, \u200e, \u200f, \u202a … \u202e, \u2066 … \u2069
//   line and paragraph separators       \u2028, \u2029
//
// The functions are safe from any thread.
#pragma once

#include <string>
#include <string_view>

namespace theater {

// `text` on one line.
std::string escape_control(std::string_view text);

// `text` with its line ends and tabs: for text of several lines, whose parts that are to stay on
// one line passed escape_control() before.
std::string escape_control_in_lines(std::string_view text);

// JSON text with the same characters as escapes of JSON, which mean the characters themselves to a
// reader of JSON. Line ends and tabs outside of strings stay. `json` must be JSON and UTF-8.
std::string escape_control_in_json(std::string_view json);

}  // namespace theater
