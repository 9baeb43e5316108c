#include "theater/cli/arguments.h"
#include "theater/cli/testing/parsed.h"

#include <gtest/gtest.h>

namespace theater::cli::arguments_log_test {

TEST(LogArguments, EachCommandOfTheLogTakesItsOptions) {
  LogListCommand list = parsed<LogListCommand>({"log", "list", "--home", "h", "--json"});
  EXPECT_EQ(list.home, "h");
  EXPECT_TRUE(list.json);

  LogShowCommand show =
      parsed<LogShowCommand>({"log", "show", "ab12", "--from", "18446744073709551615", "--follow"});
  EXPECT_EQ(show.actor, "ab12");
  EXPECT_EQ(show.from, UINT64_MAX);
  EXPECT_TRUE(show.follow);
  EXPECT_FALSE(show.json);
  EXPECT_EQ(show.home, "");
  EXPECT_EQ(parsed<LogShowCommand>({"log", "show", "a"}).from, std::nullopt);

  EXPECT_EQ(parsed<LogHeadCommand>({"log", "head"}).actor, "");
  EXPECT_EQ(parsed<LogHeadCommand>({"log", "head", "counter", "--home=h"}).actor, "counter");
  EXPECT_TRUE(parsed<LogKeyCommand>({"log", "key", "--json"}).json);
}

TEST(LogArguments, AnExportNeedsAnActorAndAFile) {
  LogExportCommand command = parsed<LogExportCommand>(
      {"log", "export", "counter", "-o", "a b", "--since", "kept", "--home", "h", "--json"});
  EXPECT_EQ(command.actor, "counter");
  EXPECT_EQ(command.output, "a b");
  EXPECT_EQ(command.since, "kept");
  EXPECT_EQ(command.home, "h");
  EXPECT_TRUE(command.json);
  EXPECT_EQ(parsed<LogExportCommand>({"log", "export", "--output=f", "c"}).output, "f");
  EXPECT_EQ(refused({"log", "export", "-o", "f"}).to_string(), "which actor?");
  EXPECT_EQ(refused({"log", "export", "counter"}).to_string(), "into which file? -o FILE");
}

TEST(LogArguments, AProofIsOfOneEvent) {
  LogProofCommand proof = parsed<LogProofCommand>({"log", "proof", "counter", "12"});
  EXPECT_EQ(proof.actor, "counter");
  EXPECT_EQ(proof.seq, 12U);
  for (const char* seq : {"", "x", "-1", "1x", "18446744073709551616"})
    EXPECT_EQ(refused({"log", "proof", "counter", seq}).code(), ErrorCode::kInvalidArgument) << seq;
  EXPECT_EQ(refused({"log", "proof", "counter"}).to_string(), "which event of which actor?");
  EXPECT_EQ(refused({"log", "proof", "a", "1", "2"}).to_string(), "which event of which actor?");
  EXPECT_EQ(parsed<LogCheckpointCommand>({"log", "checkpoint", "--since", "k"}).since, "k");
  EXPECT_TRUE(parsed<LogSizeCommand>({"log", "size", "--json"}).json);
}

TEST(LogArguments, VerifyTakesSeveralCheckpoints) {
  VerifyCommand verify = parsed<VerifyCommand>(
      {"verify", "--checkpoint", "a", "counter", "--checkpoint", "b c", "--key", "k+1+AQ=="});
  EXPECT_EQ(verify.subject, "counter");
  EXPECT_EQ(verify.checkpoints, (std::vector<std::filesystem::path>{"a", "b c"}));
  EXPECT_EQ(verify.key, "k+1+AQ==");
  EXPECT_EQ(parsed<VerifyCommand>({"verify"}).subject, "");
}

TEST(LogArguments, VerifyComparesTwoActorsOrAll) {
  VerifyCommand verify = parsed<VerifyCommand>({"verify", "--between", "a", "b", "copy"});
  EXPECT_EQ(verify.between, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(verify.subject, "copy");
  EXPECT_TRUE(parsed<VerifyCommand>({"verify", "--messages"}).messages);
  EXPECT_EQ(refused({"verify", "--between", "a"}).to_string(), "option --between needs two values");
  EXPECT_EQ(refused({"verify", "--between", "a", "b", "--messages"}).to_string(),
            "--between or --messages: which?");
}

TEST(LogArguments, ReplayTakesPositionAndComponent) {
  ReplayCommand replay = parsed<ReplayCommand>(
      {"replay", "counter", "--until", "0", "--state", "--component", "x.wasm"});
  EXPECT_EQ(replay.actor, "counter");
  EXPECT_EQ(replay.until, 0u);
  EXPECT_TRUE(replay.state);
  EXPECT_EQ(replay.component, "x.wasm");
  EXPECT_EQ(parsed<ReplayCommand>({"replay", "counter"}).until, std::nullopt);
}

TEST(LogArguments, RunTakesAHome) {
  EXPECT_EQ(parsed<RunCommand>({"run", "a.toml", "--home", "h"}).home, "h");
  EXPECT_EQ(parsed<RunCommand>({"run", "a.toml"}).home, "");
}

TEST(LogArguments, RefusesWrongUse) {
  EXPECT_EQ(refused({"log"}).to_string(),
            "list, show, head, key, export, proof, checkpoint or size?");
  EXPECT_EQ(refused({"log", "sho"}).hint(), "did you mean `theater log show`?");
  EXPECT_EQ(refused({"log", "quux"}).to_string(), "no command `log quux`");
  EXPECT_EQ(refused({"log", "--jsn"}).to_string(), "no option `--jsn` in `theater log`");
  EXPECT_EQ(refused({"log", "show"}).to_string(), "which actor?");
  EXPECT_EQ(refused({"log", "show", "a", "--form", "1"}).hint(), "did you mean `--from`?");
  EXPECT_EQ(refused({"log", "list", "a"}).to_string(), "unexpected argument `a`");
  EXPECT_EQ(refused({"replay"}).to_string(), "which actor?");
  EXPECT_EQ(refused({"verify", "a", "b"}).to_string(), "unexpected argument `b`");
}

TEST(LogArguments, RefusesAPositionThatIsNone) {
  for (const char* word : {"", "x", "1x", " 1", "+1", "0x1", "18446744073709551616"}) {
    Error error = refused({"replay", "a", "--until", word});
    EXPECT_EQ(error.message().find("--until takes the position of an event"), 0u) << word;
  }
  EXPECT_EQ(refused({"replay", "a", "--until=-1"}).code(), ErrorCode::kInvalidArgument);
}

TEST(LogArguments, HelpListsTheCommandsOfTheLog) {
  std::string whole = parsed<HelpCommand>({"log", "--help"}).text;
  for (const char* name : {"log list", "log show", "log head", "log key", "log export", "log proof",
                           "log checkpoint", "log size"}) {
    EXPECT_NE(whole.find(name), std::string::npos) << name;
  }
  EXPECT_EQ(parsed<HelpCommand>({"help", "log"}).text, whole);
  std::string show = parsed<HelpCommand>({"help", "log", "show"}).text;
  EXPECT_EQ(parsed<HelpCommand>({"log", "show", "--help"}).text, show);
  EXPECT_NE(show.find("--follow"), std::string::npos);
  EXPECT_EQ(overview().find("log show"), std::string::npos);
  EXPECT_NE(overview().find("  log "), std::string::npos);
}

}  // namespace theater::cli::arguments_log_test
