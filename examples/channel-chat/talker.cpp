// A person with a telephone. Two actors of this component make a call. The one whose initial state
// names a peer calls, asks its questions one after the other, and hangs up.
//
// The request `heard` is answered when the first call is over.
#include <theater/json.hpp>
#include <theater/message_server.hpp>

#include <string>
#include <vector>

using theater::ChannelAccept;
using theater::Reply;
using theater::Result;
using theater::Status;

struct Talker {
  std::string name = "Somebody";
  std::string peer;                    // The actor to call.
  std::vector<std::string> questions;  // To ask there.
  uint64_t asked = 0;
  std::string channel;      // Of the present call; empty if there is none.
  bool has_talked = false;  // A call is over.
  std::vector<std::string> heard;
  std::vector<std::string> curious;  // Ids of the requests that wait for the end of the call.
  THEATER_FIELDS(name, peer, questions, asked, channel, has_talked, heard, curious)

  using Codec = theater::JsonCodec;

  Status handle_send(std::string_view message) {
    if (message != "call") return theater::fail("unknown message: " + std::string(message));
    if (!channel.empty()) return theater::fail("the line is busy");
    channel = THEATER_TRY(theater::open_channel(peer, name));
    return {};
  }

  // Takes one call at a time, and says hello before anything else.
  Result<ChannelAccept> handle_channel_open(std::string_view id, std::string_view caller) {
    if (!channel.empty()) return ChannelAccept{};
    channel = id;
    return ChannelAccept{true, "Hello " + std::string(caller) + ", this is " + name + "."};
  }

  Status handle_channel_message(std::string_view, std::string_view message) {
    heard.push_back(std::string(message));
    if (peer.empty()) return theater::send_on_channel(channel, "Why do you ask?");
    if (asked < questions.size()) return theater::send_on_channel(channel, questions[asked++]);
    THEATER_TRY_VOID(theater::close_channel(channel));
    return finish();
  }

  Status handle_channel_close(std::string_view) {
    heard.push_back("(hung up)");
    return finish();
  }

  Status finish() {
    channel.clear();
    has_talked = true;
    for (const std::string& request : curious) {
      THEATER_TRY_VOID(theater::respond_to_request(request, all_heard()));
    }
    curious.clear();
    return {};
  }

  Result<Reply> handle_request(std::string_view id, std::string_view message) {
    if (message != "heard") return theater::fail("unknown request: " + std::string(message));
    if (has_talked) return all_heard();
    curious.push_back(std::string(id));
    return theater::later;
  }

  std::string all_heard() const {
    std::string text = name + " heard:";
    for (const std::string& line : heard)
      text += " " + line;
    return text;
  }
};

THEATER_ACTOR(Talker)
THEATER_MESSAGE_SERVER_CLIENT(Talker)
