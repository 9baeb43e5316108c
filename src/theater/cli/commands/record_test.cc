#include "theater/cli/commands/list.h"
#include "theater/cli/commands/log.h"
#include "theater/cli/commands/log_export.h"
#include "theater/cli/commands/log_show.h"
#include "theater/cli/commands/replay.h"
#include "theater/cli/commands/run.h"
#include "theater/cli/commands/verify.h"
#include "theater/cli/testing/parsed.h"

#include <gtest/gtest.h>

namespace theater::cli::record_test {

TEST(RecordCommands, EachCommandOfTheLogTakesItsOptions) {
  LogListOptions list = parsed(kLogListCommand, {"--home", "h", "--json"});
  EXPECT_EQ(list.home, "h");
  EXPECT_TRUE(list.json);

  LogShowOptions show =
      parsed(kLogShowCommand, {"ab12", "--from", "18446744073709551615", "--follow"});
  EXPECT_EQ(show.actor, "ab12");
  EXPECT_EQ(show.from, UINT64_MAX);
  EXPECT_TRUE(show.follow);
  EXPECT_FALSE(show.json);
  EXPECT_EQ(show.home, "");
  EXPECT_EQ(parsed(kLogShowCommand, {"a"}).from, std::nullopt);

  EXPECT_EQ(parsed(kLogHeadCommand, {}).actor, "");
  EXPECT_EQ(parsed(kLogHeadCommand, {"counter", "--home=h"}).actor, "counter");
  EXPECT_TRUE(parsed(kLogKeyCommand, {"--json"}).json);
}

TEST(RecordCommands, AnExportNeedsAnActorAndAFile) {
  LogExportOptions command = parsed(
      kLogExportCommand, {"counter", "-o", "a b", "--since", "kept", "--home", "h", "--json"});
  EXPECT_EQ(command.actor, "counter");
  EXPECT_EQ(command.output, "a b");
  EXPECT_EQ(command.since, "kept");
  EXPECT_EQ(command.home, "h");
  EXPECT_TRUE(command.json);
  EXPECT_EQ(parsed(kLogExportCommand, {"--output=f", "c"}).output, "f");
  EXPECT_EQ(refused({"log", "export", "-o", "f"}).to_string(), "missing argument ACTOR");
  EXPECT_EQ(refused({"log", "export", "counter"}).to_string(), "missing option -o FILE");
}

TEST(RecordCommands, AProofIsOfOneEvent) {
  LogProofOptions proof = parsed(kLogProofCommand, {"counter", "12"});
  EXPECT_EQ(proof.actor, "counter");
  EXPECT_EQ(proof.seq, 12U);
  for (const char* seq : {"", "x", "-1", "1x", "18446744073709551616"})
    EXPECT_EQ(refused({"log", "proof", "counter", seq}).code(), ErrorCode::kInvalidArgument) << seq;
  EXPECT_EQ(refused({"log", "proof", "counter"}).to_string(), "missing argument SEQ");
  EXPECT_EQ(refused({"log", "proof", "a", "1", "2"}).to_string(), "unexpected argument `2`");
  EXPECT_EQ(parsed(kLogCheckpointCommand, {"--since", "k"}).since, "k");
  EXPECT_TRUE(parsed(kLogSizeCommand, {"--json"}).json);
}

TEST(RecordCommands, VerifyTakesSeveralCheckpoints) {
  VerifyOptions verify = parsed(
      kVerifyCommand, {"--checkpoint", "a", "counter", "--checkpoint", "b c", "--key", "k+1+AQ=="});
  EXPECT_EQ(verify.subject, "counter");
  EXPECT_EQ(verify.checkpoints, (std::vector<std::filesystem::path>{"a", "b c"}));
  EXPECT_EQ(verify.key, "k+1+AQ==");
  EXPECT_EQ(parsed(kVerifyCommand, {}).subject, "");
}

TEST(RecordCommands, VerifyComparesTwoActorsOrAll) {
  VerifyOptions verify = parsed(kVerifyCommand, {"--between", "a", "b", "copy"});
  EXPECT_EQ(verify.between, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(verify.subject, "copy");
  EXPECT_TRUE(parsed(kVerifyCommand, {"--messages"}).messages);
  EXPECT_EQ(refused({"verify", "--between", "a"}).to_string(), "option --between needs two values");
  EXPECT_EQ(refused({"verify", "--between", "a", "b", "--messages"}).to_string(),
            "--between and --messages exclude each other");
}

TEST(RecordCommands, ReplayTakesPositionAndComponent) {
  ReplayOptions replay =
      parsed(kReplayCommand, {"counter", "--until", "0", "--state", "--component", "x.wasm"});
  EXPECT_EQ(replay.actor, "counter");
  EXPECT_EQ(replay.until, 0u);
  EXPECT_TRUE(replay.state);
  EXPECT_EQ(replay.component, "x.wasm");
  EXPECT_EQ(parsed(kReplayCommand, {"counter"}).until, std::nullopt);
}

TEST(RecordCommands, RunTakesAHome) {
  EXPECT_EQ(parsed(kRunCommand, {"a.toml", "--home", "h"}).home, "h");
  EXPECT_EQ(parsed(kRunCommand, {"a.toml"}).home, "");
}

TEST(RecordCommands, RefusesWrongUse) {
  EXPECT_EQ(refused({"log"}).to_string(), "missing argument COMMAND");
  EXPECT_EQ(refused({"log", "sho"}).hint(), "did you mean `theater log show`?");
  EXPECT_EQ(refused({"log", "quux"}).to_string(), "no command `log quux`");
  EXPECT_EQ(refused({"log", "--jsn"}).to_string(), "no option `--jsn` in `theater log`");
  EXPECT_EQ(refused({"log", "show"}).to_string(), "missing argument ACTOR");
  EXPECT_EQ(refused({"log", "show", "a", "--form", "1"}).hint(), "did you mean `--from`?");
  EXPECT_EQ(refused({"log", "list", "a"}).to_string(), "unexpected argument `a`");
  EXPECT_EQ(refused({"replay"}).to_string(), "missing argument ACTOR");
  EXPECT_EQ(refused({"verify", "a", "b"}).to_string(), "unexpected argument `b`");
}

TEST(RecordCommands, RefusesAPositionThatIsNone) {
  for (const char* word : {"", "x", "1x", " 1", "+1", "0x1", "18446744073709551616"}) {
    Error error = refused({"replay", "a", "--until", word});
    EXPECT_EQ(error.message().find("--until needs the position of an event"), 0u) << word;
  }
  EXPECT_EQ(refused({"replay", "a", "--until=-1"}).code(), ErrorCode::kInvalidArgument);
}

TEST(RecordCommands, HelpListsTheCommandsOfTheLog) {
  std::string whole = printed({"log", "--help"});
  for (const char* name : {"log list", "log show", "log head", "log key", "log export", "log proof",
                           "log checkpoint", "log size"}) {
    EXPECT_NE(whole.find(name), std::string::npos) << name;
  }
  EXPECT_EQ(printed({"help", "log"}), whole);
  std::string show = printed({"help", "log", "show"});
  EXPECT_EQ(printed({"log", "show", "--help"}), show);
  EXPECT_NE(show.find("--follow"), std::string::npos);
  EXPECT_EQ(overview().find("log show"), std::string::npos);
  EXPECT_NE(overview().find("  log "), std::string::npos);
}

}  // namespace theater::cli::record_test
