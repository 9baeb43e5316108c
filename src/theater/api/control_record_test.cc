// What an operator does to an actor: the record names the client that did it.
#include "theater/api/testing/node_api.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace theater::api::control_record_test {

class ControlRecord : public NodeApiTest {
 protected:
  Answer act(const std::string& target) {
    return as("operate", {.method = "POST", .target = target});
  }

  // Who did what to an actor that has ended, by the names of the operations.
  std::map<std::string, Json> operations(const std::string& actor) {
    std::map<std::string, Json> by;
    Answer events;
    // The end is answered before its event can be read from the disk.
    do {
      events = get(actor + "/events?type=theater-runtime/control");
    } while (events.json["ended"] != true);
    for (const Json& event : events.json["events"]) {
      const Json& control = event["body"]["control"];
      const Json& operation = control["operation"];
      by[operation.is_string() ? operation.get<std::string>() : operation.begin().key()] =
          control["by"];
    }
    return by;
  }
};

TEST_F(ControlRecord, NamesTheTokenOrTheUserOfEachAct) {
  add_token("ci", AccessScope::kOperate);
  const Json kToken = {{"client", "token operate"}};
  const Json kUser = {{"client", "user me"}};
  std::string actor = start();
  for (const char* what : {"/pause", "/resume", "/restart", "/stop?wait=true"})
    ASSERT_EQ(act(actor + what).status, 200) << what;
  auto by = operations(actor);
  for (const char* operation : {"pause", "resume", "restart", "shutdown"})
    EXPECT_EQ(by[operation], kToken) << operation;
  EXPECT_EQ(by["started"], kUser);

  std::string killed = start();
  ASSERT_EQ(act(killed + "/kill?wait=true").status, 200);
  EXPECT_EQ(operations(killed)["terminate"], kToken);

  std::string own = start();
  for (const char* what : {"/pause", "/resume", "/restart", "/kill?wait=true"})
    ASSERT_EQ(post(own + what).status, 200) << what;
  by = operations(own);
  for (const char* operation : {"pause", "resume", "restart", "terminate"})
    EXPECT_EQ(by[operation], kUser) << operation;
}

}  // namespace theater::api::control_record_test
