#include "theater/api/client/server_address.h"

#include "theater/api/testing/fake_api.h"
#include "theater/base/testing/must.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace theater::api::server_address_test {

using ::testing::HasSubstr;

TEST(ServerAddress, RefusesWhatIsNoServer) {
  for (const char* text : {"", "unix:", "host", "ftp://h", "http://u:p@h:1", "http://h/path",
                           "http://h:1?q", "https://", "http://h:99999", "a b:1"}) {
    auto address = parse_server_address(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().code(), ErrorCode::kInvalidArgument) << text;
    EXPECT_EQ(address.error().hint(),
              "a server is unix:PATH, http://HOST:PORT or https://HOST:PORT");
  }
}

TEST(ServerAddress, ReadsSocketsAndHosts) {
  auto origin = [](const char* text) { return must(parse_server_address(text)).origin(); };
  EXPECT_EQ(origin("unix:/run/t.sock"), "unix:/run/t.sock");
  EXPECT_EQ(origin("unix:///run/t.sock"), "unix:/run/t.sock");
  EXPECT_EQ(origin("unix:t.sock"), "unix:t.sock");
  EXPECT_EQ(origin("http://127.0.0.1:9000"), "http://127.0.0.1:9000");
  EXPECT_EQ(origin("127.0.0.1:9000"), "http://127.0.0.1:9000");
  EXPECT_EQ(origin("http://[::1]:9000/"), "http://[::1]:9000");
  EXPECT_EQ(origin("https://Host.Example"), "https://host.example:443");
  EXPECT_TRUE(must(parse_server_address("https://h")).uses_tls);
}

TEST(ServerAddress, KnowsWhichWaysArePrivate) {
  auto is_private = [](const char* text) { return must(parse_server_address(text)).is_private(); };
  for (const char* text :
       {"unix:/a", "https://h", "http://127.3.2.1:1", "http://[::1]:1", "http://localhost:1"})
    EXPECT_TRUE(is_private(text)) << text;
  for (const char* text : {"http://h:1", "http://10.0.0.1:1", "http://0.0.0.0:1",
                           "http://localhost.example:1", "http://[::]:1"})
    EXPECT_FALSE(is_private(text)) << text;
}

TEST(ServerAddress, RefusesAPathThatIsTooLongForASocket) {
  std::string folder(107 - std::string_view("theater.sock").size() - 1, 'a');
  EXPECT_EQ(must(server_of_home(folder)).socket.string().size(), 107u);
  auto address = server_of_home(folder + "a");
  ASSERT_FALSE(address);
  EXPECT_THAT(address.error().message(), HasSubstr("has 108 bytes"));
  EXPECT_FALSE(parse_server_address("unix:" + std::string(108, 'a')));
}

TEST(ServerAddress, PrefersTheCommandLineToTheEnvironmentToTheHome) {
  TestVariable home("THEATER_HOME", "/h");
  TestVariable server("THEATER_SERVER", "");
  TestVariable alias("THEATER_SERVER_ADDRESS", "");
  EXPECT_EQ(must(choose_server("", "")).origin(), "unix:/h/theater.sock");
  EXPECT_EQ(must(choose_server("", "")).home, "/h");
  {
    TestVariable old_name("THEATER_SERVER_ADDRESS", "127.0.0.1:1");
    EXPECT_EQ(must(choose_server("", "")).origin(), "http://127.0.0.1:1");
    TestVariable name("THEATER_SERVER", "http://127.0.0.1:2");
    EXPECT_EQ(must(choose_server("", "")).origin(), "http://127.0.0.1:2");
    EXPECT_EQ(must(choose_server("http://127.0.0.1:3", "")).origin(), "http://127.0.0.1:3");
    EXPECT_EQ(must(choose_server("", "/g")).origin(), "unix:/g/theater.sock");
    EXPECT_TRUE(must(choose_server("", "")).home.empty());
  }
  TestVariable wrong("THEATER_SERVER", "nonsense");
  auto address = choose_server("", "");
  ASSERT_FALSE(address);
  EXPECT_THAT(address.error().to_string(), HasSubstr("$THEATER_SERVER: `nonsense`"));
}

}  // namespace theater::api::server_address_test
