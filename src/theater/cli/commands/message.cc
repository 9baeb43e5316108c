#include "theater/cli/commands/message.h"

#include "theater/api/client/actor_reference.h"
#include "theater/base/file.h"
#include "theater/cli/commands/actor_text.h"
#include "theater/cli/options/shared_options.h"
#include "theater/cli/terminal/screen.h"

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace theater::cli {

namespace {

constexpr size_t kMessageBytesMax = size_t{256} << 20;
constexpr uint64_t kUsualDeadlineMs = 60'000;
constexpr uint64_t kDeadlineMsMax = 3'600'000;
// Beyond the deadline, for the server's own answer.
constexpr uint64_t kGraceMs = 30'000;

Result<Bytes> read_standard_input() {
  Bytes all;
  std::array<uint8_t, size_t{64} << 10> piece;
  for (;;) {
    ssize_t size = ::read(STDIN_FILENO, piece.data(), piece.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0)
      return fail(ErrorCode::kIo, "cannot read standard input: {}", std::strerror(errno));
    if (size == 0) return all;
    append(all, ByteView(piece).first(static_cast<size_t>(size)));
    if (all.size() > kMessageBytesMax) {
      return fail(ErrorCode::kResourceExhausted, "standard input has more than {} bytes",
                  kMessageBytesMax);
    }
  }
}

// The bytes that TEXT, @FILE or `-` stands for.
Result<Bytes> message_bytes(const std::string& word) {
  if (word == "-") return read_standard_input();
  if (!word.starts_with('@')) return to_bytes(word);
  return read_file(std::filesystem::path(word.substr(1)), kMessageBytesMax);
}

Result<void> send(const SendOptions& options, Output& output) {
  Bytes message = THEATER_TRY(message_bytes(options.message));
  auto client = THEATER_TRY(connect_to_server(options.server));
  views::Json actor = THEATER_TRY(api::find_actor(*client, options.actor, api::ActorUse::kAct));
  ActorId id = THEATER_TRY(api::actor_id_of(actor));
  std::string rest = options.no_wait ? "/send?wait=false" : "/send";
  HttpAnswer answer =
      THEATER_TRY(client->post_bytes(api::actor_target(id, rest), std::move(message), options.key));
  bool is_recorded = answer.status == 200;
  views::Json body = views::Json::parse(as_text(answer.body), nullptr, false);
  std::string hash = body.is_object() ? member_text(body, "hash", "") : "";
  if (options.json) {
    output.json({{"sent",
                  {{"actor", id.to_string()},
                   {"recorded", is_recorded},
                   {"hash", hash.empty() ? views::Json() : views::Json(hash)}}}});
  } else if (!is_recorded) {
    output.line("in the mailbox, and not on record");
  } else {
    output.line(printable(fmt::format("on record: {}", hash)));
  }
  return {};
}

Result<void> request(const RequestOptions& options, Output& output) {
  Bytes message = THEATER_TRY(message_bytes(options.message));
  uint64_t deadline_ms = options.deadline_ms.value_or(kUsualDeadlineMs);
  auto client = THEATER_TRY(
      connect_to_server(options.server, std::chrono::milliseconds(deadline_ms + kGraceMs)));
  views::Json actor = THEATER_TRY(api::find_actor(*client, options.actor, api::ActorUse::kAct));
  ActorId id = THEATER_TRY(api::actor_id_of(actor));
  std::string rest = fmt::format("/request?deadline_ms={}", deadline_ms);
  HttpAnswer answer =
      THEATER_TRY(client->post_bytes(api::actor_target(id, rest), std::move(message), options.key));
  if (options.json) {
    views::Json line = {{"reply", views::json_bytes(answer.body)}, {"actor", id.to_string()}};
    if (auto event = answer.headers.find("X-Theater-Event")) line["event"] = std::string(*event);
    output.json(line);
    return {};
  }
  Screen screen = Screen::of_output();
  output.content(bytes_for(screen, answer.body));
  if (!screen.is_terminal || answer.body.empty()) output.text("\n");
  return {};
}

void define_send(OptionParser& parser, SendOptions& options) {
  parser.argument("ACTOR", options.actor);
  parser.argument("MESSAGE", options.message);
  parser.flag("--no-wait", options.no_wait,
              "do not wait until the actor takes the message; a crash of the server may lose it");
  key_option(parser, options.key);
  server_choice(parser, options.server);
  json_option(parser, options.json);
}

void define_request(OptionParser& parser, RequestOptions& options) {
  parser.argument("ACTOR", options.actor);
  parser.argument("MESSAGE", options.message);
  parser.duration_option("--deadline", options.deadline_ms,
                         "wait so long for the reply, such as 500ms or 30s; default 60s");
  key_option(parser, options.key);
  parser.check([&options]() -> std::string {
    uint64_t deadline_ms = options.deadline_ms.value_or(kUsualDeadlineMs);
    if (deadline_ms > 0 && deadline_ms <= kDeadlineMsMax) return {};
    return "--deadline needs a time from 1ms to 1h";
  });
  server_choice(parser, options.server);
  json_option(parser, options.json);
}

Exit run_send(const SendOptions& options, Output& output) {
  return exit_after(send(options, output), options.json, output);
}

Exit run_request(const RequestOptions& options, Output& output) {
  return exit_after(request(options, output), options.json, output);
}

}  // namespace

const CommandOf<SendOptions> kSendCommand = {
    {.name = "send",
     .usage = "ACTOR MESSAGE [options]",
     .summary = "send a message to an actor",
     .details = R"(MESSAGE is a text, @FILE for the bytes of a file, or - for standard input.

The command ends when the call with the message is on record, as durable as the
actor asks for, and prints the hash of that event. With --no-wait it ends when
the message is in the mailbox.

A message with a --key is sent once in 24 hours, however often the command runs.
The command itself then repeats a request that was lost with its connection.

`theater help stop` says how ACTOR names one.)",
     .examples = R"(theater send counter inc
theater send counter @message.json
echo inc | theater send foreman/kid - --no-wait)"},
    define_send,
    run_send};

const CommandOf<RequestOptions> kRequestCommand = {
    {.name = "request",
     .usage = "ACTOR MESSAGE [options]",
     .summary = "ask an actor, and print its reply",
     .details = R"(MESSAGE is a text, @FILE for the bytes of a file, or - for standard input. The
bytes of the reply and a line end are printed. On a terminal control characters
appear as escapes.

An actor that is late may still do what was asked. A request with a --key is
done once in 24 hours, however often the command runs; each run prints the first
reply. `theater help stop` says how ACTOR names one.)",
     .examples = R"(theater request counter get
theater request agent @question.txt --deadline 5m
theater request counter get --json)"},
    define_request,
    run_request};

}  // namespace theater::cli
