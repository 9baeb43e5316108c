// The examples, tested as their authors would.
#include <agent/agent/agent.cpp>
#include <agent/model/model.cpp>
#include <agent/tools/tools.cpp>
#include <channel-chat/talker.cpp>
#include <counter/counter.cpp>
#include <cron/cron.cpp>
#include <file-agent/file_agent.cpp>
#include <foreman/foreman/foreman.cpp>
#include <foreman/worker/worker.cpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <guarded/clerk/clerk.cpp>
#include <guarded/ledger/ledger.cpp>
#include <notebook/notebook.cpp>
#include <ping-pong/player.cpp>
#include <theater/testing.hpp>

namespace {

using theater::testing::Host;
using theater::testing::TestActor;

class ExampleTest : public ::testing::Test {
 protected:
  ExampleTest() { Host::current() = {}; }
};

TEST_F(ExampleTest, CronRunsItsJobsAndEnds) {
  TestActor<cron::Cron> actor;
  ASSERT_TRUE(actor.init("beat 20 2\n\nreport  100 1"));
  EXPECT_EQ(Host::current().intervals,
            (std::map<std::string, uint64_t>{{"beat", 20}, {"report", 100}}));
  EXPECT_TRUE(actor.tick("beat"));
  EXPECT_TRUE(actor.tick("beat", 3));
  EXPECT_EQ(Host::current().intervals.count("beat"), 0u);
  EXPECT_EQ(actor.request("jobs"), "beat: 0 to go\nreport: 1 to go\nmissed: 3");
  EXPECT_FALSE(Host::current().shut_down);
  EXPECT_TRUE(actor.tick("report"));
  EXPECT_TRUE(Host::current().shut_down);
}

TEST_F(ExampleTest, TheLedgerTakesAmountsFromItsClerkOnly) {
  using theater::Caller;
  TestActor<guarded::Ledger> ledger;
  ASSERT_TRUE(ledger.init(R"({"clerk": "0a"})"));
  for (const std::optional<Caller>& other :
       {std::optional<Caller>(), std::optional(Caller::actor("0b")),
        std::optional(Caller::client("0a")), std::optional(Caller())}) {
    Host::current().caller = other;
    EXPECT_EQ(ledger.request("7").error(), "only the clerk adds");
  }
  Host::current().caller = Caller::actor("0a");
  EXPECT_EQ(ledger.request("7"), "7");
  EXPECT_EQ(ledger.request("x").error(), "no amount: x");
  EXPECT_EQ(ledger.request("9223372036854775807").error(), "no amount: 9223372036854775807");
  EXPECT_EQ(ledger.request("who am I?"), "the actor 0a");
  Host::current().caller = Caller::client("token ci");
  EXPECT_EQ(ledger.request("sum"), "7");
  EXPECT_EQ(ledger.request("who am I?"), "the client token ci");
}

TEST_F(ExampleTest, TheClerkBringsSmallAmounts) {
  TestActor<guarded::Clerk> clerk;
  ASSERT_TRUE(clerk.init(R"({"ledger": "0c"})"));
  Host::current().on_request = [](const theater::testing::Message&) { return "12"; };
  EXPECT_EQ(clerk.request("12"), "12");
  EXPECT_EQ(clerk.request("1000").error(), "this amount is too large: 1000");
  EXPECT_EQ(Host::current().requested, (std::vector<theater::testing::Message>{{"0c", "12"}}));
}

TEST_F(ExampleTest, CronRefusesATableThatItCannotRead) {
  for (const char* table : {"", "\n", "beat", "beat 20", "beat 20 0", "beat 0 1", "beat x 1"})
    EXPECT_FALSE(TestActor<cron::Cron>().init(table)) << table;
}

TEST_F(ExampleTest, TheCounterCounts) {
  TestActor<Counter> actor;
  ASSERT_TRUE(actor.init(R"({"count": 40})"));
  EXPECT_TRUE(actor.send("inc"));
  EXPECT_TRUE(actor.send("add 2"));
  EXPECT_TRUE(actor.send("add -1"));
  EXPECT_EQ(actor.request("get"), "42");
  EXPECT_EQ(actor.state(), R"({"count":42})");
  EXPECT_EQ(actor.send("add x").error(), "no number: x");
  EXPECT_EQ(actor.send("jump").error(), "unknown message: jump");
  EXPECT_EQ(actor.send("add 9223372036854775807").error(), "the counter is full");
  EXPECT_EQ(actor.request("get"), "42");
}

TEST_F(ExampleTest, TheServingPlayerAnswersWhenTheRallyIsOver) {
  TestActor<Player> ping;
  ASSERT_TRUE(ping.init(R"({"peer": "pong"})"));
  ASSERT_TRUE(ping.send("serve 2"));
  EXPECT_EQ(ping.request("score", "r1").value(), theater::later);
  EXPECT_EQ(ping.send("serve 1").error(), "a rally goes on");
  ASSERT_TRUE(ping.send(R"({"from": "pong", "returned": true})"));
  ASSERT_TRUE(ping.send(R"({"from": "pong", "returned": true})"));
  EXPECT_EQ(Host::current().responses["r1"], "2 strokes");
  EXPECT_EQ(ping.request("score"), "2 strokes");
}

TEST_F(ExampleTest, TheOtherPlayerReturnsTheBall) {
  TestActor<Player> pong;
  ASSERT_TRUE(pong.init());
  ASSERT_TRUE(pong.send(R"({"from": "ping", "returned": false})"));
  ASSERT_EQ(Host::current().sent.size(), 1u);
  EXPECT_EQ(Host::current().sent[0].to, "ping");
  EXPECT_EQ((*theater::json::parse(Host::current().sent[0].bytes))["returned"].boolean(), true);
  EXPECT_FALSE(pong.send("serve 3"));
}

TEST_F(ExampleTest, TheFileAgentReportsAndCleansUp) {
  TestActor<FileAgent> agent;
  Host& host = Host::current();
  host.folders = {"inbox"};
  host.files["inbox/a"] = "one two";
  ASSERT_TRUE(agent.init());
  EXPECT_EQ(agent.request("report"), "wrote out/report.txt");
  EXPECT_EQ(agent.request("report"), "wrote out/report.txt");
  EXPECT_EQ(host.files["out/report.txt"], "a: 2 words, 7 bytes\n");
  EXPECT_EQ(host.files["out/log.txt"], "report 1\nreport 2\n");
  EXPECT_FALSE(host.files.contains("out/draft.txt"));
  host.on_command = [](const theater::testing::Command& command) {
    return theater::CommandOutput{command.words[1], "", 1};
  };
  EXPECT_EQ(agent.request("run wc -w"), "-wexit code 1");
  EXPECT_EQ(agent.request("clean"), "clean");
  EXPECT_EQ(host.folders, std::set<std::string>{"inbox"});
  EXPECT_EQ(agent.request("read out/report.txt"),
            "sorry: cannot open out/report.txt: No such file or directory");
}

TEST_F(ExampleTest, TheForemanReportsWhenTheLastWorkerHasGone) {
  Host& host = Host::current();
  host.on_spawn = [&](const theater::testing::SpawnedChild&) -> theater::Result<std::string> {
    return "worker-" + std::to_string(host.spawned.size());
  };
  TestActor<Foreman> foreman;
  ASSERT_TRUE(foreman.init());
  for (const char* task : {"calculate 6 * 7", "calculate 1 / 0", "calculate 4 / 2"})
    EXPECT_EQ(foreman.request(task), "hired");
  EXPECT_EQ(host.sent.at(1).bytes, "1 / 0");
  EXPECT_EQ(foreman.request("report", "r1").value(), theater::later);
  ASSERT_TRUE(foreman.child_exit("worker-1", "42"));
  ASSERT_TRUE(foreman.child_error(
      "worker-2", {theater::ActorErrorType::kInternal, "a trap\nand where it was"}));
  EXPECT_EQ(foreman.child_exit("worker-2").error(), "a stranger: worker-2");
  EXPECT_TRUE(host.responses.empty());
  ASSERT_TRUE(foreman.child_external_stop("worker-3"));
  EXPECT_EQ(host.responses["r1"], "1 / 0 failed: a trap\n4 / 2 was stopped\n6 * 7 = 42");
}

TEST_F(ExampleTest, TheWorkerEndsWithItsResult) {
  TestActor<Worker> worker;
  ASSERT_TRUE(worker.init());
  EXPECT_EQ(worker.send("84 / x").error(), "no number: x");
  EXPECT_EQ(worker.send("84").error(), "say `A / B`");
  ASSERT_TRUE(worker.send("84 / 2"));
  EXPECT_EQ(Host::current().shutdown_data, "42");
}

TEST_F(ExampleTest, TheCallerAsksAndHangsUp) {
  Host& host = Host::current();
  host.on_open_channel = [](const theater::testing::Message& call) -> theater::Result<std::string> {
    if (call.to != "bob") return theater::fail("nobody there");
    return "ch_1";
  };
  TestActor<Talker> ann;
  ASSERT_TRUE(ann.init(R"({"name": "Ann", "peer": "bob", "questions": ["How are you?"]})"));
  ASSERT_TRUE(ann.send("call"));
  EXPECT_EQ(ann.send("call").error(), "the line is busy");
  EXPECT_EQ(ann.request("heard", "r1").value(), theater::later);
  ASSERT_TRUE(ann.channel_message("ch_1", "Hello."));
  ASSERT_EQ(host.sent_on_channels.size(), 1u);
  EXPECT_EQ(host.sent_on_channels[0], (theater::testing::Message{"ch_1", "How are you?"}));
  ASSERT_TRUE(ann.channel_message("ch_1", "Fine."));
  EXPECT_EQ(host.closed_channels, std::vector<std::string>{"ch_1"});
  EXPECT_TRUE(host.channels.empty());
  EXPECT_EQ(host.responses["r1"], "Ann heard: Hello. Fine.");
}

TEST_F(ExampleTest, TheCalledTakesOneCallAtATime) {
  Host& host = Host::current();
  TestActor<Talker> bob;
  ASSERT_TRUE(bob.init(R"({"name": "Bob"})"));
  auto accept = bob.channel_open("ch_1", "Ann");
  EXPECT_TRUE(accept->accepted);
  EXPECT_EQ(accept->message, "Hello Ann, this is Bob.");
  EXPECT_FALSE(bob.channel_open("ch_2", "Carl")->accepted);
  ASSERT_TRUE(bob.channel_message("ch_1", "How are you?"));
  EXPECT_EQ(host.sent_on_channels.at(0).bytes, "Why do you ask?");
  ASSERT_TRUE(bob.channel_close("ch_1"));
  EXPECT_EQ(bob.request("heard"), "Bob heard: How are you? (hung up)");
}

TEST_F(ExampleTest, TheCalculatorCalculates) {
  auto result = [](std::string_view text) {
    auto value = Calculator::calculate(text);
    return value ? std::to_string(*value) : value.error();
  };
  EXPECT_EQ(result("6 * 7"), "42");
  EXPECT_EQ(result("2 + 3 * (4 - 1) / 3"), "5");
  EXPECT_EQ(result("-3 - -4"), "1");
  EXPECT_EQ(result("1 / 0"), "division by zero");
  EXPECT_EQ(result("1 / 2"), "the quotient is no whole number");
  EXPECT_EQ(result("9223372036854775807 + 1"), "the number is too large");
  EXPECT_EQ(result("1 +"), "the expression ends too early");
  EXPECT_EQ(result("1 1"), "did not understand `1`");
  EXPECT_EQ(result(std::string(100, '(')), "nested too deep");
}

TEST_F(ExampleTest, TheToolsAnswerTheModel) {
  TestActor<Tools> tools;
  EXPECT_EQ(
      tools.request(R"({"call": {"name": "calculate", "arguments": {"expression": "6 * 7"}}})"),
      R"({"content":"42"})");
  EXPECT_TRUE(tools.request(R"({"call": {"name": "note", "arguments": {"text": "a"}}})"));
  EXPECT_EQ(tools.request("notes"), "a");
  EXPECT_EQ(tools.request(R"({"call": {"name": "rm"}})").error(), "no such tool: rm");
}

TEST_F(ExampleTest, TheModelCallsAToolFirst) {
  EXPECT_EQ(Model::expression_in("What is 6 * 7? Write it down."), "6 * 7");
  EXPECT_EQ(Model::expression_in("Hello."), "");
  auto reply =
      TestActor<Model>().request(R"({"messages": [{"role": "user", "content": "6 * 7?"}]})");
  ASSERT_TRUE(reply && *reply);
  EXPECT_EQ((*theater::json::parse(**reply))["tool_calls"][0]["name"].text(), "calculate");
}

// The three actors of the agent, joined by their requests.
TEST_F(ExampleTest, TheAgentAnswersWithTheHelpOfItsTools) {
  TestActor<Model> model;
  TestActor<Tools> tools;
  Host::current().on_request =
      [&](const theater::testing::Message& asked) -> theater::Result<std::string> {
    auto reply = asked.to == "m" ? model.request(asked.bytes) : tools.request(asked.bytes);
    if (!reply) return theater::fail(reply.error());
    return **reply;
  };
  TestActor<Agent> agent;
  EXPECT_FALSE(agent.init());
  ASSERT_TRUE(agent.init(R"({"model": "m", "tools": "t"})"));
  EXPECT_EQ(agent.request("What is 6 * 7? Write it down."),
            "I calculated it and wrote it down: 6 * 7 = 42");
  EXPECT_EQ(tools.request("notes"), "6 * 7 = 42");
  // The list of tools, three prompts, two tool calls.
  EXPECT_EQ(Host::current().requested.size(), 6u);
  EXPECT_EQ(agent.request("What is 1 / 0?"), "That did not work: division by zero");
  EXPECT_EQ(agent.request("Hello"), "I can only calculate. Ask me for something like 6 * 7.");
}

TEST_F(ExampleTest, TheNotebookKeepsEveryVersion) {
  TestActor<Notebook> actor;
  ASSERT_TRUE(actor.init());
  std::string first = actor.request("write plans/june Go to the sea.").value().value();
  std::string second = actor.request("write plans/june Stay at home.").value().value();
  EXPECT_EQ(actor.request("read plans/june"), "Stay at home.");
  EXPECT_EQ(actor.request("show " + first), "Go to the sea.");
  EXPECT_EQ(actor.request("go-back plans/june " + first), "Go to the sea.");
  EXPECT_EQ(actor.request("write today").value().value().size(), 64u);
  EXPECT_EQ(actor.request("pages"), "plans/june, today");
  EXPECT_EQ(actor.request("size"), "27");
  ASSERT_TRUE(actor.request("tear-out plans/june"));
  EXPECT_EQ(actor.request("read plans/june").error(), "no page plans/june");
  EXPECT_EQ(actor.request("show " + second), "Stay at home.");
  EXPECT_FALSE(actor.request("burn it"));

  Host::current().stores["notes"] = {};
  TestActor<Notebook> of_many;
  ASSERT_TRUE(of_many.init(R"({"store": "notes"})"));
  EXPECT_TRUE(of_many.request("write a b"));
  EXPECT_EQ(Host::current().stores["notes"].labels.size(), 1u);
}

}  // namespace
