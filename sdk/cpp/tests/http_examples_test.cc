// The examples that talk to web servers, tested as their authors would.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <llm-agent/agent/agent.cpp>
#include <llm-agent/notes/notes.cpp>
#include <llm-agent/stock/stock.cpp>
#include <scraper/scraper.cpp>
#include <theater/testing.hpp>
#include <toolsmith/toolsmith.cpp>

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using theater::testing::Host;
using theater::testing::TestActor;
namespace http = theater::http;

constexpr std::string_view kDone = "data: [DONE]\n\n";

// A chunk of a streamed answer.
std::string chunk(std::string_view delta, std::string_view reason = "null") {
  return R"(data: {"choices":[{"index":0,"delta":)" + std::string(delta) + R"(,"finish_reason":)" +
         std::string(reason) + "}]}\n\n";
}

std::string text_chunk(std::string_view text) {
  return chunk(R"({"content":")" + std::string(text) + R"("})");
}

// A chunk with a part of the tool call number `index`; the id and the name come in its first part.
std::string call_chunk(int index, std::string_view id, std::string_view name,
                       std::string_view arguments) {
  using theater::json::Value;
  Value call = Value::object({{"index", index}, {"id", id}});
  call.set("function", Value::object({{"name", name}, {"arguments", arguments}}));
  return chunk(Value::object({{"tool_calls", Value::array({call})}}).dump());
}

std::string count_call() {
  return call_chunk(0, "a", "count", "{}");
}

class LlmAgent : public ::testing::Test {
 protected:
  LlmAgent() {
    host_ = {};
    host_.environment["OPENAI_API_KEY"] = "placeholder";
    host_.children = {"s", "n"};
    EXPECT_TRUE(stock_.init(R"({"items": {"hammers": 12}})"));
    EXPECT_TRUE(notes_.init());
    host_.on_request = [this](const theater::testing::Message& asked) {
      auto reply = asked.to == "s" ? stock_.request(asked.bytes) : notes_.request(asked.bytes);
      return reply ? theater::Result<std::string>(reply->value()) : theater::fail(reply.error());
    };
    EXPECT_TRUE(
        agent_.init(R"({"endpoint": "https://h/v1", "model": "m", "instructions": "Be kind.", )"
                    R"("retry_ms": 10})"));
  }

  void ask(std::string_view question = "How many hammers?", std::string_view id = "r1") {
    auto asked = agent_.request(question, id);
    ASSERT_TRUE(asked) << asked.error();
    EXPECT_EQ(*asked, theater::later);
  }

  void head(uint64_t stream, uint16_t status = 200, std::string type = "text/event-stream") {
    ASSERT_TRUE(agent_.stream_head(stream, status, {{"content-type", std::move(type)}}));
  }

  void whole(uint64_t stream, std::string_view events) {
    head(stream);
    ASSERT_TRUE(agent_.stream_data(stream, events));
    ASSERT_TRUE(agent_.stream_end(stream));
  }

  theater::json::Value sent(size_t request) const {
    return *theater::json::parse(*host_.http_requests.at(request).body);
  }

  std::string answer(const char* id = "r1") const {
    auto found = host_.responses.find(id);
    return found == host_.responses.end() ? "(none)" : found->second;
  }

  size_t conversations() const { return agent_.actor()->conversations.size(); }

  Host& host_ = Host::current();
  TestActor<llm_agent::Agent> agent_;
  TestActor<llm_agent::Stock> stock_;
  TestActor<llm_agent::Notes> notes_;
};

TEST_F(LlmAgent, AsksTheEndpointWithItsToolsAndItsKey) {
  ask();
  const http::Request& request = host_.http_requests.at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.uri, "https://h/v1/chat/completions");
  EXPECT_EQ(http::find_header(request.headers, "Authorization"), "Bearer placeholder");
  theater::json::Value body = sent(0);
  EXPECT_EQ(body["model"].text(), "m");
  EXPECT_TRUE(body["stream"].boolean());
  EXPECT_EQ(body["messages"].dump(), R"([{"role":"system","content":"Be kind."},)"
                                     R"({"role":"user","content":"How many hammers?"}])");
  std::vector<std::string> names;
  for (const auto& tool : body["tools"].items())
    names.emplace_back(tool["function"]["name"].text());
  EXPECT_THAT(names, ElementsAre("count", "reserve", "note"));
  EXPECT_EQ(body["tools"][1]["function"]["parameters"]["required"].dump(), R"(["item","number"])");
}

TEST_F(LlmAgent, WorksWithoutAKeyAndWithoutTools) {
  host_.environment.clear();
  host_.children.clear();
  ask();
  EXPECT_EQ(http::find_header(host_.http_requests.at(0).headers, "Authorization"), std::nullopt);
  EXPECT_EQ(sent(0).find("tools"), nullptr);
}

TEST_F(LlmAgent, NeedsAnEndpointAndAModel) {
  EXPECT_FALSE(TestActor<llm_agent::Agent>().init(R"({"endpoint": "https://h/v1"})"));
  EXPECT_FALSE(TestActor<llm_agent::Agent>().init(R"({"model": "m"})"));
}

TEST_F(LlmAgent, AnswersWhenTheStreamHasEnded) {
  ask();
  head(1);
  ASSERT_TRUE(agent_.stream_data(1, ": comment\r\n\r\n" + chunk(R"({"role":"assistant"})")));
  std::string rest = text_chunk("Twelve \\u20ac") + text_chunk(" hammers.") +
                     chunk("{}", R"("stop")") + R"(data: {"choices":[],"usage":{}})" + "\n\n";
  rest += kDone;
  for (char byte : rest)
    ASSERT_TRUE(agent_.stream_data(1, std::string(1, byte)));
  EXPECT_EQ(answer(), "(none)");
  ASSERT_TRUE(agent_.stream_end(1));
  EXPECT_EQ(answer(), "Twelve \u20ac hammers.");
  EXPECT_EQ(conversations(), 0u);
}

TEST_F(LlmAgent, ShowsTokensAsTheyCome) {
  ASSERT_TRUE(agent_.init(R"({"endpoint": "http://h", "model": "m", "show_tokens": true})"));
  ask();
  head(1);
  ASSERT_TRUE(agent_.stream_data(1, text_chunk("Twe")));
  EXPECT_THAT(host_.logs, ElementsAre(theater::testing::LogLine{"info", "> Twe"}));
}

TEST_F(LlmAgent, CarriesOutToolCallsAndTellsTheModel) {
  ask();
  whole(1, call_chunk(0, "a", "count", "") + call_chunk(0, "", "", R"({"item":)") +
               call_chunk(1, "b", "reserve", R"({"item":"hammers","number":20})") +
               call_chunk(0, "", "", R"("hammers"})") + call_chunk(2, "c", "rm", "{}") +
               call_chunk(3, "d", "note", "{") + chunk("{}", R"("tool_calls")"));
  EXPECT_EQ(answer(), "(none)");
  auto messages = sent(1)["messages"];
  ASSERT_EQ(messages.size(), 7u);
  EXPECT_EQ(messages[2]["tool_calls"][1]["function"]["arguments"].text(),
            R"({"item":"hammers","number":20})");
  EXPECT_EQ(messages[3].dump(), R"({"role":"tool","content":"12","tool_call_id":"a"})");
  EXPECT_EQ(messages[4]["content"].text(), "error: cannot reserve that many: there are 12");
  EXPECT_EQ(messages[5]["content"].text(), "error: there is no tool rm");
  EXPECT_THAT(std::string(messages[6]["content"].text()), StartsWith("error: "));
  whole(2, text_chunk("There are 12.") + std::string(kDone));
  EXPECT_EQ(answer(), "There are 12.");
}

TEST_F(LlmAgent, HoldsSeveralConversationsAtOnce) {
  ask("first", "r1");
  ask("second", "r2");
  whole(2, text_chunk("two") + std::string(kDone));
  whole(1, text_chunk("one") + std::string(kDone));
  EXPECT_EQ(answer("r1"), "one");
  EXPECT_EQ(answer("r2"), "two");
  for (size_t i = 0; i < llm_agent::kConversationsMax; ++i)
    ask("more", "m" + std::to_string(i));
  EXPECT_EQ(agent_.request("too much", "r3").error(), "busy with 8 questions");
}

TEST_F(LlmAgent, TriesAgainAfterAFailureThatMayPass) {
  ask();
  head(1, 500, "application/json");
  ASSERT_TRUE(agent_.stream_data(1, R"({"error":{"message":"over)"));
  ASSERT_TRUE(agent_.stream_data(1, R"(loaded"}})"));
  ASSERT_TRUE(agent_.stream_end(1));
  EXPECT_EQ(host_.now_ms, 10u);
  ASSERT_TRUE(agent_.stream_failed(2, "timeout: no head"));
  EXPECT_EQ(host_.now_ms, 30u);
  // Cut off in good form, but without the model's word that it is done.
  whole(3, text_chunk("Twel"));
  EXPECT_EQ(answer(), "sorry, no answer: the answer was cut off (attempt 3)");
  EXPECT_EQ(sent(0), sent(2));
  EXPECT_EQ(conversations(), 0u);
}

TEST_F(LlmAgent, CountsAttemptsForEachTurn) {
  ask();
  ASSERT_TRUE(agent_.stream_failed(1, "refused: no server"));
  whole(2, count_call() + std::string(kDone));
  ASSERT_TRUE(agent_.stream_failed(3, "cut-off: in a chunk"));
  ASSERT_TRUE(agent_.stream_failed(4, "cut-off: in a chunk"));
  whole(5, text_chunk("done") + std::string(kDone));
  EXPECT_EQ(answer(), "done");
}

TEST_F(LlmAgent, GivesUpWhereARetryDoesNotHelp) {
  ask("denied", "r1");
  ASSERT_TRUE(agent_.stream_failed(1, "tls: the certificate has expired"));
  EXPECT_EQ(answer("r1"), "sorry, no answer: tls: the certificate has expired");
  ask("refused", "r2");
  head(2, 401, "application/json");
  ASSERT_TRUE(agent_.stream_data(2, R"({"error":{"message":"wrong key"}})"));
  ASSERT_TRUE(agent_.stream_end(2));
  EXPECT_EQ(answer("r2"), "sorry, no answer: the endpoint answered 401: wrong key");
  ask("a page", "r3");
  head(3, 200, "text/html");
  EXPECT_EQ(answer("r3"), "sorry, no answer: the endpoint does not stream its answers");
  ask("no JSON", "r4");
  head(4);
  ASSERT_TRUE(agent_.stream_data(4, "data: <no JSON>\n\n"));
  EXPECT_THAT(answer("r4"),
              StartsWith("sorry, no answer: the endpoint sent a chunk that is no JSON"));
  ask("an error", "r5");
  head(5);
  ASSERT_TRUE(agent_.stream_data(5, "data: {\"error\":\"quota\"}\n\n"));
  EXPECT_EQ(answer("r5"), R"(sorry, no answer: the endpoint sent an error: "quota")");
  EXPECT_THAT(host_.cancelled_streams, ElementsAre(3, 4, 5));
  for (uint64_t stream : {3, 4, 5})
    EXPECT_TRUE(agent_.stream_data(stream, "late"));
  EXPECT_EQ(conversations(), 0u);
}

TEST_F(LlmAgent, HasABudgetAndAGrant) {
  host_.on_open_stream = [&](const http::Request&) -> theater::Status {
    if (host_.http_requests.size() < 2) return {};
    return theater::fail("budget-spent: budget.host_calls.theater:http-stream/client = 1");
  };
  ask();
  whole(1, count_call() + std::string(kDone));
  EXPECT_THAT(answer(), StartsWith("sorry, no answer: budget-spent: "));
  EXPECT_THAT(agent_.request("more", "r2").error(), StartsWith("budget-spent: "));
  EXPECT_EQ(conversations(), 0u);
}

TEST_F(LlmAgent, StopsAModelThatNeverAnswers) {
  ask();
  for (uint64_t turn = 1; turn <= 8; ++turn)
    whole(turn, count_call() + std::string(kDone));
  EXPECT_EQ(answer(), "sorry, no answer: no answer after 8 turns");
}

TEST_F(LlmAgent, StopsAModelThatSaysTooMuch) {
  ask();
  head(1);
  std::string word = text_chunk(std::string(60'000, 'x'));
  for (int i = 0; i < 2; ++i)
    ASSERT_TRUE(agent_.stream_data(1, word));
  EXPECT_EQ(answer(), "(none)");
  ASSERT_TRUE(agent_.stream_data(1, word));
  EXPECT_THAT(answer(), HasSubstr("longer than 131072 bytes"));
  ask("again", "r2");
  head(2);
  ASSERT_TRUE(agent_.stream_data(2, "data: " + std::string(70'000, 'x')));
  EXPECT_THAT(answer("r2"), HasSubstr("a line of more than 65536 bytes"));
  ask("calls", "r3");
  head(3);
  ASSERT_TRUE(agent_.stream_data(3, chunk(R"({"tool_calls":[{"index":32}]})")));
  EXPECT_THAT(answer("r3"), HasSubstr("too many tools at once"));
}

TEST_F(LlmAgent, DoesNotPayForARequesterThatHasGone) {
  ask();
  host_.outstanding.clear();
  ASSERT_TRUE(agent_.stream_failed(1, "timeout: no head"));
  EXPECT_EQ(host_.http_requests.size(), 1u);
  EXPECT_EQ(conversations(), 0u);
  EXPECT_THAT(host_.logs.back().message, HasSubstr("its requester has gone"));
}

TEST_F(LlmAgent, ForgetsWhatACrashHasCutOff) {
  ask();
  host_.outstanding.clear();
  ASSERT_TRUE(agent_.stream_failed(1, "interrupted: the node was lost"));
  EXPECT_EQ(conversations(), 0u);
  EXPECT_EQ(host_.http_requests.size(), 1u);
}

TEST_F(LlmAgent, MakesRoomForNewQuestionsAfterACrash) {
  for (size_t i = 0; i < llm_agent::kConversationsMax; ++i)
    ask("old", "o" + std::to_string(i));
  host_.outstanding.clear();
  ask("new", "n");
  EXPECT_EQ(conversations(), 1u);
  whole(9, text_chunk("here") + std::string(kDone));
  EXPECT_EQ(answer("n"), "here");
}

TEST_F(LlmAgent, TakesAnAnswerThatIsWholeThoughItsConnectionIsCut) {
  ask("whole", "r1");
  head(1);
  ASSERT_TRUE(agent_.stream_data(1, text_chunk("Twelve.") + std::string(kDone)));
  ASSERT_TRUE(agent_.stream_failed(1, "cut-off: in the last chunk"));
  EXPECT_EQ(answer("r1"), "Twelve.");
  ask("revealing", "r2");
  head(2);
  ASSERT_TRUE(agent_.stream_data(2, text_chunk("Twelve.") + std::string(kDone)));
  ASSERT_TRUE(agent_.stream_failed(2, "reveals-secret: openai; the effect took place"));
  EXPECT_THAT(answer("r2"), StartsWith("sorry, no answer: reveals-secret: "));
}

TEST_F(LlmAgent, HasToolsThatRefuseWhatIsWrong) {
  auto call = [](auto& tool, std::string_view name, std::string_view arguments) {
    auto reply = tool.request(R"({"call":{"name":")" + std::string(name) + R"(","arguments":)" +
                              std::string(arguments) + "}}");
    return reply ? reply->value() : reply.error();
  };
  EXPECT_EQ(call(stock_, "reserve", R"({"item":"hammers","number":2})"),
            R"({"content":"2 reserved, 10 left"})");
  EXPECT_EQ(call(stock_, "count", R"({"item":"hammers"})"), R"({"content":"10"})");
  EXPECT_EQ(call(stock_, "count", "{}"), "the shop has no item ``");
  EXPECT_EQ(call(stock_, "reserve", R"({"item":"hammers","number":-1})"),
            "cannot reserve that many: there are 10");
  EXPECT_EQ(call(stock_, "steal", R"({"item":"hammers"})"), "no such tool: steal");
  EXPECT_EQ(call(notes_, "note", R"({"text":"a"})"), R"({"content":"noted"})");
  EXPECT_THAT(notes_.actor()->lines, ElementsAre("a"));
  EXPECT_EQ(call(notes_, "burn", "{}"), "no such tool: burn");
}

TEST(ScraperPage, HasATitleAndLinks) {
  using scraper::hrefs_of;
  using scraper::title_of;
  EXPECT_EQ(title_of("<HTML><Title lang=en>\n A &amp; B\t&lt;3 </TITLE>"), "A & B <3");
  EXPECT_EQ(title_of("<title>cut off"), "");
  EXPECT_EQ(title_of("no markup"), "");
  EXPECT_THAT(hrefs_of(R"(<a href="/a?x=1&amp;y=2">a</a> <A class=x HREF='b'>b</A><a
      href=c title=d>c</a> <a name="href">none</a> <area href="/no"> <a href="cut off)"),
              ElementsAre("/a?x=1&y=2", "b", "c", "cut off"));
  EXPECT_THAT(hrefs_of("<a"), IsEmpty());
}

TEST(ScraperPage, ResolvesLinks) {
  auto resolve = [](std::string_view base, std::string_view link) {
    return scraper::resolve(base, link).value_or("none");
  };
  EXPECT_EQ(resolve("http://h/a/b.html?q#f", "c.html#there"), "http://h/a/c.html");
  EXPECT_EQ(resolve("http://h/a/b.html", "/c?d"), "http://h/c?d");
  EXPECT_EQ(resolve("http://h/a/b/c", "../.././../d/./e/.."), "http://h/d/");
  EXPECT_EQ(resolve("http://h", "a"), "http://h/a");
  EXPECT_EQ(resolve("http://h?x", "?y"), "http://h?y");
  EXPECT_EQ(resolve("https://h/a", "//other/b"), "https://other/b");
  EXPECT_EQ(resolve("https://h/a", "http://other/b:c"), "http://other/b:c");
  EXPECT_EQ(resolve("http://h/", "a/b:c"), "http://h/a/b:c");
  for (const char* link : {"mailto:a@b", "javascript:x", "#top", "", "file:///etc/passwd"})
    EXPECT_EQ(resolve("http://h/a", link), "none") << link;
}

TEST(Scraper, ReportsPagesAndWhatIsRefused) {
  Host::current() = {};
  Host::current().on_http = [](const http::Request& request) -> theater::Result<http::Response> {
    http::Headers html{{"Content-Type", "text/html; charset=utf-8"}};
    if (request.uri == "http://h/")
      return http::Response{
          200, html, R"(<title>Top</title><a href="b">b</a><a href="/x.png"><a href="http://o/">)"};
    if (request.uri == "http://h/b") return http::Response{404, html, R"(<a href="/">back</a>)"};
    if (request.uri == "http://h/x.png") return http::Response{200, {}, "<a href=no>"};
    return theater::fail("Permission denied: http-client:hosts=o:80");
  };
  TestActor<scraper::Scraper> actor;
  ASSERT_TRUE(actor.init());
  EXPECT_EQ(actor.request("report http://h/"),
            "http://h/\n  200 Top, 3 links\n"
            "http://h/b\n  404 (no title), 1 link\n"
            "http://h/x.png\n  200 (no title), 0 links\n"
            "http://o/\n  Permission denied: http-client:hosts=o:80");
  EXPECT_EQ(actor.actor()->fetched, 4u);
  EXPECT_EQ(Host::current().http_requests.size(), 4u);
  EXPECT_FALSE(actor.request("http://h/"));
}

TEST(Scraper, FetchesABoundedNumberOfPages) {
  Host::current() = {};
  Host::current().on_http = [](const http::Request& request) -> theater::Result<http::Response> {
    return http::Response{200,
                          {{"content-type", "text/html"}},
                          "<a href='" + request.uri + "1'><a href='" + request.uri + "2'>"};
  };
  TestActor<scraper::Scraper> actor;
  ASSERT_TRUE(actor.init(R"({"pages_max": 3})"));
  auto reply = actor.request("report http://h/");
  ASSERT_TRUE(reply);
  EXPECT_THAT(reply->value(), HasSubstr("\nnot fetched: 4 more"));
  EXPECT_EQ(Host::current().http_requests.size(), 3u);
}

class Toolsmith : public ::testing::Test {
 protected:
  Toolsmith() {
    host_ = {};
    host_.on_http = [this](const http::Request&) -> theater::Result<http::Response> {
      if (said_.empty()) return theater::fail("refused: the port is closed");
      std::string text = said_.front();
      said_.erase(said_.begin());
      return http::Response{.status = status_, .body = std::move(text)};
    };
    EXPECT_TRUE(agent_.init(
        R"({"endpoint": "https://h/v1", "model": "m", "instructions": "Write Python.", )"
        R"("command": ["limits", "python3", "-"], "seconds": 7, "programs_max": 2})"));
  }

  // The model says this next.
  void says(std::string_view text) {
    using theater::json::Value;
    Value answer = Value::object({{"message", Value::object({{"content", text}})}});
    said_.push_back(Value::object({{"choices", Value::array({answer})}}).dump());
  }

  // Asks for something that the model answers with a program; the process that runs it.
  uint64_t run(std::string_view program = "print(1)", const std::string& id = "r1") {
    says("```python\n" + std::string(program) + "\n```");
    auto asked = agent_.request("What is 1?", id);
    EXPECT_TRUE(asked && *asked == theater::later);
    return host_.processes.size();
  }

  // The last message of the last request to the model.
  std::string last_message() const {
    auto body = *theater::json::parse(*host_.http_requests.back().body);
    return std::string(body["messages"].items().back()["content"].text());
  }

  std::string answer(const char* id = "r1") const {
    auto found = host_.responses.find(id);
    return found == host_.responses.end() ? "(none)" : found->second;
  }

  size_t jobs() const { return agent_.actor()->jobs.size(); }

  Host& host_ = Host::current();
  TestActor<toolsmith::Toolsmith> agent_;
  std::vector<std::string> said_;
  uint16_t status_ = 200;
};

TEST_F(Toolsmith, NeedsAnEndpointAModelAndACommand) {
  EXPECT_FALSE(TestActor<toolsmith::Toolsmith>().init(R"({"endpoint": "e", "model": "m"})"));
  EXPECT_FALSE(TestActor<toolsmith::Toolsmith>().init(R"({"model": "m", "command": ["c"]})"));
}

TEST_F(Toolsmith, RunsTheModelsProgramAndAnswersInItsWords) {
  uint64_t id = run("print(1)");
  const auto& process = host_.processes.at(id);
  EXPECT_EQ(process.config.program, "limits");
  EXPECT_THAT(process.config.args, ElementsAre("python3", "-"));
  EXPECT_EQ(process.config.timeout_s, 7u);
  EXPECT_EQ(process.input, "print(1)\n");
  EXPECT_TRUE(process.is_input_closed);
  EXPECT_TRUE(agent_.process_stdout(id, "1\n"));
  EXPECT_TRUE(agent_.process_stderr(id, "a warning\n"));
  says("It is 1.");
  EXPECT_TRUE(agent_.process_exit(id, 0));
  EXPECT_EQ(last_message(),
            "The program ended with exit code 0.\nIts output:\n1\n\nIts errors:\na warning\n");
  EXPECT_EQ(answer(), "It is 1.");
  EXPECT_EQ(jobs(), 0u);
}

TEST_F(Toolsmith, BoundsTheProgramsOfAQuestion) {
  uint64_t id = run();
  says("Once more:\n```\nprint(2)\n```\n");
  EXPECT_TRUE(agent_.process_exit(id, 1));
  EXPECT_EQ(host_.processes.at(2).input, "print(2)\n");
  says("```\nprint(3)\n```");
  EXPECT_TRUE(agent_.process_exit(2, 1));
  EXPECT_EQ(host_.processes.size(), 2u);
  EXPECT_THAT(answer(), StartsWith("sorry, no answer: the model has written 2 programs"));
}

TEST_F(Toolsmith, KillsAProgramThatPrintsTooMuch) {
  uint64_t id = run();
  for (int piece = 0; piece < 10; ++piece)
    EXPECT_TRUE(agent_.process_stdout(id, std::string(16'384, 'x')));
  EXPECT_THAT(host_.processes.at(id).signals, ElementsAre(theater::process::Signal::kKill));
  EXPECT_EQ(agent_.actor()->jobs.at(0).out.size(), 4096u);
  says("Too much.");
  EXPECT_TRUE(agent_.process_exit(id, 137));
  EXPECT_THAT(last_message(), StartsWith("The program was killed: it printed more than 65536"));
  EXPECT_EQ(answer(), "Too much.");
}

TEST_F(Toolsmith, SaysWhichSignalEndedAProgram) {
  uint64_t id = run();
  says("Too slow.");
  EXPECT_TRUE(agent_.process_exit(id, 143));
  EXPECT_EQ(last_message(), "Signal 15 ended the program, which has 7 s.");
}

TEST_F(Toolsmith, AnswersWithWhatWentWrong) {
  auto ask = [&] { return agent_.request("What is 1?")->value(); };
  says("I know it: 1.");
  EXPECT_EQ(ask(), "I know it: 1.");
  EXPECT_EQ(ask(), "sorry, no answer: refused: the port is closed");
  said_ = {"<html>"};
  EXPECT_THAT(ask(), StartsWith("sorry, no answer: the endpoint's answer is no JSON"));
  said_ = {"{}"};
  EXPECT_EQ(ask(), "sorry, no answer: the endpoint's answer has no text");
  says("```\n" + std::string(70'000, '#') + "\n```");
  EXPECT_THAT(ask(), StartsWith("sorry, no answer: the model's program is longer than 65536"));
  host_.on_spawn_process = [](const auto&) { return theater::fail("Permission denied: no"); };
  says("```\n1\n```");
  EXPECT_EQ(ask(), "sorry, no answer: Permission denied: no");
  status_ = 401;
  said_ = {R"({"error": {"message": "who are you?"}})"};
  EXPECT_EQ(ask(), "sorry, no answer: the endpoint answered 401: who are you?");
  EXPECT_EQ(jobs(), 0u);
}

TEST_F(Toolsmith, TakesFourQuestionsAtOnce) {
  for (const char* id : {"r1", "r2", "r3", "r4"})
    run("print(1)", id);
  EXPECT_EQ(agent_.request("What is 1?", "r5").error(), "busy with 4 questions");
  says("It is 3.");
  EXPECT_TRUE(agent_.process_exit(3, 0));
  EXPECT_EQ(answer("r3"), "It is 3.");
  EXPECT_EQ(jobs(), 3u);
}

TEST_F(Toolsmith, WorksForNoRequesterThatHasGone) {
  uint64_t id = run();
  host_.outstanding.clear();
  size_t asked = host_.http_requests.size();
  EXPECT_TRUE(agent_.process_exit(id, theater::process::kLost));
  EXPECT_EQ(host_.http_requests.size(), asked);
  EXPECT_THAT(host_.logs.back().message, HasSubstr("The program was lost with the node."));
  EXPECT_EQ(jobs(), 0u);
  id = run();
  host_.outstanding.clear();
  (void)run("print(2)", "r2");
  EXPECT_THAT(host_.processes.at(id).signals, ElementsAre(theater::process::Signal::kKill));
  EXPECT_EQ(jobs(), 1u);
  EXPECT_TRUE(agent_.process_stdout(id, "for no one"));
}

TEST(ToolsmithModel, FindsTheProgramInAnAnswer) {
  using toolsmith::program_in;
  EXPECT_EQ(program_in("```python\na\nb\n```"), "a\nb\n");
  EXPECT_EQ(program_in("Here:\n```\na\n```\nand\n```\nb\n```"), "a\n");
  for (std::string_view none :
       {"", "a", "```", "```python", "```python\na", "a ```b``` c", "```\n```"})
    EXPECT_EQ(program_in(none), std::nullopt) << none;
}

}  // namespace
