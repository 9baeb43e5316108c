// Where actors come from: what is asked for is checked, read and compiled into an ActorTemplate,
// and actors are made from that.
//
// A template is made once, which may be slow; an actor from it is made without reading, hashing or
// compiling anything.
#pragma once

#include "theater/actor/cell/actor_spec.h"
#include "theater/actor/cell/actor_template.h"
#include "theater/actor/cell/node_services.h"
#include "theater/actor/handler/actor_secrets.h"
#include "theater/actor/scheduling/job_runner.h"
#include "theater/actor/supervision/spawner.h"
#include "theater/base/guarded.h"
#include "theater/base/random.h"
#include "theater/base/result.h"
#include "theater/log/writer/event_sink.h"
#include "theater/net/fetch.h"
#include "theater/runtime/known_actors.h"
#include "theater/runtime/manifest_origins.h"
#include "theater/runtime/program_cache.h"
#include "theater/runtime/references.h"
#include "theater/runtime/saved_chain.h"
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
  log::EventSink& log;
  BlobStore& blobs;
  const ManifestOrigins* origins = nullptr;  // Null: they are not kept.
  std::filesystem::path stores = {};         // Of the home (stored_content.h); empty: none.
  std::optional<SavedChains> chains = {};    // None is saved without.
};

// A component in place of the one that a manifest names: its bytes, or the digest of one that is
// among the node's blobs.
using GivenComponent = std::variant<Bytes, Hash>;

// What one actor has of its own, in addition to its template.
struct SpawnOptions {
  std::optional<Bytes> state;  // The initial state; none is a state like any other.
  // Runtime::new_id(), for an actor whose id others must know before it exists; else a fresh one.
  std::optional<ActorId> id;
  ChildRules rules = {};  // Of a child: how its parent looks after it.
  bool init_runs = true;  // As ActorSpec::init_runs.
  // Of an actor without a parent that the node supervises. Its rules of restart follow from this
  // and the template's policy.
  std::optional<RootStart> root = {};
  // Of an actor that is recovered: its id is given, and its state is the one that it has now, which
  // is among the blobs.
  std::optional<Recovered> recovered = {};
};

// What an actor has from above. The default is an operator's.
struct ParentRights {
  const Permissions* permissions = nullptr;  // What its parent may do; null if there is none.
  std::optional<Permissions> reader = {};    // As ActorTemplate::reader.
  std::optional<ActorId> actor = {};         // Their holder, as in ReferenceReader.
  LackingParties lacking = {};               // As there.
  // Whether its manifest came from a client, so that what the manifest refers to is read with the
  // actor's own grants.
  bool is_uploaded = false;
};

// How far one attempt at a spawn goes. The threads that spawn do not wait for servers or compile,
// so an attempt there may end without what it needs, and says what that is.
struct SpawnAttempt {
  Fetch fetch;                               // Reads from the web, or notes that it would have to.
  ProgramWait wait = ProgramWait::kBlock;    // For its program.
  std::optional<ProgramCache::Key> lacking;  // The program that was not ready.
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
    // Run what waits for servers and what compiles, so that `jobs` has neither to wait for. One
    // runner may do all, if it has one thread.
    JobRunner& web_jobs;
    JobRunner& compile_jobs;
    Fetch fetch;
    const Recording* recording = nullptr;
    Hash placeholder_key = {};  // As in Runtime::Parts.
  };
  explicit NodeSpawner(const Parts& parts);

  ActorId new_id();

  // Slow. `component` is read from where the manifest says if it is not given. Fails as
  // Runtime::spawn() does, or with kUnavailable if the attempt may not go that far.
  Result<std::shared_ptr<const ActorTemplate>> prepare(Manifest manifest,
                                                       std::optional<GivenComponent> component,
                                                       const Policy& policy, ParentRights parent,
                                                       SpawnAttempt& attempt);

  // An attempt that reads from the web and compiles in its own thread, for as long as that takes,
  // or until the node takes no more actors.
  SpawnAttempt whole_attempt() const;

  // Whether the root would hold the same secrets of the operator with this template. Fails with
  // kPermissionDenied if not, because only a start gives secrets or takes them, and if it would
  // hold any and may not (CodeUpdate::may_hold_secrets).
  Result<void> check_secrets(const ActorTemplate& next, const ActorCell& root, bool may_hold) const;

  // Whether actors of it leave a record on disk, which names their component and their state.
  bool keeps(const ActorTemplate& made) const;

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

  // The same for work that may have to read from the web or to compile, which is known only when it
  // comes to that: then it is begun once more, on a thread that others do not wait for, or when the
  // thread that already compiles the component is done. So `work` must have no effect before it has
  // its program. `done` is called once, in this call if nothing can be submitted.
  template <class T>
  using Work = std::function<Result<T>(SpawnAttempt&)>;
  template <class T>
  void submit_attempt(Work<T> work, std::function<void(Result<T>)> done);

  // Calls off what is being read from the web.
  void stop_reading() { stop_.request_stop(); }

 private:
  Result<std::shared_ptr<ActorCell>> child_of(const ChildRequest& request, ParentLink parent,
                                              SpawnAttempt& attempt);
  // Of the parent's `[http] instances`: all is as the parent has it.
  Result<std::shared_ptr<ActorCell>> pool_member_of(const ChildRequest& request, ParentLink parent);
  // Begins `work` here, and elsewhere what this thread is not for.
  template <class T>
  void attempt(ProgramWait wait, const Work<T>& work, const std::function<void(Result<T>)>& done);
  // Sees to it that `make`, or `again` on a thread that spawns, is called. Fails if too much waits.
  Result<void> when_compiled(const ProgramCache::Key& key, std::function<void()> make,
                             std::function<void()> again);
  ReferenceReader reader_of(const ParentRights& rights, const Policy& policy,
                            const Fetch& fetch) const;
  Result<std::shared_ptr<const ReadyProgram>> program_of(const Manifest& manifest,
                                                         const GivenComponent& given, bool is_kept,
                                                         SpawnAttempt& attempt);
  bool keeps(const Manifest& manifest, bool by_operator) const;
  void keep_name_unique(const ActorId& id, RootInfo& root) const;
  // The operator's secrets of an actor of this template, started under this name or by this parent.
  ActorSecrets secrets_of(const ActorTemplate& made, std::optional<std::string> root_name,
                          const std::optional<ParentLink>& parent) const;
  // Writes the chain of an actor that has ended, if that was asked for, on another thread.
  void save_chain_of(const ActorCell& cell);
  Result<void> keep_component(const ReadyProgram& ready, ByteView bytes);
  Result<void> keep_manifest(const Manifest& manifest);
  Result<void> keep_context(const ActorTemplate& made, const Bytes& context);

  NodeServices& services_;
  Router& router_;
  ProgramCache& programs_;
  KnownActors& known_;
  JobRunner& jobs_;
  JobRunner& web_jobs_;
  JobRunner& compile_jobs_;
  const ProgramWait first_wait_;  // Of an attempt on `jobs`.
  const Fetch fetch_;
  std::stop_source stop_;
  Guarded<Random*> random_;
  const Recording* recording_;
  const Hash placeholder_key_;
};

template <class T>
void NodeSpawner::submit_attempt(Work<T> work, std::function<void(Result<T>)> done) {
  auto submitted =
      submit([this, work = std::move(work), done] { attempt<T>(first_wait_, work, done); });
  if (!submitted) done(Failure(std::move(submitted).error()));
}

template <class T>
void NodeSpawner::attempt(ProgramWait wait, const Work<T>& work,
                          const std::function<void(Result<T>)>& done) {
  bool wants_web = false;
  auto note = [&wants_web](const Url&, const FetchOptions&) -> Result<Fetched> {
    wants_web = true;
    return fail(ErrorCode::kUnavailable, "too much is being read from the web by this node");
  };
  SpawnAttempt here{note, wait, {}};
  Result<T> result = work(here);
  if (wants_web) {
    auto whole = [this, work, done] {
      SpawnAttempt there = whole_attempt();
      done(work(there));
    };
    if (web_jobs_.submit(std::move(whole))) return;
  } else if (here.lacking) {
    auto submitted = when_compiled(
        *here.lacking, [this, work, done] { attempt<T>(ProgramWait::kMake, work, done); },
        [this, work, done] { submit_attempt<T>(work, done); });
    if (submitted) return;
    result = Failure(std::move(submitted).error());
  }
  done(std::move(result));
}

}  // namespace theater
