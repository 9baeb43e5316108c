// Clients' requests that are done once, however often a client asks.
//
// The client gives a request a Once, which has a key and a digest of what was asked. The node
// records the key with the call or the start that the request leads to. A repeated request runs
// nothing. It gets what the table has of the first one; a job reads the rest from the log.
#pragma once

#include "theater/actor/scheduling/job_runner.h"
#include "theater/base/clock.h"
#include "theater/base/hash.h"
#include "theater/base/result.h"
#include "theater/log/writer/event_sink.h"
#include "theater/runtime/once_failure.h"
#include "theater/runtime/once_table.h"
#include "theater/runtime/runtime.h"

#include <filesystem>
#include <memory>
#include <stop_token>

namespace theater {

// Safe from any thread. All but read_log() wait for nothing. Callbacks run once, as those of the
// runtime do, or in a job.
class OnceCalls {
 public:
  // All outlive the object. `jobs` are stopped before the object and the runtime go.
  struct Parts {
    Runtime& runtime;
    const Clock& clock;
    JobRunner& jobs;
    log::EventSink& log;
    std::filesystem::path log_folder;
  };
  explicit OnceCalls(Parts parts, std::shared_ptr<OnceTable> table = std::make_shared<OnceTable>());

  // Reads the keys of the last 24 hours from the log. Until then no key is taken, and if it fails
  // none is; the error says why. Slow; once. A log grows meanwhile without harm.
  Result<void> read_log(const std::stop_token& stop = {});

  // As Runtime::send(), request() and spawn() with a callback. The message is from a named client
  // with a Once, and so is a start's root. All fail as OnceTable::claim() does, and repetitions
  // as recorded_answer.h says.
  void send(ClientMessage message, const OnceThen<Hash>& recorded);
  void request(ClientMessage message, const OnceThen<ClientReply>& replied);
  void start(SpawnRequest request, const OnceThen<SpawnReport>& started);

 private:
  // Calls `then` with an answer from the log, in a job.
  template <class T>
  void read_answer(OnceResult<T> (*read)(const log::LogReader&, const OnceDone&), OnceDone done,
                   const OnceThen<T>& then);
  OnceTable::Claim claim(const log::Once& once);
  // The message notes its place for the key.
  void note_call(ClientMessage& message) const;

  const Parts parts_;
  // Shared with the callbacks of requests, which the runtime may call at its end.
  const std::shared_ptr<OnceTable> table_;
};

}  // namespace theater
