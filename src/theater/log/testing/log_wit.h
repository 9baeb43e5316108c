// For tests that compare a struct with the record in wit/log/log.wit that it is the C++ side of.
#pragma once

#include "theater/base/file.h"
#include "theater/base/testing/source_tree.h"

#include <sstream>
#include <string>
#include <string_view>

namespace theater::log {

// The type of the record `name` in log.wit, as wit::to_wit() writes it; empty if there is none.
inline std::string record_in_log_wit(std::string_view name) {
  std::string wit = read_text_file(source_path("wit/log/log.wit")).value();
  size_t start = wit.find("record " + std::string(name) + " {");
  if (start == std::string::npos) return "";
  std::istringstream lines(wit.substr(start, wit.find('}', start) + 1 - start));
  std::string type = "record";
  std::string line;
  std::getline(lines, line);
  type += " {";
  while (std::getline(lines, line)) {
    size_t begin = line.find_first_not_of(' ');
    if (begin == std::string::npos || line.compare(begin, 2, "//") == 0) continue;
    type += " " + line.substr(begin);
  }
  size_t last = type.rfind(", }");
  return last == std::string::npos ? type : type.replace(last, 3, " }");
}

}  // namespace theater::log
