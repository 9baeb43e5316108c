// A player. Two actors of this component make a game: the one whose initial state names a peer
// serves.
//
// `serve N` starts a rally of N strokes, each of which the peer returns. The request `score` is
// answered when the ball rests: at once, or else with the last stroke of the rally.
#include <theater/json.hpp>
#include <theater/message_server.hpp>

#include <string>
#include <vector>

using theater::Reply;
using theater::Result;
using theater::Status;
using theater::json::Value;

struct Player {
  std::string peer;
  int64_t strokes = 0;               // Played so far, in all rallies.
  int64_t left = 0;                  // Of the present rally.
  std::vector<std::string> curious;  // Ids of the requests for the score that wait for its end.
  THEATER_FIELDS(peer, strokes, left, curious)

  using Codec = theater::JsonCodec;

  Status handle_send(std::string_view message) {
    if (message.starts_with("serve ")) return serve(message.substr(6));
    return take(THEATER_TRY(theater::json::parse(message)));
  }

  Status serve(std::string_view digits) {
    auto number = theater::json::parse(digits);
    auto count = number ? number->integer() : std::nullopt;
    if (peer.empty()) return theater::fail("no peer to play with: the initial state names none");
    if (!count || *count < 1) return theater::fail("`serve N` needs a number of at least 1");
    if (left > 0) return theater::fail("a rally goes on");
    left = *count;
    theater::log("serving a rally of " + std::to_string(left));
    return hit(peer);
  }

  // A ball is {"from": id of who hit it, "returned": whether it comes back to who served}.
  Status take(const Value& ball) {
    if (!ball["returned"].boolean()) return hit(ball["from"].text());
    if (--left > 0) return hit(peer);
    theater::log("the rally is over");
    for (const std::string& request : curious) {
      THEATER_TRY_VOID(theater::respond_to_request(request, score()));
    }
    curious.clear();
    return {};
  }

  Status hit(std::string_view to) {
    ++strokes;
    Value ball = Value::object({{"from", theater::get_actor_id()}, {"returned", peer.empty()}});
    return theater::send(to, ball.dump());
  }

  Result<Reply> handle_request(std::string_view id, std::string_view message) {
    if (message != "score") return theater::fail("unknown request: " + std::string(message));
    if (left == 0) return score();
    curious.push_back(std::string(id));
    return theater::later;
  }

  std::string score() const { return std::to_string(strokes) + " strokes"; }
};

THEATER_ACTOR(Player)
THEATER_MESSAGE_SERVER_CLIENT(Player)
