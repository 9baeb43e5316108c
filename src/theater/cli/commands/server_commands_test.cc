// Commands that talk to a server, against one that gives canned answers.
#include "theater/api/testing/fake_api.h"
#include "theater/cli/commands/actor_list.h"
#include "theater/cli/commands/acts.h"
#include "theater/cli/commands/events.h"
#include "theater/cli/commands/inspect.h"
#include "theater/cli/commands/message.h"
#include "theater/cli/commands/state.h"
#include "theater/cli/commands/tree.h"
#include "theater/cli/testing/parsed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

namespace theater::cli::server_commands_test {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using views::Json;

std::string id(char digit) {
  return std::string(32, digit);
}

Json actor(char digit, const std::string& name, const Json& parent = nullptr) {
  return {{"id", id(digit)}, {"name", name}, {"parent", parent},
          {"state", "Idle"}, {"mailbox", 0}, {"since", "2026-11-23T10:00:00.000Z"},
          {"ended", false},  {"events", 2}};
}

std::string page(const std::vector<Json>& actors, const Json& cursor = nullptr) {
  return Json{{"actors", actors}, {"cursor", cursor}}.dump();
}

class ServerCommands : public ::testing::Test {
 protected:
  // Runs a command line, and keeps what it prints.
  template <class Options>
  Exit run(const CommandOf<Options>& command, std::vector<std::string> words) {
    words.insert(words.end(), {"--server", "unix:" + api_.path()});
    Options options = parsed(command, words);
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    Output output;
    Exit exit = command.run(options, output);
    out_ = ::testing::internal::GetCapturedStdout();
    err_ = ::testing::internal::GetCapturedStderr();
    return exit;
  }

  void known(const std::string& word, const std::vector<Json>& actors) {
    api_.answer("GET /v1/actors?limit=1000&ref=" + word, page(actors));
  }

  api::FakeApi api_;
  std::string out_;
  std::string err_;
};

TEST_F(ServerCommands, ListShowsOnePageUnlessAllAreWanted) {
  api_.answer("GET /v1/actors?limit=1000", page({actor('a', "one")}, "c 1"));
  api_.answer("GET /v1/actors?limit=1000&cursor=c%201", page({actor('b', "two")}));
  EXPECT_EQ(run(kListCommand, {}), Exit::kDone);
  EXPECT_THAT(out_, HasSubstr("\naaaaaaaaaaaa  one"));
  EXPECT_THAT(out_, Not(HasSubstr("two")));
  EXPECT_THAT(err_, HasSubstr("`theater list --all`"));
  EXPECT_EQ(run(kListCommand, {"--all", "--json"}), Exit::kDone);
  EXPECT_EQ(std::count(out_.begin(), out_.end(), '\n'), 2);
  EXPECT_THAT(out_, HasSubstr(id('b')));
  EXPECT_EQ(err_, "");
}

TEST_F(ServerCommands, ListTakesFiltersOfNameAndParent) {
  known("foreman", {actor('b', "foreman")});
  api_.answer("GET /v1/actors?state=Idle&name=a%20b&parent=" + id('b') + "&limit=1000",
              page({actor('a', "a b", id('b'))}));
  EXPECT_EQ(run(kListCommand, {"--name", "a b", "--parent", "foreman", "--state", "Idle"}),
            Exit::kDone);
  EXPECT_THAT(out_, HasSubstr("\naaaaaaaaaaaa  a b"));
  api_.answer("GET /v1/actors?parent=none&limit=1000", page({actor('c', "root")}));
  EXPECT_EQ(run(kListCommand, {"--parent", "none"}), Exit::kDone);
  EXPECT_THAT(out_, HasSubstr("\ncccccccccccc  root"));
  known("gone", {});
  EXPECT_EQ(run(kListCommand, {"--parent", "gone"}), Exit::kFailed);
  EXPECT_THAT(err_, HasSubstr("no actor `gone`"));
}

TEST_F(ServerCommands, ListRefusesPagesWithoutAnEnd) {
  api_.answer("GET /v1/actors?limit=1000", page({}, "c"));
  api_.answer("GET /v1/actors?limit=1000&cursor=c", page({}, "c"));
  EXPECT_EQ(run(kListCommand, {"--all"}), Exit::kFailed);
  EXPECT_THAT(err_, HasSubstr("the server's pages do not end"));
}

TEST_F(ServerCommands, ListWarnsOfActorsThatAreSlow) {
  Json slow = actor('a', "slow\x1b[2J");
  slow["state"] = "Processing";
  slow["function"] = "x/handle-send";
  api_.answer("GET /v1/actors?state=Processing&limit=1000", page({slow}));
  EXPECT_EQ(run(kListCommand, {"--state", "Processing"}), Exit::kDone);
  EXPECT_THAT(err_, StartsWith("theater: warning: `slow\\x1b[2J` has been in handle-send for "));
  EXPECT_THAT(out_, Not(HasSubstr("\x1b")));
}

TEST_F(ServerCommands, TreeShowsChildrenBelowTheirParents) {
  api_.answer(
      "GET /v1/actors?limit=1000",
      page({actor('a', "kid", id('c')), actor('b', "grandkid", id('a')), actor('c', "foreman"),
            actor('d', "orphan", id('9')), actor('e', "other", id('c'))}));
  EXPECT_EQ(run(kTreeCommand, {}), Exit::kDone);
  EXPECT_THAT(out_, HasSubstr("foreman  cccccccccccc  Idle  "));
  EXPECT_THAT(out_, HasSubstr("\n├─ kid  aaaaaaaaaaaa  Idle  "));
  EXPECT_THAT(out_, HasSubstr("\n│  └─ grandkid  bbbbbbbbbbbb  "));
  EXPECT_THAT(out_, HasSubstr("\n└─ other  eeeeeeeeeeee  "));
  EXPECT_THAT(out_, HasSubstr("\norphan  dddddddddddd  "));
  known("kid", {actor('a', "kid", id('c'))});
  api_.answer("GET /v1/actors/" + id('a') + "/tree?limit=1000",
              page({actor('a', "kid", id('c')), actor('b', "grandkid", id('a'))}));
  EXPECT_EQ(run(kTreeCommand, {"kid", "--json"}), Exit::kDone);
  std::istringstream objects(out_);
  std::string first;
  std::string second;
  std::getline(objects, first);
  std::getline(objects, second);
  EXPECT_EQ(Json::parse(first)["depth"], 0);
  EXPECT_EQ(Json::parse(second)["name"], "grandkid");
  EXPECT_EQ(Json::parse(second)["depth"], 1);
}

TEST_F(ServerCommands, TreeEndsForActorsThatAreTheirOwnAncestors) {
  api_.answer("GET /v1/actors/" + id('a') + "/tree?limit=1000",
              page({actor('a', "one", id('b')), actor('b', "two", id('a'))}));
  known("one", {actor('a', "one", id('b'))});
  EXPECT_EQ(run(kTreeCommand, {"one"}), Exit::kDone);
  EXPECT_EQ(std::count(out_.begin(), out_.end(), '\n'), 2);
}

TEST_F(ServerCommands, StateTellsNoStateFromAnEmptyOne) {
  known("a", {actor('a', "a")});
  std::string target = "GET /v1/actors/" + id('a') + "/state";
  api_.answer(target, HttpAnswer{200, {}, Bytes{0, 255}});
  EXPECT_EQ(run(kStateCommand, {"a"}), Exit::kDone);
  EXPECT_EQ(out_, std::string("\0\xff", 2));
  EXPECT_EQ(run(kStateCommand, {"a", "--format", "pretty"}), Exit::kDone);
  EXPECT_EQ(out_, "\\x00\\xff\n");
  EXPECT_EQ(run(kStateCommand, {"a", "-f", "json"}), Exit::kDone);
  EXPECT_EQ(Json::parse(out_)["state"]["base64"], "AP8=");
  api_.answer(target, HttpAnswer{200, {}, to_bytes("{\"b\":[1],\"a\":\"\u202e\"}")});
  EXPECT_EQ(run(kStateCommand, {"a", "-f", "pretty"}), Exit::kDone);
  EXPECT_EQ(out_, "{\n  \"b\": [\n    1\n  ],\n  \"a\": \"\\u202e\"\n}\n");
  EXPECT_EQ(run(kStateCommand, {"a", "-f", "raw"}), Exit::kDone);
  EXPECT_EQ(out_, "{\"b\":[1],\"a\":\"\u202e\"}");
  api_.answer(target, HttpAnswer{204, {}, {}});
  EXPECT_EQ(run(kStateCommand, {"a"}), Exit::kDone);
  EXPECT_EQ(out_, "");
  EXPECT_THAT(err_, HasSubstr("keeps no state"));
  EXPECT_EQ(run(kStateCommand, {"a", "--json"}), Exit::kDone);
  EXPECT_TRUE(Json::parse(out_)["state"].is_null());
}

Json event(int seq) {
  return {{"seq", seq}, {"time", "t"}, {"hash", id('f')}, {"type", "call"}, {"description", "d\n"}};
}

TEST_F(ServerCommands, EventsFollowThePagesUpToTheEndThatWasKnown) {
  known("a", {actor('a', "a")});
  std::string target = "GET /v1/actors/" + id('a') + "/events?from=";
  auto answer = [&](int from, int limit, std::vector<Json> events, int next) {
    api_.answer(target + std::to_string(from) + "&limit=" + std::to_string(limit),
                Json{{"events", events}, {"first", 0}, {"next", next}}.dump());
  };
  answer(0, 1000, {event(0)}, 1);
  answer(1, 1000, {event(1)}, 2);
  answer(2, 1000, {event(2)}, 3);  // Recorded after the command began.
  EXPECT_EQ(run(kEventsCommand, {"a"}), Exit::kDone);
  EXPECT_EQ(out_, "0  t  ffffffffffff  call  d\\n\n1  t  ffffffffffff  call  d\\n\n");
  answer(1, 1, {event(1)}, 2);
  EXPECT_EQ(run(kEventsCommand, {"a", "--from", "1", "--limit", "1", "--json"}), Exit::kDone);
  EXPECT_EQ(Json::parse(out_)["event"]["seq"], 1);
}

TEST_F(ServerCommands, EventsShowTheValuesThatCrossedTheWall) {
  known("a", {actor('a', "a")});
  Json call = event(0);
  call["description"] = "Call.";
  call["payloads"] = Json::array({{{"part", "arguments"}, {"value", {"r", "x\x1b"}}},
                                  {{"part", "result"}, {"value", std::string(200, 'y')}},
                                  {{"part", "data"}, {"removed", true}},
                                  7});
  api_.answer("GET /v1/actors/" + id('a') + "/events?from=0&limit=1000",
              Json{{"events", {call}}, {"next", 1}}.dump());
  api_.answer("GET /v1/actors/" + id('a') + "/events?from=1&limit=1000",
              Json{{"events", Json::array()}, {"next", 1}}.dump());
  EXPECT_EQ(run(kEventsCommand, {"a"}), Exit::kDone);
  EXPECT_THAT(out_, StartsWith("0  t  ffffffffffff  call  Call. [\"r\",\"x\\u001b\"] -> \"yyy"));
  EXPECT_THAT(out_, ::testing::EndsWith("y…\n"));
  EXPECT_LT(out_.size(), 200u);
}

TEST_F(ServerCommands, EventsOfANarrowChoiceAreReadInWholePages) {
  known("a", {actor('a', "a")});
  std::string target = "GET /v1/actors/" + id('a') + "/events?from=";
  auto named = [](int seq, const char* description) {
    Json one = event(seq);
    one["description"] = description;
    one["time"] = fmt::format("2026-11-23T10:00:0{}Z", seq);
    return one;
  };
  api_.answer(target + "0&limit=1000",
              Json{{"events", {named(0, "this"), named(1, "no")}}, {"next", 2}}.dump());
  std::vector<std::string> words = {"a", "--search", "THIS", "--limit", "2", "--format", "csv"};
  EXPECT_EQ(run(kEventsCommand, words), Exit::kDone);
  EXPECT_EQ(out_, "position,time,type,hash,parent,size,description\n0,2026-11-23T10:00:00Z,call," +
                      id('f') + ",,0,this\n");
  // The bound ends the reading, though the chain goes further.
  EXPECT_EQ(run(kEventsCommand, {"a", "--to", "0", "--json"}), Exit::kDone);
  EXPECT_EQ(std::count(out_.begin(), out_.end(), '\n'), 1);
  EXPECT_EQ(run(kEventsCommand, {"a", "--reverse", "--limit", "1", "--json"}), Exit::kDone);
  EXPECT_EQ(Json::parse(out_)["event"]["seq"], 1);
}

TEST_F(ServerCommands, EventsSayWhatWasLeftOut) {
  known("a", {actor('a', "a")});
  std::string stream = "event: chain\ndata: " + event(4).dump() +
                       "\n\nevent: gap\ndata: {\"from\": 5, \"to\": 9}\n\nevent: odd\ndata: {}\n\n";
  std::string target = "GET /v1/actors/" + id('a') + "/events?from=4&type=c%26d";
  api_.answer(target, HttpAnswer{200, {{"Content-Type", "text/event-stream"}}, to_bytes(stream)});
  EXPECT_EQ(run(kEventsCommand, {"a", "--follow", "--from", "4", "-t", "c&d"}), Exit::kDone);
  EXPECT_EQ(out_, "4  t  ffffffffffff  call  d\\n\n");
  EXPECT_THAT(err_, HasSubstr("events 5 to 9 are left out"));
  EXPECT_EQ(run(kEventsCommand, {"a", "--follow", "--from", "4", "-t", "c&d", "--json"}),
            Exit::kDone);
  EXPECT_THAT(out_, HasSubstr("{\"gap\":{\"from\":5,\"to\":9}}\n"));
}

TEST_F(ServerCommands, ActsTouchNothingIfSeveralActorsMayBeMeant) {
  known("a", {actor('a', "a"), actor('b', "a")});
  EXPECT_EQ(run(kStopCommand, {"a"}), Exit::kFailed);
  EXPECT_EQ(run(kKillCommand, {"a"}), Exit::kFailed);
  EXPECT_EQ(run(kPauseCommand, {"a"}), Exit::kFailed);
  EXPECT_EQ(run(kResumeCommand, {"a"}), Exit::kFailed);
  EXPECT_EQ(run(kRestartCommand, {"a"}), Exit::kFailed);
  EXPECT_EQ(run(kSendCommand, {"a", "x"}), Exit::kFailed);
  EXPECT_EQ(run(kRequestCommand, {"a", "x", "--json"}), Exit::kFailed);
  EXPECT_EQ(Json::parse(out_)["error"]["code"], "invalid-argument");
  for (const std::string& line : api_.lines())
    EXPECT_THAT(line, StartsWith("GET "));
}

TEST_F(ServerCommands, PauseOfABusyActorSaysHowToWait) {
  known("a", {actor('a', "a")});
  std::string target = "POST /v1/actors/" + id('a') + "/pause";
  api_.answer(target, R"({"code": "conflict", "detail": "busy"})", 409);
  api_.answer(target + "?wait=true", actor('a', "a").dump());
  EXPECT_EQ(run(kPauseCommand, {"a"}), Exit::kFailed);
  EXPECT_EQ(err_, "theater: busy\nhint: --wait pauses the actor at the end of its call\n");
  EXPECT_EQ(run(kPauseCommand, {"a", "--wait"}), Exit::kDone);
  EXPECT_EQ(out_, "a (aaaaaaaaaaaa): Idle\n");
}

TEST_F(ServerCommands, RequestsPrintTheBytesOfTheReply) {
  known("a", {actor('a', "a")});
  api_.answer("POST /v1/actors/" + id('a') + "/request?deadline_ms=60000",
              HttpAnswer{200, {{"X-Theater-Event", "h"}}, Bytes{'r', 0}});
  EXPECT_EQ(run(kRequestCommand, {"a", "body"}), Exit::kDone);
  EXPECT_EQ(out_, std::string("r\0\n", 3));
  EXPECT_EQ(as_text(api_.asked().back().body), "body");
  EXPECT_EQ(run(kRequestCommand, {"a", "body", "--json"}), Exit::kDone);
  EXPECT_EQ(Json::parse(out_)["event"], "h");
  EXPECT_EQ(run(kRequestCommand, {"a", "@/gone"}), Exit::kFailed);
  EXPECT_THAT(err_, HasSubstr("/gone"));
}

TEST_F(ServerCommands, SendSaysWhetherTheMessageIsOnRecord) {
  known("a", {actor('a', "a")});
  std::string target = "POST /v1/actors/" + id('a') + "/send";
  api_.answer(target, R"({"hash": "h1"})");
  api_.answer(target + "?wait=false", "{}", 202);
  EXPECT_EQ(run(kSendCommand, {"a", "x"}), Exit::kDone);
  EXPECT_EQ(out_, "on record: h1\n");
  EXPECT_EQ(run(kSendCommand, {"a", "x", "--no-wait"}), Exit::kDone);
  EXPECT_EQ(out_, "in the mailbox, and not on record\n");
}

TEST_F(ServerCommands, InspectTakesAWordThatIsNoFileForAnActor) {
  known("a", {actor('a', "odd\nname")});
  EXPECT_EQ(run(kInspectCommand, {"a"}), Exit::kDone);
  EXPECT_THAT(out_, HasSubstr("name     odd\\nname\n"));
  size_t asked = api_.asked().size();
  EXPECT_EQ(run(kInspectCommand, {"gone.wasm"}), Exit::kFailed);
  EXPECT_THAT(err_, HasSubstr("gone.wasm"));
  EXPECT_EQ(api_.asked().size(), asked);
}

}  // namespace theater::cli::server_commands_test
