// Actors with children, scripted: a node of them all, told what to do by requests.
//
// What a member of the family answers to:
//   ping                      pong
//   id                        its id
//   spawn <state>             a child's id, or "error: …"; the child's initial state is <state>
//   spawn-as <manifest>       the same with another manifest than the family's
//   resume <state>            as spawn, by resume
//   resume-as <manifest>      the same with another manifest, and the state "left"
//   stop <id>                 "stopped", or "error: …"
//   restart <id>              "restarted", or "error: …"
//   children                  the ids of its children, blank between them
//   state <id>                the state of that actor, "none", or "error: …"
//   events <id>               the types of the events of that actor, or "error: …"
//   news                      what it was told of its children, a line each: "error <id> <text>",
//                             "exit <id> <data>", "stop <id>"
//   quit <data>               ends itself with this data
//   ask <id> <what>           the answer of that actor, or "error: …"
//   tell <id> <text>          "told", or "error: …"; the text is that actor's state then, or it
//                             gives way for ever for `spin`
//   open <id>                 the id of a channel to that actor, or "error: …"; an actor adds the
//                             line "closed" to its state when a channel is closed
//   keep <text>               "kept"; that is its state from here on
//   recall                    its state, or "none"
//   later                     nothing, until it is ended or restarted
//   respond <text>            the text, by a host function and not by what the call returns
//   trap                      traps
//   spin                      gives way for ever
// and a ticker, which also has intervals, to:
//   start <name> <ms>         "started", or "error: …"
//   halt <name>               "halted", or "error: …"
// A filer is a ticker that imports a function of the filesystem, so it needs the folder.
// An initial state says what `init` does: `fail`, `trap`, `spin`, `nest <n>` (has a child that
// nests n - 1), `call <id>` (asks that actor for a pong, and fails if it does not get it), or
// anything else, which it keeps.
#pragma once

#include "theater/base/testing/temporary_folder.h"
#include "theater/handlers/registry.h"
#include "theater/log/event/event.h"
#include "theater/replay/replay.h"
#include "theater/runtime/runtime.h"
#include "theater/runtime/testing/scripted_loader.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace theater::testing {

// An actor's chain, decoded, and its hashes.
struct Told {
  std::vector<log::Event> events;
  std::vector<Bytes> bytes;
  std::vector<Hash> hashes;
  Hash head;

  // The names of the bodies, such as "genesis instance call returned".
  std::string outline() const;
  const log::Genesis& genesis() const { return std::get<log::Genesis>(events.front().body); }
  // All bodies of one kind, in order.
  template <class Body>
  std::vector<Body> all() const {
    std::vector<Body> found;
    for (const log::Event& event : events) {
      if (const auto* body = std::get_if<Body>(&event.body)) found.push_back(*body);
    }
    return found;
  }
};
Told tell(const log::Chain& chain);

class Family {
 public:
  // `jobs` may be null. All outlive the family.
  Family(Scheduler& scheduler, Timers& timers, const Clock& clock, JobRunner* jobs,
         const Recording* recording = nullptr, uint64_t seed = 1);

  Runtime& runtime() { return *runtime_; }
  const std::filesystem::path& folder() const { return folder_.path(); }
  ScriptedLoader& loader() { return loader_; }

  // The manifest of every member, whose state is explicit; `more` goes before its handlers.
  std::string manifest_text(const std::string& more = "") const;
  // Allows what members need: the default policy, to read below the folder, and from a.example.
  Policy policy() const;
  SpawnRequest root_request(const std::string& state = "kept", const std::string& more = "") const;
  ActorId add_root(const std::string& state = "kept", const std::string& more = "");
  // Writes a file with a member's manifest, and returns its path.
  std::string add_manifest(const std::string& name, const std::string& more = "") const;

  // The same for tickers.
  std::string ticker_text(const std::string& more = "") const;
  ActorId add_ticker(const std::string& more = "");
  std::string add_ticker_manifest(const std::string& name, const std::string& more = "") const;

  // A request, waited for; "error: …" if it fails.
  std::string ask(const ActorId& id, const std::string& text);
  Told told(const ActorId& id) { return tell(*runtime_->chain(id)); }

  // What servers give, by address; there is nothing else on the web. One that begins with
  // "http://inside" is in a private network.
  std::map<std::string, std::string> web;
  // What was asked of them.
  std::vector<std::string> fetched;
  // Called before a server is asked, on the thread that does it; then nothing comes of it.
  std::function<void(const FetchOptions&)> before_fetch;

  // Initial states that were given, other than those that are listed above: replays need them.
  std::vector<std::string> other_states;

  // Ends the runtime, when nothing of it is used any more.
  void end() { runtime_.reset(); }

  // Another runtime in place of that one, as in the constructor.
  void begin_anew(Scheduler& scheduler, Timers& timers, const Clock& clock, JobRunner* jobs,
                  const Recording* recording);

  // What a replay of members needs; states that are not among the known ones come from `blobs`.
  std::unique_ptr<replay::Components> components(const BlobStore* blobs = nullptr) const;

  // What is wrong with these chains, taken together; none if they are a family's: each verifies,
  // replays to its head, and says of the others what they say of it.
  std::optional<std::string> what_is_wrong(const std::map<ActorId, Told>& chains) const;

 private:
  std::optional<std::string> wrong_with_child(const Told& child,
                                              const std::map<ActorId, Told>& chains) const;
  std::optional<std::string> wrong_with_parent(const Told& parent,
                                               const std::map<ActorId, Told>& chains) const;
  std::optional<std::string> wrong_with_replay(const Told& told) const;

  SpawnRequest request_of(const std::string& text, const std::string& state) const;
  Result<Fetched> fetch(const Url& url, const FetchOptions& options);

  TemporaryFolder folder_;
  SeededRandom random_;
  HandlerSet handlers_ = make_handlers();
  ScriptedLoader loader_;
  std::optional<Routing> routing_;
  std::optional<Runtime> runtime_;
};

}  // namespace theater::testing
