#include "theater/runtime/once_calls.h"

#include "theater/log/reader/log_reader.h"
#include "theater/runtime/recorded_answer.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

namespace theater {

namespace {

OnceResult<ClientReply> reply_of(const log::LogReader& reader, const OnceDone& done) {
  return recorded_reply(reader, done.actor, done.seq);
}

OnceResult<SpawnReport> start_of(const log::LogReader& reader, const OnceDone& done) {
  return recorded_start(reader, done.actor);
}

// A failure of the request itself is its answer like any other.
template <class T>
OnceResult<T> as_once(const Result<T>& result) {
  if (result) return *result;
  return tl::unexpected(OnceFailure(result.error()));
}

template <class T>
std::shared_ptr<const OnceAnswer> as_answer(const Result<T>& result) {
  return std::make_shared<const OnceAnswer>(result);
}

}  // namespace

OnceCalls::OnceCalls(Parts parts, std::shared_ptr<OnceTable> table)
    : parts_(std::move(parts)), table_(std::move(table)) {}

Result<void> OnceCalls::read_log(const std::stop_token& stop) {
  uint64_t now_us = parts_.clock.wall_us();
  auto kept_us = static_cast<uint64_t>(OnceTable::kKept.count());
  auto read = [&]() -> Result<std::vector<log::OnceRecord>> {
    auto reader = THEATER_TRY(log::LogReader::open(parts_.log_folder));
    return log::read_once_records(*reader, now_us - std::min(now_us, kept_us), stop);
  };
  auto records = read();
  if (!records) {
    table_->refuse_all(records.error());
    return Failure(std::move(records).error());
  }
  table_->load(*records, now_us);
  return {};
}

OnceTable::Claim OnceCalls::claim(const log::Once& once) {
  return table_->claim(once, parts_.clock.wall_us());
}

void OnceCalls::note_call(ClientMessage& message) const {
  message.called = [table = table_, key = message.from->once->key, actor = message.to](
                       const RecordedCall& call) { table->called(key, actor, call); };
}

void OnceCalls::send(ClientMessage message, const OnceThen<Hash>& recorded) {
  OnceTable::Claim claimed = claim(*message.from->once);
  if (auto* failure = std::get_if<OnceFailure>(&claimed))
    return recorded(tl::unexpected(std::move(*failure)));
  if (auto* done = std::get_if<OnceDone>(&claimed)) {
    // The log may have stopped between the call and the disk.
    if (auto failure = parts_.log.failure())
      return recorded(tl::unexpected(OnceFailure(*std::move(failure))));
    return recorded(done->event);
  }
  note_call(message);
  Hash key = message.from->once->key;
  auto sent =
      parts_.runtime.send(message, [table = table_, key, recorded](const Result<Hash>& result) {
        table->finish(key, nullptr);
        recorded(as_once(result));
      });
  if (sent) return;
  table_->finish(key, nullptr);
  recorded(tl::unexpected(OnceFailure(std::move(sent).error())));
}

void OnceCalls::request(ClientMessage message, const OnceThen<ClientReply>& replied) {
  OnceTable::Claim claimed = claim(*message.from->once);
  if (auto* failure = std::get_if<OnceFailure>(&claimed))
    return replied(tl::unexpected(std::move(*failure)));
  if (auto* done = std::get_if<OnceDone>(&claimed)) {
    if (done->answer) return replied(as_once(std::get<Result<ClientReply>>(*done->answer)));
    return read_answer<ClientReply>(reply_of, std::move(*done), replied);
  }
  note_call(message);
  parts_.runtime.request(message, [table = table_, key = message.from->once->key,
                                   replied](const Result<ClientReply>& result) {
    table->finish(key, as_answer(result));
    replied(as_once(result));
  });
}

void OnceCalls::start(SpawnRequest request, const OnceThen<SpawnReport>& started) {
  OnceTable::Claim claimed = claim(*request.root->once);
  if (auto* failure = std::get_if<OnceFailure>(&claimed))
    return started(tl::unexpected(std::move(*failure)));
  if (auto* done = std::get_if<OnceDone>(&claimed)) {
    if (done->answer) return started(as_once(std::get<Result<SpawnReport>>(*done->answer)));
    return read_answer<SpawnReport>(start_of, std::move(*done), started);
  }
  Hash key = request.root->once->key;
  ActorId id = parts_.runtime.new_id();
  request.id = id;
  parts_.runtime.spawn(std::move(request), [table = table_, key, id, &runtime = parts_.runtime,
                                            started](const Result<SpawnReport>& report) {
    // An actor whose start failed is known still; of one that was never made, nothing is.
    bool was_made = report || runtime.status(id);
    if (was_made) table->called(key, id, {});
    table->finish(key, as_answer(report));
    started(as_once(report));
  });
}

template <class T>
void OnceCalls::read_answer(OnceResult<T> (*read)(const log::LogReader&, const OnceDone&),
                            OnceDone done, const OnceThen<T>& then) {
  bool is_submitted = parts_.jobs.submit([this, read, done = std::move(done), then] {
    // An `async` actor has its answer before the log's files do.
    if (auto flushed = parts_.log.flush(); !flushed)
      return then(tl::unexpected(OnceFailure(std::move(flushed).error())));
    auto reader = log::LogReader::open(parts_.log_folder);
    if (!reader) return then(tl::unexpected(OnceFailure(std::move(reader).error())));
    then(read(**reader, done));
  });
  if (is_submitted) return;
  then(tl::unexpected(OnceFailure(
      Error(ErrorCode::kResourceExhausted, "the server has too much to do; try again later"))));
}

}  // namespace theater
