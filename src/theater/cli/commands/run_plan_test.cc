#include "theater/cli/commands/run_plan.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

namespace theater::cli::run_plan_test {

// A folder of its own, removed at the end.
class RunPlan : public ::testing::Test {
 protected:
  RunPlan() {
    std::string pattern = (std::filesystem::temp_directory_path() / "theater-XXXXXX").string();
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    put("counter.toml", "name = \"counter\"\ncomponent = \"c.wasm\"\n");
    put("other.toml", "name = \"other\"\ncomponent = \"c.wasm\"\n");
  }
  ~RunPlan() override { std::filesystem::remove_all(folder_); }

  std::string put(const std::string& name, const std::string& text) {
    std::filesystem::path path = folder_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }

  ManifestArgument manifest(const std::string& file, const std::string& name = "") {
    return {name, folder_ / file};
  }

  cli::RunPlan planned(const RunOptions& command) {
    auto plan = plan_run(command, reader_, random_);
    if (!plan) {
      ADD_FAILURE() << plan.error().error.to_string();
      return {};
    }
    return *std::move(plan);
  }

  PlanFailure refused(const RunOptions& command) {
    auto plan = plan_run(command, reader_, random_);
    if (plan) {
      ADD_FAILURE() << "planned";
      return {Exit::kDone, Error(ErrorCode::kIo, "")};
    }
    return plan.error();
  }

  std::filesystem::path folder_;
  SeededRandom random_{1};
  ReferenceReader reader_;
};

std::string state(const cli::RunPlan& plan, size_t actor) {
  return plan.actors.at(actor).state ? std::string(as_text(*plan.actors[actor].state)) : "none";
}

TEST_F(RunPlan, TakesNamesFromTheManifestsOrTheCommandLine) {
  auto plan = planned({.manifests = {manifest("counter.toml"), manifest("counter.toml", "b")}});
  ASSERT_EQ(plan.actors.size(), 2u);
  EXPECT_EQ(plan.actors[0].manifest->name, "counter");
  EXPECT_EQ(plan.actors[1].manifest->name, "b");
  EXPECT_NE(plan.actors[0].id, plan.actors[1].id);
  EXPECT_EQ(state(plan, 0), "none");
}

TEST_F(RunPlan, ReadsWhatIsAtAddressesBesideIt) {
  std::map<std::string, std::string> web = {
      {"https://h/x/a.toml",
       "name = \"far\"\ncomponent = \"c.wasm\"\ninit_state = \"../s.json\"\n"},
      {"https://h/s.json", "{\"a\": 1}"}};
  reader_.fetch = [&](const Url& url, const FetchOptions&) -> Result<Fetched> {
    auto found = web.find(url.to_string());
    if (found == web.end()) return fail(ErrorCode::kNotFound, "no {}", url.to_string());
    return Fetched{to_bytes(found->second), url};
  };
  auto plan = planned({.manifests = {{"", "https://h/x/a.toml"}, {"b", "https://h/x/a.toml"}}});
  ASSERT_EQ(plan.actors.size(), 2u);
  EXPECT_EQ(plan.actors[0].manifest->name, "far");
  EXPECT_EQ(plan.actors[1].manifest->name, "b");
  EXPECT_EQ(plan.actors[0].manifest->place.address, "https://h/x/a.toml");
  EXPECT_EQ(state(plan, 0), "{\"a\": 1}");
  PlanFailure failure = refused({.manifests = {{"", "https://h/gone.toml"}}});
  EXPECT_EQ(failure.exit, Exit::kFailed);
  EXPECT_EQ(failure.error.to_string(), "reading the manifest: no https://h/gone.toml");
}

TEST_F(RunPlan, RefusesTwoActorsOfOneName) {
  PlanFailure failure =
      refused({.manifests = {manifest("counter.toml"), manifest("other.toml", "counter")}});
  EXPECT_EQ(failure.exit, Exit::kWrongUse);
  EXPECT_EQ(failure.error.to_string(), "two actors are called `counter`");
}

TEST_F(RunPlan, SendsToTheFirstUnlessAnActorIsNamed) {
  put("text.txt", "from a file");
  auto plan = planned({.manifests = {manifest("counter.toml"), manifest("other.toml")},
                       .messages = {{MessageKind::kSend, "plain"},
                                    {MessageKind::kRequest, "other:named: yes"},
                                    {MessageKind::kSend, "https://stranger"},
                                    {MessageKind::kSend, "@" + (folder_ / "text.txt").string()},
                                    {MessageKind::kSend, "other:"}}});
  ASSERT_EQ(plan.messages.size(), 5u);
  EXPECT_EQ(plan.messages[0].actor, 0u);
  EXPECT_EQ(plan.messages[1].actor, 1u);
  EXPECT_EQ(as_text(plan.messages[1].payload), "named: yes");
  EXPECT_EQ(plan.messages[2].actor, 0u);
  EXPECT_EQ(as_text(plan.messages[2].payload), "https://stranger");
  EXPECT_EQ(as_text(plan.messages[3].payload), "from a file");
  EXPECT_EQ(plan.messages[4].actor, 1u);
  EXPECT_EQ(as_text(plan.messages[4].payload), "");
}

TEST_F(RunPlan, RefusesNamesThatNoActorHas) {
  std::vector<KnownActor> none;
  auto plan = [&](RunOptions command) { return plan_run(command, reader_, random_, &none); };
  RunOptions two{.manifests = {manifest("counter.toml"), manifest("other.toml")}};
  two.messages = {{MessageKind::kSend, "foo:inc"}};
  auto refusal = plan(two);
  ASSERT_FALSE(refusal);
  EXPECT_EQ(refusal.error().exit, Exit::kWrongUse);
  EXPECT_EQ(refusal.error().error.message(), "--send: no actor `foo`; there are counter, other");
  EXPECT_EQ(refusal.error().error.hint(),
            "a text with a colon needs its actor before it: --send 'counter:foo:inc'");
  two.messages = {{MessageKind::kRequest, "othr:get"}};
  refusal = plan(two);
  ASSERT_FALSE(refusal);
  EXPECT_EQ(refusal.error().error.hint(), "did you mean `other:get`?");
  two.messages = {{MessageKind::kSend, "counter:foo:inc"}};
  EXPECT_TRUE(plan(two));

  RunOptions one{.manifests = {manifest("counter.toml")}};
  one.messages = {{MessageKind::kSend, "foo:inc"}};
  EXPECT_TRUE(plan(one));
  one.messages = {{MessageKind::kSend, "conter:inc"}};
  EXPECT_FALSE(plan(one));
  // Another actor of the home may have that name, as long as the home is not open.
  EXPECT_TRUE(plan_run(one, reader_, random_));
}

TEST_F(RunPlan, RefusesAnInitialStateForAnUnknownName) {
  PlanFailure failure =
      refused({.manifests = {manifest("counter.toml")}, .inits = {"conter:{\"count\": 1}"}});
  EXPECT_EQ(failure.exit, Exit::kWrongUse);
  EXPECT_EQ(failure.error.message(), "--init: no actor `conter`; there is counter");
  EXPECT_EQ(failure.error.hint(), "did you mean `counter:{\"count\": 1}`?");
}

TEST_F(RunPlan, PutsIdsInForActorsNamedInMessages) {
  std::string file = put("text.txt", "{{actor.other}}");
  auto plan = planned({.manifests = {manifest("counter.toml"), manifest("other.toml")},
                       .messages = {{MessageKind::kSend, "peer {{actor.other}}"},
                                    {MessageKind::kRequest, "other:{{actor.counter}}"},
                                    {MessageKind::kSend, "@" + file}}});
  ASSERT_EQ(plan.messages.size(), 3u);
  EXPECT_EQ(as_text(plan.messages[0].payload), "peer " + plan.actors[1].id.to_string());
  EXPECT_EQ(as_text(plan.messages[1].payload), plan.actors[0].id.to_string());
  EXPECT_EQ(as_text(plan.messages[2].payload), "{{actor.other}}");
  PlanFailure failure = refused({.manifests = {manifest("counter.toml")},
                                 .messages = {{MessageKind::kSend, "{{actor.countr}}"}}});
  EXPECT_EQ(failure.exit, Exit::kWrongUse);
  EXPECT_EQ(failure.error.hint(), "did you mean {{actor.counter}}?");
}

TEST_F(RunPlan, PutsIdsInForActorsNamedInInitialStates) {
  auto plan = planned({.manifests = {manifest("counter.toml"), manifest("other.toml")},
                       .inits = {R"({"peer": "{{actor.other}}", "me": "{{actor.counter}}"})"}});
  EXPECT_EQ(state(plan, 0),
            fmt::format(R"({{"peer": "{}", "me": "{}"}})", plan.actors[1].id.to_string(),
                        plan.actors[0].id.to_string()));
  PlanFailure failure = refused({.manifests = {manifest("counter.toml"), manifest("other.toml")},
                                 .inits = {R"("{{actor.othr}}")"}});
  EXPECT_EQ(failure.exit, Exit::kWrongUse);
  EXPECT_EQ(failure.error.hint(), "did you mean {{actor.other}}?");
}

TEST_F(RunPlan, MergesInitOverTheManifestsState) {
  put("m/state.json", R"({"a": 1, "b": {"x": 1}, "c": 3})");
  put("m/manifest.toml",
      "name = \"m{{default a \\\"0\\\"}}\"\ncomponent = \"c.wasm\"\ninit_state = \"state.json\"\n");
  auto plan = planned({.manifests = {manifest("m", "m")}, .inits = {R"({"b": {"y": 2}, "d": 4})"}});
  EXPECT_EQ(state(plan, 0), R"({"a":1,"b":{"y":2},"c":3,"d":4})");
  plan = planned({.manifests = {manifest("m", "m")}, .inits = {"41"}});
  EXPECT_EQ(state(plan, 0), "41");
  plan = planned({.manifests = {manifest("m", "m")}});
  EXPECT_EQ(state(plan, 0), R"({"a": 1, "b": {"x": 1}, "c": 3})");
}

TEST_F(RunPlan, TakesAnyBytesFromAFile) {
  std::string opaque("\0{{actor.nobody\xff", 16);
  std::string file = put("state.bin", opaque);
  auto plan = planned({.manifests = {manifest("counter.toml")}, .inits = {"@" + file}});
  EXPECT_EQ(state(plan, 0), opaque);
  std::string json = put("state.json", R"([ "{{actor.counter}}" ])");
  plan = planned({.manifests = {manifest("counter.toml")}, .inits = {"@" + json}});
  EXPECT_EQ(state(plan, 0), fmt::format(R"([ "{}" ])", plan.actors[0].id.to_string()));
  PlanFailure failure = refused({.manifests = {manifest("counter.toml")}, .inits = {"text"}});
  EXPECT_EQ(failure.exit, Exit::kWrongUse);
  EXPECT_TRUE(failure.error.to_string().starts_with("--init for `counter` is no JSON: "));
}

TEST_F(RunPlan, FillsPlaceholdersOfTheManifestFromTheState) {
  put("t.toml",
      "name = \"t\"\ncomponent = \"c.wasm\"\n"
      "description = \"{{who.name}} {{default n \\\"7\\\"}} {{on}}\"\n");
  auto plan = planned(
      {.manifests = {manifest("t.toml")}, .inits = {R"({"who": {"name": "<&>"}, "on": true})"}});
  ASSERT_EQ(plan.actors.size(), 1u);
  EXPECT_EQ(plan.actors[0].manifest->description, "<&> 7 true");
}

TEST_F(RunPlan, TellsWrongUseFromFailure) {
  EXPECT_EQ(refused({.manifests = {manifest("counter.toml")}, .inits = {"{"}}).exit,
            Exit::kWrongUse);
  EXPECT_EQ(refused({.manifests = {manifest("counter.toml")}, .inits = {"1", "2"}}).exit,
            Exit::kWrongUse);
  EXPECT_EQ(refused({.manifests = {manifest("missing.toml")}}).exit, Exit::kFailed);
  EXPECT_EQ(refused({.manifests = {manifest("counter.toml")},
                     .messages = {{MessageKind::kSend, "@/no/such/file"}}})
                .exit,
            Exit::kFailed);
  put("bad.toml", "name = \"x\"\ncomponent = \"c.wasm\"\ninit_state = \"gone.json\"\n");
  PlanFailure failure = refused({.manifests = {manifest("bad.toml")}});
  EXPECT_EQ(failure.exit, Exit::kFailed);
  EXPECT_NE(failure.error.to_string().find("gone.json"), std::string::npos);
}

TEST_F(RunPlan, WordsForNobodyAreRefused) {
  RunOptions command;
  EXPECT_TRUE(planned(command).actors.empty());
  command.messages.push_back({MessageKind::kRequest, "hello"});
  EXPECT_NE(refused(command).error.message().find("this run has none"), std::string::npos);
  RunOptions with_state;
  with_state.inits.emplace_back("{}");
  EXPECT_EQ(refused(with_state).exit, Exit::kFailed);
}

}  // namespace theater::cli::run_plan_test
