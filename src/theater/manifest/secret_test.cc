#include "theater/manifest/secret.h"

#include "theater/base/file.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/manifest/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace theater::secret_test {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr std::string_view kDigest =
    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

std::string with_secret(std::string_view lines) {
  return fmt::format("[[secret]]\n{}\n", lines);
}

// The least rule, with more lines.
std::string least(std::string_view lines = "") {
  return with_secret(fmt::format(
      "name = \"openai\"\nfile = \"/run/secrets/openai\"\nhosts = [\"api.openai.com\"]\n"
      "actors = [\"agent\"]\n{}",
      lines));
}

Result<Policy> parse(std::string_view text) {
  return Policy::parse(text, "p.toml", "/base");
}

SecretRule rule_of(std::string_view text) {
  Result<Policy> policy = parse(text);
  EXPECT_TRUE(policy) << policy.error().message();
  if (!policy || policy->secrets().size() != 1) return {};
  return policy->secrets().front();
}

std::string complaint_of(std::string_view text) {
  Result<Policy> policy = parse(text);
  return policy ? "" : policy.error().message();
}

TEST(Secret, HasDefaultsForABearerToken) {
  SecretRule rule = rule_of(least());
  EXPECT_EQ(rule.name, "openai");
  EXPECT_EQ(rule.source, (SecretSource{SecretSource::Kind::kFile, "/run/secrets/openai"}));
  EXPECT_EQ(rule.hosts, (std::vector<HostPattern>{{"api.openai.com", 443}}));
  EXPECT_TRUE(rule.methods.is_unrestricted());
  EXPECT_EQ(rule.paths, std::vector<std::string>{"/"});
  EXPECT_EQ(rule.header, "Authorization");
  EXPECT_EQ(rule.formatted("x"), "Bearer x");
  EXPECT_EQ(rule.actors, std::vector<std::string>{"agent"});
  EXPECT_TRUE(rule.components.empty());
  EXPECT_EQ(rule.variable, "");
  EXPECT_EQ(rule.placeholder, "theater-{40}");
  EXPECT_TRUE(rule.authorities.empty());
  EXPECT_TRUE(parse("")->secrets().empty());
}

TEST(Secret, ReadsEverySetting) {
  SecretRule rule = rule_of(with_secret(fmt::format(
      "name = \"model\"\nenvironment = \"MODEL_KEY\"\nvariable = \"OPENAI_API_KEY\"\n"
      "hosts = [\"API.example.org:8443\", \"[0:0::1]\", \"127.0.0.1:80\"]\nmethods = [\"POST\"]\n"
      "paths = [\"/v1/\", \"/v2/chat\"]\nheader = \"x-api-key\"\nformat = \"{{}}\"\n"
      "components = [\"sha256:{0}\", \"{0}\"]\nactors = [\"a b\"]\nplaceholder = \"sk-{{48}}\"\n"
      "ca = \"ca.pem\"",
      kDigest)));
  EXPECT_EQ(rule.source, (SecretSource{SecretSource::Kind::kEnvironment, "MODEL_KEY"}));
  EXPECT_EQ(rule.hosts, (std::vector<HostPattern>{
                            {"api.example.org", 8443}, {"[::1]", 443}, {"127.0.0.1", 80}}));
  EXPECT_EQ(rule.methods, NameList({{"POST"}}));
  EXPECT_EQ(rule.paths, (std::vector<std::string>{"/v1", "/v2/chat"}));
  EXPECT_EQ(rule.header, "X-Api-Key");
  EXPECT_EQ(rule.formatted("x"), "x");
  EXPECT_EQ(rule.components, std::vector<Hash>(2, *Hash::parse(kDigest)));
  EXPECT_EQ(rule.placeholder, "sk-{48}");
  EXPECT_EQ(rule.authorities, "/base/ca.pem");
  for (const char* name : {"MODEL_KEY", "OPENAI_API_KEY"})
    EXPECT_TRUE(rule.hides(name)) << name;
  EXPECT_FALSE(rule.hides("PATH"));
  EXPECT_FALSE(rule.hides(""));
}

TEST(Secret, OfAVariableShowsItsPlaceholderThere) {
  SecretRule rule = rule_of(
      with_secret("name = \"x\"\nenvironment = \"X_KEY\"\nhosts = [\"x.org\"]\nactors = [\"a\"]"));
  EXPECT_EQ(rule.variable, "X_KEY");
}

TEST(Secret, ReportsEverythingThatIsWrongWithItsPlace) {
  EXPECT_EQ(
      complaint_of("[[secret]]\nname = \"a b\"\nfile = \"/x\"\ncredential = \"y\"\n"
                   "hosts = [\"*.example.org\"]\nheadr = \"X\"\nformat = \"Bearer\"\n"),
      "p.toml:1:1: `actors` is missing in [[secret]]: the actors that may have it: names that you "
      "give at the start, as in actors = [\"agent\"], or components by their digests, as in "
      "components = [\"sha256:…\"]\n"
      "p.toml:2:8: `name` in [[secret]]: `a b`: a name has 1 to 64 letters, digits, dashes, dots "
      "and underscores, and no dot at its start\n"
      "p.toml:3:8: `file` in [[secret]]: a secret has one source: keep one of `file`, "
      "`environment` and `credential`\n"
      "p.toml:5:9: `hosts` in [[secret]]: `*.example.org`: name one host, such as api.example.org "
      "or [::1]:8443; no pattern stands for several\n"
      "p.toml:6:1: unknown key `headr` in [[secret]]; did you mean `header`? Known keys: name, "
      "file, environment, credential, hosts, methods, paths, header, format, components, actors, "
      "variable, placeholder, ca\n"
      "p.toml:7:10: `format` in [[secret]]: `Bearer`: a format has `{}` once, for the secret, and "
      "up to 256 visible characters, as in \"Bearer {}\"");
}

TEST(Secret, NeedsANameASourceHostsAndActors) {
  std::string said = complaint_of("[[secret]]\n");
  for (const char* what :
       {"`name` is missing", "`file` is missing", "`hosts` is missing", "`actors` is missing"})
    EXPECT_THAT(said, HasSubstr(what));
  EXPECT_THAT(complaint_of(with_secret("name = \"x\"\nfile = \"/x\"\nhosts = []\nactors = []")),
              HasSubstr("it is empty; list the hosts"));
  EXPECT_THAT(complaint_of("secret = 1\n"), HasSubstr("an array of tables, written [[secret]]"));
}

TEST(Secret, TakesNoValueThatCouldBeReadInTwoWays) {
  for (const char* line : {"header = \"Host\"",
                           "header = \"a b\"",
                           "format = \"{} {}\"",
                           "format = \"x\\n{}\"",
                           "format = \" {}\"",
                           "format = \"é{}\"",
                           "methods = []",
                           "paths = []",
                           "paths = [\"v1\"]",
                           "paths = [\"/v1/../x\"]",
                           "paths = [\"/a?b\"]",
                           "paths = [\"/a%2fb\"]",
                           "paths = [\"/a//b\"]",
                           "variable = \"A=B\"",
                           "variable = \"\"",
                           "placeholder = \"sk-\"",
                           "placeholder = \"{15}\"",
                           "placeholder = \"{300}\"",
                           "placeholder = \"{20}{20}\"",
                           "placeholder = \"a b{20}\"",
                           "placeholder = \"}{20\"",
                           "placeholder = \"{-20}\"",
                           "components = [\"sha256:12\"]",
                           "ca = \"\""}) {
    EXPECT_NE(complaint_of(least(line)), "") << line;
  }
  for (const char* line :
       {"hosts = [\"*\"]", "hosts = [\"*.a.org\"]", "hosts = [\"[::g]\"]", "hosts = [\"a.org:0\"]",
        "actors = [\"a/b\"]", "actors = [\"*\"]", "actors = [\"\"]"}) {
    std::string_view key = std::string_view(line).substr(0, std::string_view(line).find(' '));
    std::string rest = key == "hosts" ? "actors = [\"a\"]" : "hosts = [\"a.org\"]";
    EXPECT_NE(
        complaint_of(with_secret(fmt::format("name = \"x\"\nfile = \"/x\"\n{}\n{}", line, rest))),
        "")
        << line;
  }
}

TEST(Secret, HasANameAndVariablesOfItsOwn) {
  std::string two = least("variable = \"KEY\"") + least("variable = \"KEY\"");
  std::string said = complaint_of(two);
  EXPECT_THAT(said, HasSubstr("p.toml:8:8: `name` in [[secret]]: the secret in line 1 has the name "
                              "`openai` already; give each its own"));
  EXPECT_THAT(said, HasSubstr("`variable` in [[secret]]: the secret in line 1 has the variable "
                              "`KEY` already"));
  EXPECT_THAT(complaint_of(least("variable = \"KEY\"") +
                           with_secret("name = \"b\"\nenvironment = \"KEY\"\nhosts = [\"b.org\"]\n"
                                       "actors = [\"b\"]")),
              HasSubstr("`environment` in [[secret]]: the secret in line 1"));
}

TEST(Secret, KeepsItsFileOutOfGrantedFolders) {
  std::string grant = "[grant.filesystem]\npaths = [\"/run\"]\nread = true\n";
  EXPECT_THAT(complaint_of(grant + least()),
              HasSubstr("`file` in [[secret]]: the grants of this policy let actors reach "
                        "/run/secrets/openai; keep it outside the granted folders"));
  EXPECT_EQ(complaint_of(grant + "denied = [\"/run/secrets\"]\n" + least()), "");
  EXPECT_EQ(complaint_of("[grant.filesystem]\npaths = [\"/run\"]\n" + least()), "");
  Policy policy = *parse(least());
  EXPECT_TRUE(policy.add_grant("filesystem:paths=/data;read", "/"));
  Result<void> added = policy.add_grant("filesystem:paths=/run;read", "/");
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().message(),
            "actors could reach /run/secrets/openai, the file of the secret `openai`");
  EXPECT_FALSE(policy.add_grant("filesystem:read", "/"));
}

TEST(Secret, IsWithinReachByALinkToo) {
  TemporaryFolder folder;
  fs::create_directories(folder.path() / "real");
  fs::create_directory_symlink(folder.path() / "real", folder.path() / "link");
  ASSERT_TRUE(write_file(folder.path() / "real" / "key", as_bytes("x")));
  auto reach = [&](const char* file, const char* granted) {
    Permissions permissions;
    permissions.file_system.emplace().paths = PathList({{(folder.path() / granted).string()}});
    permissions.file_system->denied = DeniedPaths::unrestricted();
    permissions.file_system->read = true;
    return is_within_reach(folder.path() / file, permissions);
  };
  EXPECT_TRUE(reach("link/key", "real"));
  EXPECT_TRUE(reach("real/key", "link"));
  EXPECT_TRUE(reach("link/key", "link"));
  EXPECT_FALSE(reach("real/key", "other"));
}

TEST(Secret, KeepsThePolicyFileOutOfGrantedFoldersToo) {
  TemporaryFolder folder;
  fs::path file = folder.path() / "policy.toml";
  ASSERT_TRUE(write_file(file, as_bytes(least())));
  Policy policy = *Policy::read(file);
  Result<void> added =
      policy.add_grant(fmt::format("filesystem:paths={};read", folder.path().string()), "/");
  ASSERT_FALSE(added);
  EXPECT_THAT(added.error().message(), HasSubstr("could reach the policy file"));
}

TEST(Secret, OfACredentialIsInTheFolderOfSystemd) {
  SecretSource source{SecretSource::Kind::kCredential, "key"};
  ::unsetenv("CREDENTIALS_DIRECTORY");
  EXPECT_EQ(secret_file(source), std::nullopt);
  ::setenv("CREDENTIALS_DIRECTORY", "/run/credentials/theater", 1);
  EXPECT_EQ(secret_file(source), "/run/credentials/theater/key");
  ::unsetenv("CREDENTIALS_DIRECTORY");
}

}  // namespace theater::secret_test
