// Where actors come from: what is asked for is checked, read and compiled into an ActorTemplate,
// and actors are made from that.
//
// A template is made once, which may be slow; an actor from it is made without reading, hashing or
// compiling anything.
#pragma once

#include "theater/actor/cell/actor_spec.h"
#include "theater/actor/cell/actor_template.h"
#include "theater/actor/cell/node_services.h"
#include "theater/actor/scheduling/job_runner.h"
#include "theater/actor/supervision/spawner.h"
#include "theater/base/guarded.h"
#include "theater/base/random.h"
#include "theater/base/result.h"
#include "theater/log/writer/log.h"
#include "theater/net/fetch.h"
#include "theater/runtime/known_actors.h"
#include "theater/runtime/manifest_origins.h"
#include "theater/runtime/program_cache.h"
#include "theater/runtime/references.h"
#include "theater/store/blob_store.h"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>
#include <variant>

namespace theater {

// A node's memory on disk: its log, and the contents that events name by digest.
struct Recording {
  log::Log& log;
  BlobStore& blobs;
  const ManifestOrigins* origins = nullptr;  // Null: they are not kept.
  std::filesystem::path stores = {};         // Of the home (stored_content.h); empty: none.
};

// A component in place of the one that a manifest names: its bytes, or the digest of one that is
// among the node's blobs.
using GivenComponent = std::variant<Bytes, Hash>;

// What one actor has of its own, beside its template.
struct SpawnOptions {
  std::optional<Bytes> state;  // The initial state; none is a state like any other.
  // Runtime::new_id(), for an actor whose id others must know before it exists; else a fresh one.
  std::optional<ActorId> id;
  ChildRules rules = {};  // Of a child: how its parent looks after it.
  bool init_runs = true;  // As ActorSpec::init_runs.
  // Of one that goes on, whose id is given and whose state is the one that it has now.
  std::optional<Recovered> recovered = {};
};

// What an actor has from above. The default is an operator's.
struct ParentRights {
  const Permissions* permissions = nullptr;  // What its parent may do; null if there is none.
  std::optional<Permissions> reader = {};    // As ActorTemplate::reader.
  std::optional<ActorId> actor = {};         // Whose they are, as in ReferenceReader.
  LackingParties lacking = {};               // As there.
};

// Safe from any thread; what is said to be slow must not be called on workers.
class NodeSpawner final : public Spawner {
 public:
  struct Parts {
    NodeServices& services;
    ProgramCache& programs;
    KnownActors& known;
    JobRunner& jobs;
    Random& random;
    // Runs what waits for servers, beside `jobs`, which then has nothing to wait for.
    JobRunner& web_jobs;
    Fetch fetch;
    const Recording* recording = nullptr;
  };
  explicit NodeSpawner(const Parts& parts);

  ActorId new_id();

  // Slow. `component` is read from where the manifest says if it is not given, by `fetch` if that
  // is on the web. Fails as Runtime::spawn() does.
  Result<std::shared_ptr<const ActorTemplate>> prepare(Manifest manifest,
                                                       std::optional<GivenComponent> component,
                                                       const Policy& policy, ParentRights parent,
                                                       const Fetch& fetch);

  // Reads from the web, for as long as that takes, or until there are to be no more actors.
  Fetch web() const;

  // Whether actors of it leave a record on disk.
  bool keeps(const Manifest& manifest) const;

  // Makes an actor that begins when its `begin` is called, and is found by its id from here on.
  // Slow only if it has a state to put into the blobs. `started` as in ActorSpec. Fails with
  // kAlreadyExists, kResourceExhausted, kUnavailable, or as BlobStore::put does.
  Result<std::shared_ptr<ActorCell>> make(std::shared_ptr<const ActorTemplate> common,
                                          SpawnOptions options, std::optional<ParentLink> parent,
                                          std::function<void(std::optional<Error>)> started);

  void make_child(ChildRequest request, ParentLink parent, uint64_t number) override;
  bool run_apart(std::function<void()> job) override { return jobs_.submit(std::move(job)); }

  // Runs slow work. Fails with kResourceExhausted if too much waits, or kUnavailable at the end.
  Result<void> submit(JobRunner::Job job);

  // The same for work that may have to read from the web, which is known only when it comes to
  // that: then it is begun once more, on a thread that others do not wait for. So `work` must have
  // no effect before it fetches. `done` is called once, in this call if nothing can be submitted.
  template <class T>
  void submit_reading(std::function<Result<T>(const Fetch&)> work,
                      std::function<void(Result<T>)> done);

  // Calls off what is being read from the web.
  void stop_reading() { stop_.request_stop(); }

 private:
  Result<std::shared_ptr<ActorCell>> child_of(const ChildRequest& request, ParentLink parent,
                                              const Fetch& fetch);
  ReferenceReader reader_of(const ParentRights& rights, const Policy& policy,
                            const Fetch& fetch) const;
  Result<std::shared_ptr<const ReadyProgram>> program_of(const Manifest& manifest,
                                                         const GivenComponent& given);
  Result<void> keep_component(const ReadyProgram& ready, ByteView bytes);
  Result<void> keep_manifest(const Manifest& manifest);
  Result<void> keep_context(const ActorTemplate& made, const Bytes& context);

  NodeServices& services_;
  Router& router_;
  ProgramCache& programs_;
  KnownActors& known_;
  JobRunner& jobs_;
  JobRunner& web_jobs_;
  const Fetch fetch_;
  std::stop_source stop_;
  Guarded<Random*> random_;
  const Recording* recording_;
};

template <class T>
void NodeSpawner::submit_reading(std::function<Result<T>(const Fetch&)> work,
                                 std::function<void(Result<T>)> done) {
  auto submitted = submit([this, work = std::move(work), done] {
    bool wants_web = false;
    Result<T> first = work([&](const Url&, const FetchOptions&) -> Result<Fetched> {
      wants_web = true;
      return fail(ErrorCode::kUnavailable, "too much is being read from the web by this node");
    });
    bool goes_on = wants_web && web_jobs_.submit([this, work, done] { done(work(web())); });
    if (!goes_on) done(std::move(first));
  });
  if (!submitted) done(Failure(std::move(submitted).error()));
}

}  // namespace theater
