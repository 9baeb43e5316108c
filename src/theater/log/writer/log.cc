#include "theater/log/writer/log.h"

#include "theater/base/file_handle.h"
#include "theater/base/guarded.h"
#include "theater/base/thread_name.h"
#include "theater/log/event/chain.h"
#include "theater/log/segment/segment_files.h"
#include "theater/log/writer/commit_buffer.h"
#include "theater/log/writer/group_writer.h"
#include "theater/log/writer/log_end.h"
#include "theater/log/writer/publisher.h"
#include "theater/log/writer/settle_end.h"
#include "theater/log/writer/torn_tail.h"

#include <atomic>
#include <chrono>
#include <future>
#include <thread>
#include <utility>

namespace theater::log {

namespace fs = std::filesystem;

// A small batch and the trailer of its group.
constexpr uint64_t kSmallRoom = CommitBuffer::kSmallBytesMax + 4096;

// What the log is made of, and the committer's thread.
class Log::Writer {
 public:
  // Goes on at `end`; none for a log that begins.
  static Result<std::unique_ptr<Writer>> make(const fs::path& folder, const Parts& parts,
                                              const LogOptions& options,
                                              const std::optional<LogEnd>& end);
  ~Writer() { (void)close(); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Starts the committer, and records what happened to the node.
  void start(const std::vector<TailRemoved>& removed,
             const std::optional<DamageAccepted>& continued, const std::string& program);
  Result<void> close();
  void note(std::string_view what, Bytes data);

  bool end_deferral(CommitBy how);

  CommitBuffer& buffer() { return buffer_; }
  const ActorId& id() const { return id_; }
  Salt make_salt();

 private:
  Writer(const Parts& parts, const LogOptions& options, const ActorId& id, GroupWriter groups,
         const std::optional<LogEnd>& end);
  // The node's own chain. Its events must reach the buffer in their order, so they are appended there
  // under the lock; the buffer never waits for the disk.
  struct NodeChain {
    Chain chain;
    bool is_closed = false;
  };
  void record(NodeChain& node, const Body& body, Durability durability = Durability::kSync);
  void commit_all();
  void commit_taken();

  const ActorId id_;
  const SigningKey& key_;
  const Clock& clock_;
  const BlobStore& blobs_;
  const std::chrono::microseconds short_commit_;
  Guarded<Random*> random_;
  CommitBuffer buffer_;
  // For whoever has the buffer's turn.
  GroupWriter groups_;
  Batch batch_;
  std::unique_ptr<Publisher> publisher_;
  // Whether the next commit will be short, as far as one can know.
  std::atomic<bool> is_short_{false};
  Guarded<NodeChain> node_;
  std::thread committer_;
  bool is_closed_ = false;
};

Log::Writer::Writer(const Parts& parts, const LogOptions& options, const ActorId& id,
                    GroupWriter groups, const std::optional<LogEnd>& end)
    : id_(id),
      key_(parts.key),
      clock_(parts.clock),
      blobs_(parts.blobs),
      short_commit_(options.short_commit),
      random_(&parts.random),
      buffer_({.buffer_bytes = options.buffer_bytes,
               .async_bytes = options.async_bytes,
               .async_delay = options.async_delay},
              end ? end->next_actor : 1, groups.position()),
      groups_(std::move(groups)),
      node_(NodeChain{Chain(0, end ? end->node : ChainPosition())}) {}

Result<std::unique_ptr<Log::Writer>> Log::Writer::make(const fs::path& folder, const Parts& parts,
                                                       const LogOptions& options,
                                                       const std::optional<LogEnd>& end) {
  fs::path segments = segments_folder(folder);
  ActorId id = end ? end->place.log_id : ActorId::generate(parts.random);
  GroupWriter groups = THEATER_TRY(end ? GroupWriter::resume(segments, *end, parts.blobs, options)
                                       : GroupWriter::begin(segments, id, parts.blobs, options));
  std::unique_ptr<Writer> writer(
      new Writer(parts, options, id, std::move(groups), end));  // tidy: owned by the unique_ptr
  auto stop = [raw = writer.get()](const Error& error) { raw->buffer_.fail(error); };
  Publisher::Parts publishing{.key = parts.key,
                              .log_id = id,
                              .folder = folder,
                              .delay = options.checkpoint_delay,
                              .on_failure = stop};
  writer->publisher_ =
      THEATER_TRY(Publisher::start(std::move(publishing), end ? end->published : Tree(),
                                   end ? end->unpublished : std::vector<Hash>()));
  return writer;
}

void Log::Writer::start(const std::vector<TailRemoved>& removed,
                        const std::optional<DamageAccepted>& continued,
                        const std::string& program) {
  node_.with([&](NodeChain& node) {
    bool begins = node.chain.size() == 0;
    if (begins) record(node, Genesis{.actor = id_, .name = "node", .parent = {}, .manifest = {}});
    if (continued) record(node, Control{.operation = *continued, .by = ByClient{"operator"}});
    for (const TailRemoved& tail : removed)
      record(node, Control{.operation = tail});
    record(node, Control{.operation = NodeStarted{program}});
    if (begins) {
      const PublicKey& key = key_.public_key();
      record(node, Control{.operation = NodeKey{Bytes(key.begin(), key.end())}});
    }
  });
  // Only here, so that all of this is one group.
  committer_ = std::thread([this] { commit_all(); });
}

void Log::Writer::record(NodeChain& node, const Body& body, Durability durability) {
  EventRef made = node.chain.append(body, clock_.wall_us());
  buffer_.append(kNodeActor, node.chain.event(made.seq.value), made.hash, {}, durability);
}

void Log::Writer::note(std::string_view what, Bytes data) {
  Control noted{.operation = Noted{std::string(what), {}, inline_payload(std::move(data))}};
  node_.with([&](NodeChain& node) {
    if (!node.is_closed) record(node, noted, Durability::kAsync);
  });
}

void Log::Writer::commit_all() {
  name_this_thread("committer");
  while (buffer_.take(batch_))
    commit_taken();
  if (buffer_.failure()) publisher_->abandon();
}

bool Log::Writer::end_deferral(CommitBy how) {
  if (!buffer_.end_deferral()) return false;
  bool is_short = is_short_.load(std::memory_order_relaxed) && !blobs_.pending();
  if (how == CommitBy::kCallingThread && is_short && buffer_.try_take(batch_)) {
    commit_taken();
    return true;
  }
  buffer_.wake();
  return false;
}

// Within a turn, which it ends.
void Log::Writer::commit_taken() {
  auto began = std::chrono::steady_clock::now();
  Result<void> committed = groups_.commit(batch_);
  if (!committed) buffer_.fail(std::move(committed).error().with_context("writing the log"));
  LogPosition position = committed ? groups_.position() : LogPosition();
  bool was_short = std::chrono::steady_clock::now() - began <= short_commit_;
  CommitBuffer::Finished finished = buffer_.finish(position);
  for (const DurableWaiter& waiter : batch_.waiters)
    waiter(finished.failure);
  for (const auto& then : finished.room)
    then();
  buffer_.all_called();
  if (committed && !batch_.leaves.empty()) {
    publisher_->submit(batch_.leaves, position);
    is_short_.store(was_short && groups_.has_room(kSmallRoom) && publisher_->has_room(),
                    std::memory_order_relaxed);
  }
  buffer_.release();
}

Result<void> Log::Writer::close() {
  if (!is_closed_ && committer_.joinable()) {
    node_.with([&](NodeChain& node) {
      record(node, Control{.operation = NodeStopped{}});
      node.is_closed = true;
    });
    buffer_.stop();
    committer_.join();
    if (buffer_.failure()) {
      publisher_->abandon();
    } else {
      Result<void> done = publisher_->finish();
      if (done) done = groups_.give_back();
      if (!done) buffer_.fail(std::move(done).error().with_context("closing the log"));
    }
  }
  is_closed_ = true;
  std::optional<Error> failure = buffer_.failure();
  if (failure) return Failure(*failure);
  return {};
}

Salt Log::Writer::make_salt() {
  Salt salt;
  random_.with([&](Random* random) { random->fill(salt); });
  return salt;
}

Log::Log(std::unique_ptr<Writer> writer) : writer_(std::move(writer)) {}

Log::~Log() = default;

Result<std::unique_ptr<Log>> Log::open(const fs::path& folder, const Parts& parts,
                                       const LogOptions& options) {
  if (options.segment_bytes > LogOptions::kSealBytesMax) {
    return fail(ErrorCode::kInvalidArgument, "segments of {} bytes: {} is the most",
                options.segment_bytes, LogOptions::kSealBytesMax);
  }
  std::string doing = fmt::format("opening the log in {}", folder.string());
  FoundLog found = THEATER_TRY_CONTEXT(find_log_end(folder, parts.key.public_key()), "{}", doing);
  std::optional<DamageAccepted> continued;
  if (!found.end && options.continues) {
    continued = THEATER_TRY_CONTEXT(options.continues(), "{}", doing);
  }
  Result<void> made = make_private_folder(segments_folder(folder));
  if (!made) return Failure(std::move(made).error().with_context(doing));
  std::vector<TailRemoved> removed =
      THEATER_TRY_CONTEXT(remove_tails(folder, found.tails, parts.clock), "{}", doing);
  Result<void> settled = found.end ? settle_end(folder, *found.end) : Result<void>();
  if (!settled) return Failure(std::move(settled).error().with_context(doing));
  std::unique_ptr<Writer> writer =
      THEATER_TRY_CONTEXT(Writer::make(folder, parts, options, found.end), "{}", doing);
  std::unique_ptr<Log> log(new Log(std::move(writer)));  // tidy: owned by the unique_ptr
  log->writer_->start(removed, continued, options.program);
  Result<void> on_disk = log->flush();
  if (!on_disk) return Failure(std::move(on_disk).error().with_context(doing));
  return log;
}

const ActorId& Log::id() const {
  return writer_->id();
}

ActorNumber Log::add_actor(const ActorId& id) {
  return writer_->buffer().add_actor(id);
}

void Log::resume_actor(ActorNumber number, const ActorId& id) {
  writer_->buffer().resume_actor(number, id);
}

void Log::append(ActorNumber actor, ByteView event, const Hash& hash,
                 std::span<const DetachedBody> bodies, Durability durability) {
  writer_->buffer().append(actor, event, hash, bodies, durability);
}

Salt Log::make_salt() {
  return writer_->make_salt();
}

bool Log::has_room() const {
  return writer_->buffer().has_room();
}

void Log::when_room(std::function<void()> then) {
  writer_->buffer().when_room(std::move(then));
}

void Log::when_durable(std::function<void(const std::optional<Error>&)> then) {
  writer_->buffer().when_durable(std::move(then));
}

void Log::when_committed(std::function<void(const std::optional<Error>&)> then) {
  writer_->buffer().when_committed(std::move(then));
}

Result<void> Log::flush() {
  // Shared with the committer, which may still be inside of set_value() when this returns.
  auto done = std::make_shared<std::promise<std::optional<Error>>>();
  when_durable([done](const std::optional<Error>& failure) { done->set_value(failure); });
  (void)end_deferral(CommitBy::kCallingThread);
  std::optional<Error> failure = done->get_future().get();
  if (failure) return Failure(*failure);
  return {};
}

void Log::defer_wakeups() {
  writer_->buffer().defer_wakeups();
}

bool Log::end_deferral(CommitBy how) {
  return writer_->end_deferral(how);
}

void Log::note(std::string_view what, Bytes data) {
  writer_->note(what, std::move(data));
}

LogPosition Log::durable() const {
  return writer_->buffer().durable();
}

std::optional<Error> Log::failure() const {
  return writer_->buffer().failure();
}

void Log::on_failure(std::function<void(const Error&)> then) {
  writer_->buffer().on_failure(std::move(then));
}

Result<void> Log::close() {
  return writer_->close();
}

}  // namespace theater::log
