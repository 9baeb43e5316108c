// Which refused requests the node's own chain has, and how often: a flood of them must not fill the
// log.
//
// A client is noted for a reason when it is refused first. For kPeriod afterwards its further
// refusals for this reason are counted, and then noted as one. kClientsMax pairs of client and
// reason are told apart at a time. Others share one entry per reason, whose client is empty. So a
// minute has at most kClientsMax notes and one per reason.
#pragma once

#include "theater/access/token.h"
#include "theater/api/http/access.h"
#include "theater/log/event/access_note.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace theater::api {

struct RefusedRequest {
  std::string client;  // As RefusedRequests::client has it.
  RefusalReason reason = RefusalReason::kToken;
  std::optional<TokenId> token = {};  // Of the text that was sent as a token.
  std::string operation = {};         // Of the route; empty without one.
};

// Not thread-safe. Times are of one steady clock.
class RefusalCounts {
 public:
  using Time = std::chrono::nanoseconds;
  static constexpr std::chrono::seconds kPeriod{60};
  static constexpr size_t kClientsMax = 32;

  // Counts a refusal. Returns what is due for the chain at once, if anything is.
  std::optional<log::RefusedRequests> add(const RefusedRequest& refused, Time now);

  // What is due since its kPeriod has passed. Forgets clients that were not refused in theirs.
  std::vector<log::RefusedRequests> due(Time now);

  // What was counted and is not due yet, for the end of the server.
  std::vector<log::RefusedRequests> rest();

 private:
  using Key = std::pair<std::string, RefusalReason>;
  struct Entry {
    Time noted{0};  // When the last note was made.
    log::RefusedRequests counted;
  };

  std::map<Key, Entry> entries_;
};

}  // namespace theater::api
