#include "theater/handlers/environment/environment_handler.h"

#include "theater/handlers/testing/handler_fixture.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace theater::environment_handler_test {

using Value = std::optional<std::string>;
using List = std::vector<std::tuple<std::string, std::string>>;
using testing::HandlerFixture;

constexpr const char* kTexts[] = {"HOME=/home/x", "APP_MODE=fast",   "APP_KEY=secret",
                                  "APP_=x",       "EMPTY=",          "EQUATION=a=b",
                                  "BYTES=a\xff",  "BAD\xff=hidden",  "=nameless",
                                  "nothing",      "HOME=the second", nullptr};

TEST(HostVariables, AreReadFromTexts) {
  HostVariables variables(kTexts);
  EXPECT_EQ(*variables.find("HOME"), "/home/x");
  EXPECT_EQ(*variables.find("EMPTY"), "");
  EXPECT_EQ(*variables.find("EQUATION"), "a=b");
  for (const char* name : {"", "nothing", "nameless", "home", "HOME=", "APP"})
    EXPECT_EQ(variables.find(name), nullptr) << name;
  EXPECT_EQ(variables.find(std::string_view("HOME\0x", 6)), nullptr);
  EXPECT_EQ(variables.all().size(), 8u);
  EXPECT_TRUE(HostVariables(nullptr).all().empty());
}

TEST(HostVariables, AreThoseThatTheProcessHadThen) {
  ::setenv("THEATER_HOST_VARIABLES_TEST", "before", 1);
  HostVariables variables = HostVariables::of_process();
  ::setenv("THEATER_HOST_VARIABLES_TEST", "after", 1);
  EXPECT_EQ(*variables.find("THEATER_HOST_VARIABLES_TEST"), "before");
  ::unsetenv("THEATER_HOST_VARIABLES_TEST");
}

struct EnvironmentHandlerTest : ::testing::Test, HandlerFixture {
  EnvironmentHandlerTest()
      : HandlerFixture(std::make_unique<EnvironmentHandler>(HostVariables(kTexts))) {}

  void allow(EnvironmentNames names, bool list_all = false) {
    permissions.environment = EnvironmentPermissions{std::move(names), list_all};
  }
  // A secret of the operator with the variable, which the actor holds or does not.
  void declare(std::string variable, SecretSource source, bool holds_it) {
    SecretRule rule;
    rule.name = "s";
    rule.source = std::move(source);
    rule.variable = std::move(variable);
    declared_secrets = {rule};
    if (holds_it) secrets = ActorSecrets({{rule, "placeholder"}});
  }
  Value value(std::string name) { return call<Value>("get-var", name); }
  bool exists(std::string name) { return call<bool>("exists", name); }
  List list() { return call<List>("list-vars"); }
};

TEST_F(EnvironmentHandlerTest, NothingIsSeenWithoutAGrant) {
  EXPECT_EQ(value("HOME"), std::nullopt);
  EXPECT_EQ(refused, "environment:vars=HOME");
  EXPECT_FALSE(exists("HOME"));
  EXPECT_EQ(refused, "environment:vars=HOME");
  EXPECT_EQ(list(), List());
  EXPECT_EQ(refused, "environment:vars=;list-all");
}

TEST_F(EnvironmentHandlerTest, AVariableIsSeenByItsName) {
  allow(EnvironmentNames({"HOME", "EMPTY", "UNSET"}, {}, {}));
  EXPECT_EQ(value("HOME"), "/home/x");
  EXPECT_EQ(value("EMPTY"), "");
  EXPECT_EQ(value("UNSET"), std::nullopt);
  EXPECT_FALSE(refused);
  EXPECT_TRUE(exists("HOME"));
  EXPECT_TRUE(exists("EMPTY"));
  EXPECT_FALSE(exists("UNSET"));
  EXPECT_FALSE(refused);
  EXPECT_EQ(value("APP_MODE"), std::nullopt);
  EXPECT_EQ(refused, "environment:vars=APP_MODE");
}

TEST_F(EnvironmentHandlerTest, PrefixesAndDenialsCount) {
  allow(EnvironmentNames({}, {"APP_"}, {"APP_KEY"}));
  EXPECT_EQ(value("APP_MODE"), "fast");
  EXPECT_EQ(value("APP_"), "x");
  EXPECT_FALSE(refused);
  EXPECT_EQ(value("APP_KEY"), std::nullopt);
  EXPECT_EQ(refused, "environment:vars=APP_KEY");
  EXPECT_FALSE(exists("APP_KEY"));
  EXPECT_EQ(refused, "environment:vars=APP_KEY");
  EXPECT_EQ(value("APP"), std::nullopt);
  EXPECT_EQ(refused, "environment:vars=APP");
}

TEST_F(EnvironmentHandlerTest, ToListNeedsAGrantOfItsOwn) {
  allow(EnvironmentNames({"HOME"}, {}, {}));
  EXPECT_EQ(list(), List());
  EXPECT_EQ(refused, "environment:vars=HOME;list-all");
}

TEST_F(EnvironmentHandlerTest, TheListHasWhatIsReadableAndSet) {
  allow(EnvironmentNames({"HOME", "UNSET"}, {"APP_"}, {"APP_KEY"}), true);
  EXPECT_EQ(list(), (List{{"APP_", "x"}, {"APP_MODE", "fast"}, {"HOME", "/home/x"}}));
  EXPECT_FALSE(refused);
}

TEST_F(EnvironmentHandlerTest, WhatIsNotUtf8IsReplacedInAValueAndLeftOutAsAName) {
  allow(EnvironmentNames::unrestricted(), true);
  EXPECT_EQ(value("BYTES"), "a\xef\xbf\xbd");
  EXPECT_EQ(list().size(), 7u);
  for (const auto& [name, value] : list())
    EXPECT_FALSE(name.starts_with("BAD")) << name;
}

TEST_F(EnvironmentHandlerTest, TheVariableOfASecretIsHidden) {
  allow(EnvironmentNames::unrestricted(), true);
  declare("APP_KEY", {SecretSource::Kind::kFile, "/x"}, false);
  EXPECT_EQ(value("APP_KEY"), std::nullopt);
  EXPECT_FALSE(exists("APP_KEY"));
  EXPECT_EQ(list().size(), 6u);
  for (const auto& variable : list())
    EXPECT_NE(std::get<0>(variable), "APP_KEY");
  EXPECT_EQ(value("APP_MODE"), "fast");
}

TEST_F(EnvironmentHandlerTest, TheSourceOfASecretIsHiddenAsWell) {
  allow(EnvironmentNames::unrestricted(), true);
  declare("OPENAI_API_KEY", {SecretSource::Kind::kEnvironment, "APP_KEY"}, true);
  EXPECT_EQ(value("APP_KEY"), std::nullopt);
  EXPECT_FALSE(exists("APP_KEY"));
  EXPECT_EQ(value("OPENAI_API_KEY"), "placeholder");
  EXPECT_EQ(list().size(), 6u);
}

TEST_F(EnvironmentHandlerTest, AHolderOfASecretSeesItsPlaceholderIfItMaySeeTheVariable) {
  declare("APP_KEY", {SecretSource::Kind::kFile, "/x"}, true);
  EXPECT_EQ(value("APP_KEY"), std::nullopt);
  EXPECT_EQ(refused, "environment:vars=APP_KEY");
  end_session();
  allow(EnvironmentNames({"APP_KEY"}, {}, {}), true);
  EXPECT_EQ(value("APP_KEY"), "placeholder");
  EXPECT_TRUE(exists("APP_KEY"));
  EXPECT_EQ(list(), List());
}

TEST_F(EnvironmentHandlerTest, ImpossibleNamesAreNotSet) {
  allow(EnvironmentNames::unrestricted());
  for (const std::string& name : {std::string(), std::string("="), std::string("HOME="),
                                  std::string("HOME\0x", 6), std::string(100'000, 'x')}) {
    EXPECT_EQ(value(name), std::nullopt);
    EXPECT_FALSE(exists(name));
    EXPECT_FALSE(refused);
  }
}

}  // namespace theater::environment_handler_test
