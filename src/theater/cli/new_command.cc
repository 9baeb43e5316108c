#include "theater/cli/commands.h"
#include "theater/cli/new_actor.h"
#include "theater/views/json.h"
#include "theater/views/text.h"

#include <nlohmann/json.hpp>

namespace theater::cli {

namespace {

// The files are made without the tools too: whoever has them elsewhere can build there.
void say_for_people(const NewActorReport& report, const NewActorOptions& options,
                    const Result<void>& tools, Output& output) {
  output.line(fmt::format("{} ({}, {}, {})", report.folder.string(),
                          language_name(options.language), options.shape->name,
                          views::counted(report.files.size(), "file")));
  if (!tools) print_warning(tools.error().message() + "\nhint: " + tools.error().hint());
  output.line("next:");
  for (const std::string& command : report.next)
    output.line("  " + command);
}

void say_as_json(const NewActorReport& report, const NewActorOptions& options,
                 const Result<void>& tools, Output& output) {
  nlohmann::ordered_json made = {{"name", report.name},
                                 {"folder", views::json_bytes(as_bytes(report.folder.string()))},
                                 {"template", options.shape->name},
                                 {"language", language_option(options.language)},
                                 {"files", report.files},
                                 {"next", nlohmann::ordered_json::array()},
                                 {"can_build", tools.has_value()}};
  for (const std::string& command : report.next)
    made["next"].push_back(views::json_bytes(as_bytes(command)));
  if (!tools) {
    made["missing"] = tools.error().message();
    made["remedy"] = tools.error().hint();
  }
  output.json(made);
}

}  // namespace

Exit run(const NewCommand& command, Output& output) {
  NewActorOptions options{command.folder, command.shape, command.language};
  Result<NewActorReport> report = make_new_actor(options);
  if (!report) return report_failure(report.error(), Exit::kFailed, command.json, output);
  Result<void> tools = require_tools(command.language);
  if (command.json) {
    say_as_json(*report, options, tools, output);
  } else {
    say_for_people(*report, options, tools, output);
  }
  return Exit::kDone;
}

}  // namespace theater::cli
