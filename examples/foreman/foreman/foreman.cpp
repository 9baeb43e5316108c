// Hires a worker for each calculation, and reports what became of them.
//
// A worker that is done ends with its result, and one that cannot do it crashes. Either way a call
// of its own tells the foreman, which continues: no worker can harm it.
#include <theater/json.hpp>
#include <theater/message_server.hpp>
#include <theater/supervisor.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

using theater::ActorError;
using theater::Reply;
using theater::Result;
using theater::Status;

struct Foreman {
  std::string worker = "examples/foreman/worker/manifest.toml";
  std::map<std::string, std::string> at_work;  // What each worker calculates, by its id.
  std::vector<std::string> done;
  THEATER_FIELDS(worker, at_work, done)

  using Codec = theater::JsonCodec;

  Result<Reply> handle_request(std::string_view, std::string_view message) {
    if (message.starts_with("calculate ")) return hire(std::string(message.substr(10)));
    if (message != "report") return theater::fail("unknown request: " + std::string(message));
    // Answered when the last worker has gone.
    if (!at_work.empty()) return theater::later;
    return report();
  }

  Status handle_child_exit(std::string_view id, std::optional<std::string_view> data) {
    return gone(id, "= " + std::string(data.value_or("nothing")));
  }

  Status handle_child_error(std::string_view id, const ActorError& error) {
    std::string_view why = error.data.value_or("for no reason");
    return gone(id, "failed: " + std::string(why.substr(0, why.find('\n'))));
  }

  Status handle_child_external_stop(std::string_view id) { return gone(id, "was stopped"); }

  Result<Reply> hire(const std::string& task) {
    std::string id = THEATER_TRY(theater::spawn_child(worker));
    THEATER_TRY_VOID(theater::send(id, task));
    at_work.emplace(id, task);
    return "hired";
  }

  Status gone(std::string_view id, const std::string& how) {
    auto worker_gone = at_work.find(std::string(id));
    if (worker_gone == at_work.end()) return theater::fail("a stranger: " + std::string(id));
    done.push_back(worker_gone->second + " " + how);
    at_work.erase(worker_gone);
    if (!at_work.empty()) return {};
    for (const std::string& request : theater::list_outstanding_requests()) {
      THEATER_TRY_VOID(theater::respond_to_request(request, report()));
    }
    return {};
  }

  // In one order, whichever worker was first.
  std::string report() {
    std::sort(done.begin(), done.end());
    std::string text;
    for (const std::string& line : done)
      text += (text.empty() ? "" : "\n") + line;
    return text;
  }
};

THEATER_ACTOR(Foreman)
THEATER_MESSAGE_SERVER_CLIENT(Foreman)
THEATER_SUPERVISOR_HANDLERS(Foreman)
