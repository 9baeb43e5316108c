#include "theater/cli/commands/logs.h"

#include "theater/api/client/actor_reference.h"
#include "theater/cli/commands/actor_text.h"
#include "theater/cli/options/shared_options.h"
#include "theater/cli/terminal/screen.h"

#include <nlohmann/json.hpp>

namespace theater::cli {

namespace {

using views::Json;

constexpr uint64_t kPageLines = 1000;

// As the server writes it to its standard error.
std::string line_text(const Json& line) {
  std::string text = member_text(line, "time", "") + " " + member_text(line, "level", "") + " ";
  if (std::string part = member_text(line, "part", ""); !part.empty()) text += "[" + part + "] ";
  if (std::string actor = member_text(line, "actor", ""); !actor.empty()) text += actor + ": ";
  return printable(text + member_text(line, "message", ""));
}

void print(const Json& line, const LogsOptions& options, Output& output) {
  options.json ? output.json(line) : output.line(line_text(line));
}

void print_gap(const Json& gap, const LogsOptions& options, Output& output) {
  if (options.json) output.json({{"gap", gap}});
  print_warning("some lines are left out: they came faster than they were read");
}

std::string target_of(const std::string& path, const LogsOptions& options) {
  return options.last ? fmt::format("{}?last={}", path, *options.last) : path;
}

Result<void> print_pages(api::ApiClient& client, const std::string& path,
                         const LogsOptions& options, Output& output) {
  std::string target = target_of(path, options);
  while (!output.broken()) {
    char mark = target.find('?') == std::string::npos ? '?' : '&';
    Json page = THEATER_TRY(client.get(fmt::format("{}{}limit={}", target, mark, kPageLines)));
    auto lines = page.find("lines");
    auto next = page.find("next");
    if (lines == page.end() || !lines->is_array() || next == page.end() ||
        !next->is_number_unsigned())
      return fail(ErrorCode::kCorrupt, "the server's answer has no list of lines");
    for (const Json& line : *lines)
      print(line, options, output);
    if (lines->size() < kPageLines) return {};
    target = fmt::format("{}?from={}", path, next->get<uint64_t>());
  }
  return {};
}

Result<void> print_stream(api::EventStream& stream, const LogsOptions& options, Output& output) {
  while (!output.broken()) {
    std::optional<api::StreamedEvent> event = THEATER_TRY(stream.next());
    if (!event) return {};
    Json value = Json::parse(event->data, nullptr, false);
    if (!value.is_object()) return fail(ErrorCode::kCorrupt, "the server sent a line that is none");
    event->name == "gap" ? print_gap(value, options, output) : print(value, options, output);
  }
  return {};
}

Result<void> show_lines(const LogsOptions& options, Output& output) {
  auto client = THEATER_TRY(connect_to_server(options.server));
  std::string path = "/v1/node/logs";
  if (!options.actor.empty()) {
    Json found = THEATER_TRY(api::find_actor(*client, options.actor, api::ActorUse::kRead));
    path = api::actor_target(THEATER_TRY(api::actor_id_of(found)), "/logs");
  }
  if (!options.follow) return print_pages(*client, path, options, output);
  auto stream = THEATER_TRY(client->follow(target_of(path, options)));
  return print_stream(*stream, options, output);
}

void define(OptionParser& parser, LogsOptions& options) {
  parser.argument("ACTOR", options.actor, OptionParser::Presence::kOptional);
  parser.count_option("--last;--tail,-n", options.last, "begin with the last N lines");
  parser.flag("--follow,-f", options.follow, "continue as lines are written");
  server_choice(parser, options.server);
  json_option(parser, options.json, "print one JSON object per line");
}

Exit run(const LogsOptions& options, Output& output) {
  return exit_after(show_lines(options, output), options.json, output);
}

}  // namespace

const CommandOf<LogsOptions> kLogsCommand = {
    {.name = "logs",
     .usage = "[ACTOR] [options]",
     .summary = "show the log lines of a server and its actors",
     .details = R"(Prints the lines that the server has written to its standard error: its own,
and those in which actors speak to people. With an ACTOR it prints the lines of
and about that actor.

With --follow it continues as lines are written, until the actor has ended or
Ctrl-C. The server keeps the last lines in memory. They are no record, and end
with it; `theater events` shows what is on record.)",
     .examples = R"(theater logs --last 20
theater logs counter --follow
theater logs --json)"},
    define,
    run};

}  // namespace theater::cli
