#include "theater/runtime/node_spawner.h"

#include "theater/actor/cell/cell.h"
#include "theater/base/check.h"
#include "theater/base/log.h"
#include "theater/engine/engine.h"
#include "theater/engine/ticker.h"
#include "theater/manifest/effective_permissions.h"
#include "theater/manifest/grant.h"
#include "theater/manifest/permission_gap.h"
#include "theater/runtime/child_start.h"
#include "theater/runtime/saved_chain.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace theater {

namespace {

template <class To>
To clamped(uint64_t value) {
  return static_cast<To>(std::min<uint64_t>(value, std::numeric_limits<To>::max()));
}

engine::Limits limits_of(const ManifestLimits& asked) {
  constexpr uint64_t kTicksPerMs = std::chrono::microseconds(1'000) / engine::kTickPeriod;
  engine::Limits limits;
  limits.memory_bytes = asked.memory_bytes;
  limits.table_elements = asked.table_elements;
  limits.core_instances = clamped<uint32_t>(asked.instances);
  limits.payload_bytes = asked.payload_bytes;
  limits.call_ticks = asked.call_cpu_ms > std::numeric_limits<uint64_t>::max() / kTicksPerMs
                          ? std::numeric_limits<uint64_t>::max()
                          : asked.call_cpu_ms * kTicksPerMs;
  return limits;
}

Result<void> check_pin(const Manifest& manifest, const Hash& digest) {
  const auto& pin = manifest.component_digest;
  if (!pin || *pin == digest) return {};
  return fail(ErrorCode::kInvalidArgument,
              "component {} has digest {}, but the manifest pins {}: it is another component, or "
              "component_digest is out of date",
              manifest.component, digest.to_string(), pin->to_string());
}

// The error text for a guest, with the advice for readers of its log.
std::string guest_text(const Error& error) {
  return error.hint().empty() ? error.to_string() : error.to_string() + "\n" + error.hint();
}

}  // namespace

NodeSpawner::NodeSpawner(const Parts& parts)
    : services_(parts.services),
      router_(parts.services.router),
      programs_(parts.programs),
      known_(parts.known),
      jobs_(parts.jobs),
      web_jobs_(parts.web_jobs),
      compile_jobs_(parts.compile_jobs),
      first_wait_(&parts.compile_jobs == &parts.jobs ? ProgramWait::kMake : ProgramWait::kNone),
      fetch_(parts.fetch),
      random_(&parts.random),
      recording_(parts.recording),
      placeholder_key_(parts.placeholder_key) {}

ActorId NodeSpawner::new_id() {
  return random_.with([](Random* random) { return ActorId::generate(*random); });
}

bool NodeSpawner::keeps(const ActorTemplate& made) const {
  return keeps(made.manifest, !made.reader);
}

bool NodeSpawner::keeps(const Manifest& manifest, bool by_operator) const {
  if (recording_ == nullptr) return false;
  return manifest.log.durability != Durability::kMemory || saves_chain(manifest, by_operator);
}

Result<std::shared_ptr<const ReadyProgram>> NodeSpawner::program_of(const Manifest& manifest,
                                                                    const GivenComponent& given,
                                                                    bool is_kept,
                                                                    SpawnAttempt& attempt) {
  std::vector<std::string> listed;
  for (const HandlerEntry& entry : manifest.handlers)
    listed.emplace_back(entry.handler_name());
  const Hash* kept = std::get_if<Hash>(&given);
  THEATER_CHECK(kept == nullptr || recording_ != nullptr, "a node without a log has no components");
  ProgramCache::Read read = [&]() -> Result<Bytes> {
    return kept != nullptr ? recording_->blobs.get(*kept) : std::get<Bytes>(given);
  };
  auto key = kept != nullptr ? ProgramCache::key(*kept, std::move(listed))
                             : ProgramCache::key(std::get<Bytes>(given), std::move(listed));
  auto ready = THEATER_TRY_CONTEXT(programs_.get(key, read, attempt.wait), "component {}",
                                   manifest.component);
  if (!ready) {
    attempt.lacking = std::move(key);
    return fail(ErrorCode::kUnavailable, "component {} is not compiled", manifest.component);
  }
  THEATER_TRY_VOID(check_pin(manifest, ready->digest));
  if (kept != nullptr) ready->is_kept.store(true);
  if (kept == nullptr && is_kept) {
    THEATER_TRY_VOID(keep_component(*ready, std::get<Bytes>(given)));
  }
  return ready;
}

Result<std::shared_ptr<const ActorTemplate>> NodeSpawner::prepare(
    Manifest manifest, std::optional<GivenComponent> component, const Policy& policy,
    ParentRights parent, SpawnAttempt& attempt) {
  auto made = std::make_shared<ActorTemplate>();
  std::optional<Permissions> above;
  if (parent.permissions != nullptr) above = *parent.permissions;
  made->permissions = THEATER_TRY(effective_permissions(policy, above, manifest));
  if (parent.is_uploaded) parent.reader = made->permissions;
  if (!component)
    component = THEATER_TRY(read_component(manifest, reader_of(parent, policy, attempt.fetch)));
  auto ready =
      THEATER_TRY(program_of(manifest, *component, keeps(manifest, !parent.reader), attempt));
  made->reader = std::move(parent.reader);
  made->policy = policy;
  made->grants = to_grants(made->permissions);
  std::sort(made->grants.begin(), made->grants.end());
  made->bounds = meet(manifest.limits, policy.limits());
  made->budget =
      parent.permissions == nullptr ? meet(manifest.budget, policy.root_budget()) : manifest.budget;
  THEATER_TRY_VOID(check_budget(made->budget, programs_.handlers()));
  made->limits = limits_of(made->bounds);
  made->mailbox.messages = clamped<uint32_t>(made->bounds.mailbox_messages);
  made->mailbox.bytes = made->bounds.mailbox_bytes;
  // The largest message that the actor may be called with finds room in an empty mailbox.
  made->mailbox.bytes = std::max(made->mailbox.bytes, made->limits.payload_bytes / 2);
  made->component = ready->digest;
  made->engine = programs_.identity();
  made->binding = ready->binding;
  made->program = ready->program;
  complete_template(*made);
  made->manifest = std::move(manifest);
  if (keeps(*made)) THEATER_TRY_VOID(keep_manifest(made->manifest));
  return std::shared_ptr<const ActorTemplate>(std::move(made));
}

// What `genesis` and `instance` will name is put before they are recorded, and the log brings it to
// disk before them.
Result<void> NodeSpawner::keep_component(const ReadyProgram& ready, ByteView bytes) {
  if (ready.is_kept.load()) return {};
  bool is_binary = sha256(bytes) == ready.digest;
  Bytes binary = is_binary ? to_bytes(bytes) : THEATER_TRY(engine::binary_form(bytes));
  THEATER_TRY_VOID(recording_->blobs.put(binary));
  ready.is_kept.store(true);
  return {};
}

Result<void> NodeSpawner::keep_manifest(const Manifest& manifest) {
  THEATER_TRY_VOID(recording_->blobs.put(as_bytes(manifest.text)));
  if (recording_->origins == nullptr) return {};
  return recording_->origins->keep(manifest.digest, manifest.place);
}

Result<void> NodeSpawner::keep_context(const ActorTemplate& made, const Bytes& context) {
  if (!keeps(made) || recording_->origins == nullptr) return {};
  Hash digest = THEATER_TRY(recording_->blobs.put(context));
  return recording_->origins->keep_context(made.manifest.digest, digest);
}

ReferenceReader NodeSpawner::reader_of(const ParentRights& rights, const Policy& policy,
                                       const Fetch& fetch) const {
  ReferenceReader reader{.permissions = rights.reader, .actor = rights.actor};
  reader.lacking = rights.lacking;
  reader.private_hosts = policy.private_hosts();
  reader.fetch = fetch;
  if (recording_ == nullptr) return reader;
  reader.stores = recording_->stores;
  reader.blobs = &recording_->blobs;
  return reader;
}

SpawnAttempt NodeSpawner::whole_attempt() const {
  auto web = [this](const Url& url, FetchOptions options) {
    options.stop = stop_.get_token();
    return fetch_(url, options);
  };
  return {web, ProgramWait::kBlock, {}};
}

Result<std::shared_ptr<ActorCell>> NodeSpawner::make(
    std::shared_ptr<const ActorTemplate> common, SpawnOptions options,
    std::optional<ParentLink> parent, std::function<void(std::optional<Error>)> started) {
  // A recovery has put the states of all its actors before it makes the first.
  if (options.state && keeps(*common) && !options.recovered) {
    THEATER_TRY_VOID(recording_->blobs.put(*options.state));
  }
  ActorId id = options.id ? *options.id : new_id();
  std::optional<RootInfo> root;
  if (options.root) {
    root = root_info(options.root->record);
    const RootSupervision& rules = common->policy.root_supervision();
    options.rules.restart = root->restart;
    options.rules.from = rules.from;
    options.rules.init_runs = rules.init_runs;
  }
  if (options.recovered && root) keep_name_unique(id, *root);
  ActorSecrets secrets = secrets_of(*common, root ? root->name : std::nullopt, parent);
  THEATER_TRY_VOID(known_.reserve(id, std::move(root)));
  ActorSpec spec;
  spec.id = id;
  spec.common = std::move(common);
  spec.state = std::move(options.state);
  spec.rules = options.rules;
  spec.root = std::move(options.root);
  spec.init_runs = options.init_runs;
  spec.recovered = std::move(options.recovered);
  spec.secrets = std::move(secrets);
  spec.parent = std::move(parent);
  spec.keeps_whole_chain = recording_ != nullptr && recording_->chains &&
                           saves_chain(spec.common->manifest, !spec.common->reader);
  spec.on_started = std::move(started);
  spec.on_ended = [this](const ActorCell& cell) {
    save_chain_of(cell);
    router_.remove(cell.id());
    known_.ended(cell.id(), {cell.ending(), cell.status().failure});
  };
  auto cell = ActorCell::create(services_, std::move(spec));
  known_.set(id, cell);
  router_.add(id, cell);
  return cell;
}

ActorSecrets NodeSpawner::secrets_of(const ActorTemplate& made,
                                     std::optional<std::string> root_name,
                                     const std::optional<ParentLink>& parent) const {
  SecretClaim claim{made.permissions, made.component, std::move(root_name)};
  if (parent) claim.parent = &parent->cell->secrets();
  ActorSecrets secrets = held_secrets(made.policy.secrets(), claim, placeholder_key_);
  const auto& client = made.permissions.http_client;
  for (const SecretRule& rule : made.policy.secrets()) {
    bool is_asked = client && client->secrets.allows({rule.name});
    if (!is_asked || secrets.find(rule.name) != nullptr) continue;
    log_line(LogLevel::kWarn, {.actor = made.manifest.name, .part = "secrets"},
             "the actor asks for the secret `{}` and does not hold it: the secret must list its "
             "component sha256:{}{}",
             rule.name, made.component.to_string(),
             parent ? ", and its parent must hold it" : " or the name that the operator gives it");
  }
  return secrets;
}

Result<void> NodeSpawner::check_secrets(const ActorTemplate& next, const ActorCell& root,
                                        bool may_hold) const {
  std::optional<RootInfo> info = known_.root(root.id());
  ActorSecrets secrets = secrets_of(next, info ? info->name : std::nullopt, std::nullopt);
  if (!secrets.record().empty() && !may_hold) {
    return fail(
        ErrorCode::kPermissionDenied,
        "actor {} holds secrets of the operator, so its update needs the scope admin; a retry "
        "does not help",
        root.id().to_string());
  }
  if (secrets.record() == root.secrets().record()) return {};
  return fail(ErrorCode::kPermissionDenied,
              "the update would change which secrets of the operator the actor holds; only a start "
              "gives or takes them");
}

// The tree of the name's first holder may have been away when another root took the name.
void NodeSpawner::keep_name_unique(const ActorId& id, RootInfo& root) const {
  std::optional<ActorId> holder = root.name ? known_.named(*root.name) : std::nullopt;
  if (!holder) return;
  log_line(LogLevel::kWarn, {.actor = id.to_string(), .part = "recovery", .id = id},
           "the actor resumes without its name `{}`, which belongs to actor {}", *root.name,
           holder->to_string());
  root.name.reset();
}

void NodeSpawner::save_chain_of(const ActorCell& cell) {
  std::shared_ptr<const WholeChain> chain = cell.whole_chain();
  if (!chain) return;
  auto tell = [id = cell.id(), name = cell.common()->manifest.name](std::string_view why) {
    log_line(LogLevel::kWarn, {.actor = id.to_string(), .part = "chains", .id = id},
             "the chain of `{}` is not saved: {}", name, why);
  };
  auto save = [recording = recording_, id = cell.id(), chain, tell] {
    auto saved = save_chain(*recording->chains, id, *chain, recording->blobs);
    if (!saved) tell(saved.error().to_string());
  };
  if (!services_.jobs.submit(std::move(save))) tell("the node has too much to do");
}

Result<void> NodeSpawner::submit(JobRunner::Job job) {
  if (jobs_.submit(std::move(job))) return {};
  if (known_.is_closed()) return fail(ErrorCode::kUnavailable, "the node is shutting down");
  return fail(ErrorCode::kResourceExhausted,
              "too many actors are being spawned on this node, or it is shutting down; try later");
}

Result<void> NodeSpawner::when_compiled(const ProgramCache::Key& key, std::function<void()> make,
                                        std::function<void()> again) {
  if (THEATER_TRY(programs_.when_made(key, std::move(again)))) return {};
  if (compile_jobs_.submit(std::move(make))) return {};
  return fail(ErrorCode::kResourceExhausted,
              "too many components wait to be compiled on this node, or it is shutting down; try "
              "later");
}

void NodeSpawner::make_child(ChildRequest request, ParentLink parent, uint64_t number) {
  using Made = std::shared_ptr<ActorCell>;
  submit_attempt<Made>([this, request = std::move(request), parent](
                           SpawnAttempt& attempt) { return child_of(request, parent, attempt); },
                       [this, cell = parent.cell, number](Result<Made> made) {
                         // The node stands still: this is no failure, and the next node starts the
                         // child again if it must.
                         bool stands_still = services_.stage.load() == NodeStage::kStandsStill;
                         if (!made && stands_still) return;
                         ChildMade news{number, {}};
                         if (made) {
                           news.child = *std::move(made);
                         } else {
                           news.child = tl::unexpected(guest_text(made.error()));
                         }
                         cell->tell(std::move(news));
                       });
}

Result<std::shared_ptr<ActorCell>> NodeSpawner::pool_member_of(const ChildRequest& request,
                                                               ParentLink parent) {
  std::shared_ptr<const ActorTemplate> parents = parent.cell->common();
  const ActorTemplate& above = *parents;
  auto common = std::make_shared<ActorTemplate>(above);
  common->manifest = pool_member(above.manifest, request.declared->name);
  common->budget = above.manifest.budget;
  SpawnOptions options;
  options.state = parent.cell->initial_state();
  options.rules = request.rules;
  options.init_runs = parent.cell->init_ran_first();
  return make(std::move(common), std::move(options), std::move(parent), nullptr);
}

Result<std::shared_ptr<ActorCell>> NodeSpawner::child_of(const ChildRequest& request,
                                                         ParentLink parent, SpawnAttempt& attempt) {
  std::shared_ptr<const ActorTemplate> parents = parent.cell->common();
  const ActorTemplate& above = *parents;
  if (known_.is_closed()) return fail(ErrorCode::kUnavailable, "the node is shutting down");
  if (parent.cell->status().ended) return fail(ErrorCode::kCancelled, "the parent has ended");
  // The node reads what a guest asks for with the guest's rights. It reads a declared child with
  // the rights of the declaration's reader, which may be the operator.
  ParentRights rights{.permissions = &above.permissions, .reader = above.permissions};
  if (!request.declared) {
    rights.actor = parent.cell->id();
    rights.lacking = [&above,
                      has_parent = parent.cell->parent_id().has_value()](std::string_view grant) {
      return who_lacks(grant, {above.policy, above.manifest, above.permissions, has_parent});
    };
  }
  if (request.declared) {
    if (!above.permissions.supervisor) {
      return fail(ErrorCode::kPermissionDenied, "Permission denied: supervisor");
    }
    rights.reader = above.reader;
    if (request.declared->source == ChildEntry::Source::kParent)
      return pool_member_of(request, std::move(parent));
  }
  ChildStart start = THEATER_TRY(read_child_start(request, above.manifest.place,
                                                  reader_of(rights, above.policy, attempt.fetch)));
  std::string doing = fmt::format("spawning actor `{}`", start.manifest.name);
  auto common = THEATER_TRY_CONTEXT(
      prepare(std::move(start.manifest), std::nullopt, above.policy, std::move(rights), attempt),
      "{}", doing);
  if (start.context) THEATER_TRY_VOID(keep_context(*common, *start.context));
  SpawnOptions options;
  options.state = std::move(start.state);
  options.rules = request.rules;
  options.init_runs = !request.is_resumed;
  return THEATER_TRY_CONTEXT(
      make(std::move(common), std::move(options), std::move(parent), nullptr), "{}", doing);
}

}  // namespace theater
