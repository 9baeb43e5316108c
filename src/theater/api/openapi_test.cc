#include "theater/api/openapi.h"

#include "theater/api/route.h"
#include "theater/base/file.h"
#include "theater/base/testing/source_tree.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <string>

namespace theater::api::openapi_test {

// THEATER_REBASE=1 writes the document anew.
TEST(OpenApiTest, TheDocumentationHasThisDocument) {
  std::string path = source_path("docs/reference/openapi.json");
  std::string text = openapi_document().dump(1) + "\n";
  if (std::getenv("THEATER_REBASE") != nullptr) {
    ASSERT_TRUE(write_file(path, as_bytes(text)));
  }
  Result<std::string> written = read_text_file(path);
  ASSERT_TRUE(written) << written.error().to_string();
  EXPECT_EQ(*written, text) << "run this test with THEATER_REBASE=1";
}

TEST(OpenApiTest, EveryReferenceLeadsToASchema) {
  auto document = openapi_document();
  std::string text = document.dump();
  for (const char* kind : {"schemas", "responses"}) {
    std::string mark = fmt::format("#/components/{}/", kind);
    for (size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
      at += mark.size();
      std::string name = text.substr(at, text.find('"', at) - at);
      EXPECT_TRUE(document["components"][kind].contains(name)) << name;
    }
  }
}

// A status in a route's table that the document does not know would be left out of it.
TEST(OpenApiTest, HasEveryProblemOfARoute) {
  auto document = openapi_document();
  for (const Route& route : routes()) {
    std::string method(route.method == "GET" ? "get" : "post");
    const auto& answers = document["paths"][std::string(route.path)][method]["responses"];
    EXPECT_TRUE(answers.contains("400")) << route.operation;
    EXPECT_EQ(answers.contains("401"), route.scope.scope().has_value()) << route.operation;
    EXPECT_FALSE(answers.contains("default")) << route.operation;
    for (int status : route.problems)
      EXPECT_TRUE(answers.contains(std::to_string(status))) << route.operation << " " << status;
  }
}

TEST(OpenApiTest, TheReferenceNamesEveryRoute) {
  Result<std::string> page = read_text_file(source_path("docs/reference/api.md"));
  ASSERT_TRUE(page) << page.error().to_string();
  for (const Route& route : routes()) {
    std::string scope(route.scope.scope() ? scope_name(*route.scope.scope()) : "none");
    std::string row = fmt::format("| `{} {}` | {} |", route.method, route.path, scope);
    EXPECT_NE(page->find(row), std::string::npos) << row;
  }
}

}  // namespace theater::api::openapi_test
