// Writes include/theater/detail/component_types.hpp, from the worlds in wit/.
//
//   theater_sdk_generate_types SDK_CPP_FOLDER            writes the header
//   theater_sdk_generate_types --check SDK_CPP_FOLDER    fails if the header is not what would be
//   written
#include "theater/base/file.h"
#include "theater/engine/engine.h"

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace {

using theater::Bytes;
using theater::Result;

struct Section {
  const char* macro;
  // The custom section is `component-type:` and this. The sections of one component have different
  // names, or the linker would join them into one.
  const char* name;
  const char* folder;
  const char* world;
};

constexpr Section kSections[] = {
    {"THEATER_DETAIL_TYPES_ACTOR", "theater-actor", "simple", "actor"},
    {"THEATER_DETAIL_TYPES_ACTOR_LEVELLED", "theater-actor", "levelled", "actor"},
    {"THEATER_DETAIL_TYPES_MESSAGE_SERVER_CLIENT", "theater-message-server-client", "simple",
     "message-server-client"},
    {"THEATER_DETAIL_TYPES_INTERVAL_HANDLERS", "theater-interval-handlers", "simple",
     "interval-handlers"},
    {"THEATER_DETAIL_TYPES_HTTP_STREAM_HANDLERS", "theater-http-stream-handlers", "simple",
     "http-stream-handlers"},
    {"THEATER_DETAIL_TYPES_HTTP_HANDLERS", "theater-http-handlers", "simple", "http-handlers"},
    {"THEATER_DETAIL_TYPES_HTTP_ANSWER_HANDLERS", "theater-http-answer-handlers", "simple",
     "http-answer-handlers"},
    {"THEATER_DETAIL_TYPES_PROCESS_HANDLERS", "theater-process-handlers", "simple",
     "process-handlers"},
    {"THEATER_DETAIL_TYPES_SUPERVISOR_HANDLERS", "theater-supervisor-handlers", "simple",
     "supervisor-handlers"},
};

constexpr std::string_view kOpening =
    R"(// Made by sdk/cpp/generate from sdk/cpp/wit; `ctest -R sdk-types` compares. Not to be edited.
//
// Each macro puts the types of one world into a custom section of the component, where
// `theater build` finds them. Only assembly can do it: a section attribute makes a data segment.
#pragma once
// clang-format off
)";

std::string macro_of(const Section& section, const Bytes& bytes) {
  std::string text = fmt::format(
      "\n#define {} \\\n"
      "  __asm__(\".section \\\".custom_section.component-type:{}\\\",\\\"\\\",@\\n\" \\\n",
      section.macro, section.name);
  constexpr size_t kBytesPerLine = 24;
  for (size_t at = 0; at < bytes.size(); at += kBytesPerLine) {
    text += "    \".byte ";
    for (size_t i = at; i < std::min(at + kBytesPerLine, bytes.size()); ++i) {
      text += fmt::format("{}{}", i == at ? "" : ",", bytes[i]);
    }
    text += "\\n\" \\\n";
  }
  return text + "    \".text\\n\");\n";
}

Result<std::string> header(const std::string& folder) {
  std::string text(kOpening);
  for (const Section& section : kSections) {
    Bytes bytes = THEATER_TRY(
        theater::engine::component_type_section(folder + "/wit/" + section.folder, section.world));
    text += macro_of(section, bytes);
  }
  return text;
}

Result<void> run(const std::string& folder, bool check) {
  std::string path = folder + "/include/theater/detail/component_types.hpp";
  std::string text = THEATER_TRY(header(folder));
  if (!check) return theater::write_file(path, theater::as_bytes(text));
  std::string present = THEATER_TRY(theater::read_text_file(path));
  if (present == text) return {};
  return theater::fail(theater::ErrorCode::kCorrupt,
                       "{} is not what the WIT files say; run sdk/cpp/generate", path);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  bool check = !arguments.empty() && arguments.front() == "--check";
  if (check) arguments.erase(arguments.begin());
  if (arguments.size() != 1) {
    std::fputs("usage: theater_sdk_generate_types [--check] SDK_CPP_FOLDER\n", stderr);
    return 2;
  }
  Result<void> done = run(arguments.front(), check);
  if (!done) {
    std::fprintf(stderr, "theater_sdk_generate_types: %s\n", done.error().to_string().c_str());
    return 1;
  }
  return 0;
}
