// Puts on record, in the node's own chain, what concerns its clients: which tokens were made, used
// for the first time and revoked, and which requests the API refused (docs/formats/event.md).
//
// It counts what was refused, and writes at most one log line a second about it.
//
// The loop thread only leaves word under a short lock. A thread of this part reads the file of
// tokens and the chain, and makes the notes. The log takes them without waiting for the disk.
#pragma once

#include "theater/access/token_lookup.h"
#include "theater/api/refusal_counts.h"
#include "theater/api/refusal_lines.h"
#include "theater/api/token_history.h"
#include "theater/base/guarded.h"
#include "theater/base/hash.h"
#include "theater/log/writer/log.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

namespace theater::api {

// Safe from any thread.
class AccessRecord {
 public:
  // How often the file of tokens is looked at.
  static constexpr std::chrono::milliseconds kLookPeriod{1000};

  // The parts outlive the record. `log_folder` is the log's. A chain that cannot be read keeps the
  // notes about tokens waiting: until it can be read, or the server ends.
  AccessRecord(log::Log& log, std::filesystem::path log_folder, TokenLookup& tokens);
  ~AccessRecord();
  AccessRecord(const AccessRecord&) = delete;
  AccessRecord& operator=(const AccessRecord&) = delete;

  // A request with this token was heard.
  void used(const Access& access);

  // A request was refused.
  void refused(const RefusedRequest& request);

  // What was refused since the start.
  RefusalTotals totals() const;

  // Notes what is left. Later calls of the others do nothing. Before the log closes.
  void stop();

 private:
  // What the thread has to note.
  struct Waiting {
    std::vector<Access> used;                   // At most kTokensMax.
    std::vector<log::RefusedRequests> refused;  // RefusalCounts bounds them.
    std::optional<std::string> line;
  };
  struct State {
    Waiting waiting;
    // Tokens whose use is noted or waits. Bound: kTokensMax; then it is emptied, and the history
    // finds out again which uses are new.
    std::unordered_set<Hash> used;
    RefusalCounts counts;
    RefusalLines lines;
    bool has_news = false;
    bool is_stopping = false;
  };

  void work();
  // Waits for work, and returns whether this is the end.
  bool take(Waiting& waiting);
  void tell_failure();
  void note_tokens(std::vector<Access>& used);
  void read_history();
  void note(const std::vector<TokenNote>& notes);

  log::Log& log_;
  const std::filesystem::path log_folder_;
  TokenLookup& tokens_;
  Guarded<State> state_;
  // Of the thread.
  TokenHistory history_;
  bool has_history_ = false;
  bool has_failed_ = false;  // The chain could not be read, and a log line said so.
  std::string failure_;      // Of the file of tokens, as the last log line about it said.
  uint64_t seen_ = 0;        // Of TokenLookup::changed().
  std::thread thread_;
};

}  // namespace theater::api
