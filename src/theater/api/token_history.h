// What the node's own chain says about its tokens, compared with what `tokens.json` says.
//
// `theater token` changes the file and never the log, which may belong to a server. So the server
// compares the two: at its start, and when the file has changed. It notes what differs. A token that
// was made and revoked between two looks of a server leaves no note, unless it was used.
#pragma once

#include "theater/access/token.h"
#include "theater/access/token_lookup.h"
#include "theater/log/event/access_note.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace theater::api {

struct TokenNote {
  std::string_view what;  // A kind of access_note.h.
  log::NotedToken token;

  bool operator==(const TokenNote&) const = default;
};

// Not thread-safe. Keeps the tokens that are made and not revoked on record.
class TokenHistory {
 public:
  // Takes a note that is on record.
  void accept(const log::Noted& noted);

  // The notes that bring the record to these tokens, which it then has.
  std::vector<TokenNote> compare(const std::vector<Token>& tokens);

  // The notes about a use of a token: none but for the first one. A token that compare() has not
  // seen is noted as made before.
  std::vector<TokenNote> use(const Access& access);

 private:
  struct Known {
    log::NotedToken token;
    bool is_used = false;
  };
  std::map<std::string, Known> known_;  // By the id.
};

}  // namespace theater::api
