// The host of an actor in a unit test.
#pragma once

#include "theater/detail/caller.hpp"
#include "theater/detail/http_types.hpp"
#include "theater/detail/native_http_server.hpp"
#include "theater/detail/process_types.hpp"
#include "theater/runtime.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

struct ChainEvent;
struct CommandOutput;

}  // namespace theater

namespace theater::testing {

struct LogLine {
  std::string level;
  std::string message;
  bool operator==(const LogLine&) const = default;
};

struct Message {
  std::string to;
  std::string bytes;
  bool operator==(const Message&) const = default;
};

struct SpawnedChild {
  std::string manifest;
  std::optional<std::string> init_bytes;  // Or the state that it goes on from.
  bool is_resumed = false;
  bool operator==(const SpawnedChild&) const = default;
};

// A program and its arguments, run in a folder.
struct Command {
  std::string folder;
  std::vector<std::string> words;
  bool operator==(const Command&) const = default;
};

// A stream that the actor has opened.
struct OpenStream {
  http::Request request;
  bool is_paused = false;
};

// The most streams that an actor has open at once.
inline constexpr size_t kStreamsMax = 64;

struct StoredContents {
  std::map<std::string, std::string> contents;  // By their digests.
  std::map<std::string, std::string> labels;    // The digest that each is on.
};

// A process that the actor has started.
struct StartedProcess {
  process::Config config;
  std::string input = {};
  bool is_input_closed = false;
  std::vector<process::Signal> signals = {};  // A kill is kKill.
  uint64_t start_time_ms = 0;
  std::optional<int32_t> exit_code = std::nullopt;  // Once the test has said that it ended.

  bool is_running() const { return !exit_code; }
};

// What an actor is told, and what it did. Not thread-safe; each thread has its own.
struct Host {
  // What the host answers with.
  std::string actor_id = "00000000000000000000000000000001";
  std::string actor_name = "actor";
  uint64_t now_ms = 0;
  std::optional<Caller> caller;  // The caller of the next calls; none for a handler.
  std::map<std::string, std::string> environment;
  std::mt19937_64 random;  // What random values are drawn from; the same ones in every run.
  std::vector<Event> chain;
  std::string version = "0.1.0";
  SystemInfo system;
  // Answers theater::request; the default is that nobody is there. Set on_send to refuse messages.
  std::function<Result<std::string>(const Message&)> on_request;
  std::function<Status(const Message&)> on_send;
  // Answers theater::spawn_child and resume_child with an id; without it every spawn fails.
  std::function<Result<std::string>(const SpawnedChild&)> on_spawn;
  // What theater::get_child_state answers with, by id, and what answers get_child_events.
  std::map<std::string, std::optional<std::string>> child_states;
  std::function<Result<std::vector<ChainEvent>>(std::string_view)> on_child_events;
  // Stores by their ids: shared ones that the actor may use, and those that it has made.
  std::map<std::string, StoredContents> stores;
  // Answers theater::open_channel with the channel's id; the default is that nobody is there.
  std::function<Result<std::string>(const Message&)> on_open_channel;

  // Answers theater::send_http; without it every request fails.
  std::function<Result<http::Response>(const http::Request&)> on_http;
  // Set it to refuse theater::http_stream::open.
  std::function<Status(const http::Request&)> on_open_stream;

  // Set it to refuse theater::process::spawn.
  std::function<Status(const process::Config&)> on_spawn_process;

  // Set it to refuse theater::http_framework::create_server.
  std::function<Status(const http::ServerConfig&)> on_create_server;

  // The actor's folder: the contents of files by their paths, and the folders in it.
  std::map<std::string, std::string> files;
  std::set<std::string> folders;
  // Answers theater::execute_command; without it every command fails.
  std::function<Result<CommandOutput>(const Command&)> on_command;

  // What the actor did, in order.
  std::vector<LogLine> logs;
  std::vector<Message> sent;
  std::vector<Message> requested;
  std::vector<std::pair<std::string, double>> metrics;
  std::vector<std::pair<std::string, std::string>> events;
  std::map<std::string, std::string> responses;
  std::vector<std::string> outstanding;
  std::vector<std::string> cancelled;
  std::vector<SpawnedChild> spawned;
  std::vector<Command> commands;
  // Its children that it has not stopped, oldest first.
  std::vector<std::string> children;
  std::vector<std::string> restarted;
  std::vector<std::string> channels;      // That are open.
  std::vector<Message> sent_on_channels;  // `to` is the channel's id.
  std::vector<std::string> closed_channels;
  std::map<std::string, uint64_t> intervals;  // That run, and their periods in milliseconds.
  std::vector<http::Request> http_requests;   // By send_http and http_stream::open.
  std::map<uint64_t, OpenStream> streams;     // That are open, by their ids.
  uint64_t streams_opened = 0;
  std::vector<uint64_t> cancelled_streams;
  std::map<uint64_t, HttpServer> http_servers;    // That it has not destroyed, by their ids.
  std::map<uint64_t, std::string> http_handlers;  // Names by their ids.
  uint64_t http_ids = 0;                          // The last id of the two above and their parts.
  std::map<uint64_t, OpenWebSocket> websockets;   // That are open, by their ids.
  uint64_t websockets_opened = 0;
  std::vector<uint64_t> closed_websockets;  // By the actor.
  std::map<uint64_t, OpenAnswer> answers;   // By their ids, also when they have ended.
  uint64_t answers_opened = 0;
  std::map<uint64_t, StartedProcess> processes;  // By their ids, also when they have ended.
  bool may_open_answer = false;                  // In the call of a request that has opened none.
  // Whether it asked for its end, and with what data.
  bool shut_down = false;
  std::optional<std::string> shutdown_data;

  // The host that the functions of the SDK go to. `Host::current() = {}` makes it as new.
  static Host& current() {
    thread_local Host host;
    return host;
  }

  // Takes a request off the outstanding ones; fails if it is none of them.
  Status settle(std::string_view request_id) {
    auto found = std::find(outstanding.begin(), outstanding.end(), request_id);
    if (found == outstanding.end()) return fail("Request ID not found: " + std::string(request_id));
    outstanding.erase(found);
    return {};
  }

  // Fails if no stream of that id is open.
  Result<OpenStream*> find_stream(uint64_t id) {
    auto found = streams.find(id);
    if (found != streams.end()) return &found->second;
    return fail("not-found: stream " + std::to_string(id) + " is not open");
  }

  // Fails if no stream of that id can have an event.
  Status check_event(uint64_t id) {
    bool was_cancelled = std::find(cancelled_streams.begin(), cancelled_streams.end(), id) !=
                         cancelled_streams.end();
    if (!was_cancelled) THEATER_TRY(find_stream(id));
    return {};
  }

  // Fails if the actor has no server of that id.
  Result<HttpServer*> find_server(uint64_t id) {
    auto found = http_servers.find(id);
    if (found != http_servers.end()) return &found->second;
    return fail("Server not found: " + std::to_string(id));
  }

  // Fails unless a path may be a route's, and the handler is registered.
  Status check_handler(std::string_view path, uint64_t handler) const {
    if (!path.starts_with('/')) return fail("Path must start with /");
    if (http_handlers.contains(handler)) return {};
    return fail("Handler not found: " + std::to_string(handler));
  }

  // Fails if no WebSocket of that id is open on that server.
  Result<OpenWebSocket*> find_websocket(uint64_t server, uint64_t connection) {
    THEATER_TRY(find_server(server));
    auto found = websockets.find(connection);
    if (found != websockets.end() && found->second.server == server) return &found->second;
    return fail("WebSocket connection not found: " + std::to_string(connection));
  }

  // Fails if no answer of that id is open.
  Result<OpenAnswer*> find_answer(uint64_t id) {
    auto found = answers.find(id);
    bool is_open = found != answers.end() && found->second.end == AnswerEnd::kOpen;
    if (is_open) return &found->second;
    return fail("closed: answer " + std::to_string(id) + " is not open");
  }

  // Fails if the actor has started no process of that id.
  Result<StartedProcess*> find_process(uint64_t id) {
    auto found = processes.find(id);
    if (found != processes.end()) return &found->second;
    return fail("Process " + std::to_string(id) + " not found");
  }

  // Fails if no channel of that id is open.
  Status find_channel(std::string_view id) const {
    if (!id.starts_with("ch_")) return fail("Failed to parse channel ID: " + std::string(id));
    if (std::find(channels.begin(), channels.end(), id) == channels.end()) {
      return fail("Channel not found: " + std::string(id));
    }
    return {};
  }
};

}  // namespace theater::testing
