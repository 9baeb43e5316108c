#include "theater/cli/commands/list.h"

#include "theater/cli/commands/grants.h"
#include "theater/cli/commands/message.h"
#include "theater/cli/commands/run.h"
#include "theater/cli/commands/start.h"
#include "theater/cli/commands/validate.h"
#include "theater/cli/testing/parsed.h"
#include "theater/cli/toolchain/new.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace theater::cli::list_test {

TEST(CommandLine, KeepsSendsAndRequestsInTheOrderGiven) {
  RunOptions run = parsed(
      kRunCommand, {"--request", "1", "a.toml", "--send", "2", "--send", "3", "--request", "4"});
  ASSERT_EQ(run.messages.size(), 4u);
  std::string texts;
  std::string kinds;
  for (const MessageArgument& message : run.messages) {
    texts += message.text;
    kinds += message.kind == MessageKind::kSend ? 's' : 'r';
  }
  EXPECT_EQ(texts, "1234");
  EXPECT_EQ(kinds, "rssr");
}

TEST(CommandLine, TakesValuesAsTheyAre) {
  RunOptions run = parsed(
      kRunCommand, {"a.toml", "--send", "[1,2]", "--send", "-5", "--send", "", "--send", "--json",
                    "--init", "{\"a\": [1, 2]}", "--send=x=y", "--send", "two words, a comma"});
  ASSERT_EQ(run.messages.size(), 6u);
  EXPECT_EQ(run.messages[0].text, "[1,2]");
  EXPECT_EQ(run.messages[1].text, "-5");
  EXPECT_EQ(run.messages[2].text, "");
  EXPECT_EQ(run.messages[3].text, "--json");
  EXPECT_EQ(run.messages[4].text, "x=y");
  EXPECT_EQ(run.messages[5].text, "two words, a comma");
  EXPECT_FALSE(run.json);
  ASSERT_EQ(run.inits.size(), 1u);
  EXPECT_EQ(run.inits[0], "{\"a\": [1, 2]}");
}

TEST(CommandLine, TakesAddressesWithAPinAsTheyAre) {
  RunOptions run = parsed(kRunCommand, {"https://h/a?b=c#sha256=00", "a=http://h/x=y",
                                        "--private-host", "h", "--private-host", "[::1]:8"});
  ASSERT_EQ(run.manifests.size(), 2u);
  EXPECT_EQ(run.manifests[0].name, "");
  EXPECT_EQ(run.manifests[0].path.string(), "https://h/a?b=c#sha256=00");
  EXPECT_EQ(run.manifests[1].name, "a");
  EXPECT_EQ(run.manifests[1].path.string(), "http://h/x=y");
  EXPECT_EQ(run.policy.private_hosts, (std::vector<std::string>{"h", "[::1]:8"}));
}

TEST(CommandLine, SplitsNamesFromManifestsAtTheFirstEquals) {
  RunOptions run = parsed(kRunCommand, {"a=x.toml", "y.toml", "./odd=name.toml", "b=c=d"});
  ASSERT_EQ(run.manifests.size(), 4u);
  EXPECT_EQ(run.manifests[0].name, "a");
  EXPECT_EQ(run.manifests[0].path, "x.toml");
  EXPECT_EQ(run.manifests[1].name, "");
  EXPECT_EQ(run.manifests[2].name, "");
  EXPECT_EQ(run.manifests[2].path, "./odd=name.toml");
  EXPECT_EQ(run.manifests[3].name, "b");
  EXPECT_EQ(run.manifests[3].path, "c=d");
}

TEST(CommandLine, ReadsThePolicy) {
  ValidateOptions validate = parsed(
      kValidateCommand, {"a.toml", "--grant", "env:A", "--policy", "p.toml", "--grant", "env:B,C"});
  EXPECT_EQ(validate.policy.grants, (std::vector<std::string>{"env:A", "env:B,C"}));
  EXPECT_EQ(validate.policy.policy, "p.toml");
  GrantsOptions grants = parsed(kGrantsCommand, {"a.toml", "--grant", "env:A", "--json"});
  EXPECT_EQ(grants.manifest, "a.toml");
  EXPECT_EQ(grants.policy.grants, (std::vector<std::string>{"env:A"}));
  EXPECT_TRUE(grants.json);
}

TEST(CommandLine, NamesTheNearestCommandAndOption) {
  EXPECT_EQ(refused({"rn"}).hint(), "did you mean `theater run`?");
  EXPECT_EQ(refused({"quux"}).hint(), "`theater help` lists the commands");
  Error error = refused({"run", "a.toml", "--requst", "x"});
  EXPECT_EQ(error.to_string(), "no option `--requst` in `theater run`");
  EXPECT_EQ(error.hint(), "did you mean `--request`?");
  EXPECT_EQ(refused({"validate", "a.toml", "--grnat=env"}).hint(), "did you mean `--grant`?");
}

TEST(CommandLine, RefusesWrongUse) {
  EXPECT_EQ(refused({}).to_string(), "missing argument COMMAND");
  EXPECT_EQ(refused({"inspect"}).to_string(), "missing argument FILE|ACTOR");
  EXPECT_EQ(refused({"inspect", "a", "b"}).to_string(), "unexpected argument `b`");
  EXPECT_EQ(refused({"run", "a.toml", "--send"}).to_string(), "option --send needs a value");
  EXPECT_EQ(refused({"run", "a.toml", "--home", "a", "--home", "b"}).to_string(),
            "option --home may stand only once");
  Error swallowed = refused({"run", "a.toml", "--send", "--request", "get"});
  EXPECT_EQ(swallowed.to_string(), "option --send needs a value before --request");
  EXPECT_EQ(swallowed.hint(), "if that is its value, write --send=--request");
  RunOptions dashes = parsed(kRunCommand, {"a.toml", "--send=--request", "--send", "-x"});
  ASSERT_EQ(dashes.messages.size(), 2u);
  EXPECT_EQ(dashes.messages[0].text, "--request");
  EXPECT_EQ(refused({"run", "a", "--log-level", "loud"}).to_string(),
            "no log level `loud`: choose from debug, info, warn, error, off");
}

TEST(CommandLine, GivesShortAndLongHelp) {
  std::string brief = printed({"run", "-h"});
  std::string whole = printed({"run", "--help"});
  EXPECT_EQ(brief.find("Examples:"), std::string::npos);
  EXPECT_NE(whole.find("Examples:"), std::string::npos);
  EXPECT_NE(brief.find("--request"), std::string::npos);
  EXPECT_EQ(printed({"help", "run"}), whole);
  EXPECT_EQ(printed({"help"}), overview());
  EXPECT_EQ(printed({"--help"}), overview());
  EXPECT_EQ(refused({"help", "rnu"}).hint(), "did you mean `theater run`?");
}

TEST(CommandLine, NewTakesATemplateAndALanguage) {
  NewOptions made = parsed(kNewCommand, {"a/tally"});
  EXPECT_EQ(made.folder, "a/tally");
  EXPECT_EQ(made.shape->name, "basic");
  EXPECT_EQ(made.language, GuestLanguage::kCpp);
  made = parsed(kNewCommand, {"-t", "supervisor", "--language", "js", "team", "--json"});
  EXPECT_EQ(made.shape->name, "supervisor");
  EXPECT_EQ(made.language, GuestLanguage::kJavaScript);
  EXPECT_TRUE(made.json);
  EXPECT_EQ(refused({"new"}).message(), "missing argument NAME");
  EXPECT_EQ(refused({"new", "a", "-t", "basics"}).message(),
            "no template `basics`: did you mean `basic`? Choose from basic, http-server, "
            "message-server, supervisor");
  EXPECT_EQ(refused({"new", "a", "--language", "cobol"}).message(),
            "no language `cobol`: choose from cpp, rust, js");
}

TEST(CommandLine, HelpStaysWithinEightyColumns) {
  for (const Command& command : commands()) {
    std::vector<std::string> words = {"help"};
    std::istringstream name{std::string(command.help.name)};
    for (std::string word; name >> word;)
      words.push_back(word);
    std::istringstream page(printed(words));
    for (std::string line; std::getline(page, line);) {
      auto columns =
          std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xc0) != 0x80; });
      EXPECT_LE(columns, 80) << command.help.name << ": " << line;
    }
  }
}

TEST(CommandLine, AnOptionStandsOnlyOnce) {
  EXPECT_EQ(refused({"log", "list", "--home", "a", "--home", "b"}).to_string(),
            "option --home may stand only once");
}

TEST(CommandLine, AnAliasIsTheCommand) {
  EXPECT_EQ(printed({"help", "ps"}), printed({"help", "list"}));
  EXPECT_NE(printed({"ps", "-h"}).find("Alias: theater ps"), std::string::npos);
  EXPECT_EQ(refused({"ps", "--stat", "Idle"}).hint(), "did you mean `--state`?");
  EXPECT_EQ(overview().find("\n  ps "), std::string::npos);
}

TEST(CommandLine, StartTakesTheNamesOfOtherTheatersToo) {
  StartOptions start = parsed(
      kStartCommand, {"m", "-i", "7", "-p", "-s", "-u", "-a", "unix:/s", "--grant", "random"});
  EXPECT_EQ(start.sources.manifest, "m");
  EXPECT_EQ(start.sources.init, "7");
  EXPECT_TRUE(start.wait && start.follow && start.signals);
  EXPECT_EQ(start.server.server, "unix:/s");
  EXPECT_EQ(start.sources.grants, std::vector<std::string>{"random"});
  start = parsed(kStartCommand, {"m", "--initial-state", "7", "--parent", "--subscribe",
                                 "--unix-signals", "--address", "unix:/s"});
  EXPECT_EQ(start.sources.init, "7");
  EXPECT_TRUE(start.wait && start.follow && start.signals);
  EXPECT_EQ(start.server.server, "unix:/s");
  for (const char* hidden : {"--address", "--subscribe", "--parent", "--unix-signals", " -i"})
    EXPECT_EQ(printed({"help", "start"}).find(hidden), std::string::npos) << hidden;
}

TEST(CommandLine, StartRefusesStatesThatContradict) {
  EXPECT_EQ(refused({"start", "m", "--init", "7", "--state", "f"}).to_string(),
            "--init and --state both give the state: leave one out");
  EXPECT_TRUE(
      refused({"start", "m", "--init", "x y"}).to_string().starts_with("--init is no JSON"));
  EXPECT_EQ(parsed(kStartCommand, {"m", "--init", "@file"}).sources.init, "@file");
}

TEST(CommandLine, MessagesAreTakenAsTheyAre) {
  EXPECT_EQ(parsed(kSendCommand, {"a", "-"}).message, "-");
  EXPECT_EQ(parsed(kRequestCommand, {"a", ""}).message, "");
  EXPECT_EQ(parsed(kRequestCommand, {"a", "{\"x\": [1, 2]}"}).message, "{\"x\": [1, 2]}");
  EXPECT_EQ(parsed(kRequestCommand, {"a", "b", "--deadline", "2s"}).deadline_ms, 2000u);
  for (const char* wrong : {"0", "2h", "x", "-1"})
    EXPECT_NE(refused({"request", "a", "b", "--deadline", wrong}).to_string().find("--deadline"),
              std::string::npos);
  EXPECT_EQ(refused({"events", "a", "--limit", "0"}).to_string(),
            "--limit needs a number from 1 on, not `0`");
}

TEST(CommandLine, AGroupNeedsACommand) {
  EXPECT_EQ(refused({"store"}).to_string(), "missing argument COMMAND");
  EXPECT_EQ(refused({"store"}).hint(), "`theater help store` lists the commands");
  EXPECT_EQ(refused({"store", "gt"}).hint(), "did you mean `theater store get`?");
  EXPECT_EQ(refused({"store", "quux"}).hint(), "`theater help store` lists the commands");
}

}  // namespace theater::cli::list_test
