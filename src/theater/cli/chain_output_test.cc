#include "theater/cli/chain_output.h"

#include "theater/log/event/event.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <functional>

namespace theater::cli::chain_output_test {

using Json = nlohmann::ordered_json;

constexpr uint64_t kTime = 1'767'225'600'000'000;

// What `print` writes to standard output.
std::string printed(const std::function<void(Output&)>& print) {
  ::testing::internal::CaptureStdout();
  Output output;
  print(output);
  return ::testing::internal::GetCapturedStdout();
}

Bytes encoded(uint64_t seq, const log::Body& body) {
  Bytes bytes;
  log::encode_event(bytes, Hash{}, seq, kTime, body);
  return bytes;
}

log::Instance instance() {
  log::Instance instance;
  instance.functions = {"theater:simple/runtime/log"};
  return instance;
}

log::Host host_with(const log::StoredBody& arguments) {
  log::Host host;
  host.arguments =
      log::Detached{log::detached_hash(arguments.salt, arguments.bytes), arguments.bytes.size()};
  host.result = log::inline_payload({});
  return host;
}

log::StoredBody sample_body() {
  log::StoredBody body;
  body.salt.fill(7);
  body.bytes = to_bytes("\x05hello");
  return body;
}

TEST(ChainOutput, ShowsTheBodiesOfDetachedPayloadsInJson) {
  log::StoredBody body = sample_body();
  Bytes event = encoded(2, host_with(body));
  std::string text = printed([&](Output& output) {
    ChainPrinter printer("a", ChainForm::kJson, output);
    ChainPrinter::Bodies bodies = {body};
    ASSERT_TRUE(printer.event(event, log::event_hash(event), &bodies));
  });
  Json detached = Json::parse(text)["event"]["detached"];
  ASSERT_EQ(detached.size(), 1u);
  EXPECT_EQ(detached[0]["hash"], log::detached_hash(body.salt, body.bytes).to_string());
  EXPECT_EQ(detached[0]["length"], 6);
  EXPECT_EQ(detached[0]["salt"], "07070707070707070707070707070707");
  EXPECT_EQ(detached[0]["bytes"], "\x05hello");
}

TEST(ChainOutput, SaysThatABodyWasRemoved) {
  Bytes event = encoded(2, host_with(sample_body()));
  ChainPrinter::Bodies removed = {std::nullopt};
  std::string json = printed([&](Output& output) {
    ChainPrinter printer("a", ChainForm::kJson, output);
    ASSERT_TRUE(printer.event(event, log::event_hash(event), &removed));
  });
  Json detached = Json::parse(json)["event"]["detached"];
  ASSERT_EQ(detached.size(), 1u);
  EXPECT_EQ(detached[0]["removed"], true);
  EXPECT_FALSE(detached[0].contains("bytes"));
  std::string text = printed([&](Output& output) {
    ChainPrinter printer("a", ChainForm::kText, output);
    ASSERT_TRUE(printer.event(event, log::event_hash(event), &removed));
    printer.flush();
  });
  EXPECT_NE(text.find("(removed)"), std::string::npos) << text;
}

TEST(ChainOutput, PreviewsDetachedPayloads) {
  log::StoredBody body = sample_body();
  Bytes event = encoded(2, host_with(body));
  std::string text = printed([&](Output& output) {
    ChainPrinter printer("a", ChainForm::kText, output);
    ChainPrinter::Bodies bodies = {body};
    ASSERT_TRUE(printer.event(event, log::event_hash(event), &bodies));
    printer.flush();
  });
  EXPECT_NE(text.find(" \"hello\"\n"), std::string::npos) << text;
}

TEST(ChainOutput, EventsWithoutDetachedPayloadsSayNothingOfThem) {
  Bytes event = encoded(1, instance());
  std::string text = printed([&](Output& output) {
    ChainPrinter printer("a", ChainForm::kJson, output);
    ASSERT_TRUE(printer.event(event, log::event_hash(event)));
  });
  EXPECT_FALSE(Json::parse(text)["event"].contains("detached"));
}

TEST(ChainOutput, ASkippedInstanceStillNamesTheFunctions) {
  log::Note note;
  note.arguments = log::inline_payload({});
  Bytes event = encoded(2, note);
  std::string text = printed([&](Output& output) {
    ChainPrinter printer("a", ChainForm::kText, output);
    ASSERT_TRUE(printer.skip(encoded(1, instance())));
    ASSERT_TRUE(printer.event(event, log::event_hash(event)));
    printer.flush();
  });
  EXPECT_NE(text.find("theater:simple/runtime/log"), std::string::npos) << text;
}

TEST(ChainOutput, AlignsTheLinesOfOneBatch) {
  log::Note note;
  note.arguments = log::inline_payload({});
  std::string text = printed([&](Output& output) {
    ChainPrinter printer("a", ChainForm::kText, output);
    printer.heading(12, Hash{});
    for (const Bytes& event : {encoded(1, instance()), encoded(10, note)})
      ASSERT_TRUE(printer.event(event, log::event_hash(event)));
    printer.flush();
  });
  EXPECT_EQ(text.find("chain of a: 12 events, head 0000"), 0u) << text;
  EXPECT_NE(text.find("\n   1  2026-01-01T00:00:00.000000Z"), std::string::npos) << text;
  EXPECT_NE(text.find("\n  10  2026-01-01T00:00:00.000000Z"), std::string::npos) << text;
  EXPECT_NE(text.find("  runtime-setup               "), std::string::npos) << text;
}

TEST(ChainOutput, RefusesWhatIsNoEvent) {
  Output output;
  ChainPrinter printer("a", ChainForm::kText, output);
  Bytes junk = to_bytes("junk");
  EXPECT_FALSE(printer.event(junk, Hash{}));
  EXPECT_FALSE(printer.skip(junk));
}

}  // namespace theater::cli::chain_output_test
