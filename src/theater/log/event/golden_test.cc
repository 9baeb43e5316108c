// Golden vectors: the bytes and hashes of events that no change of Theater may alter.
//
// Run with THEATER_REBASE=1 to write them again: with a new log version, or when a chain was added.

#include "theater/base/file.h"
#include "theater/base/hex.h"
#include "theater/base/testing/source_tree.h"
#include "theater/log/event/access_note.h"
#include "theater/log/event/held_budget.h"
#include "theater/log/testing/log_wit.h"
#include "theater/log/testing/sample_chain.h"
#include "theater/wit/json.h"
#include "theater/wit/print.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace theater::log::golden_test {

std::string json_of_event(ByteView bytes) {
  Result<std::string> text =
      wit::to_json_text(wit::type_of<Event>(), bytes, wit::JsonStyle::kCompact);
  return text ? *text : text.error().to_string();
}

std::string json_of_chain(std::string_view name, const Chain& chain) {
  std::string events;
  chain.for_each([&](uint64_t seq, ByteView bytes, const Hash& hash) {
    events += fmt::format(
        "        {{\n          \"body\": \"{}\",\n          \"bytes\": \"{}\",\n"
        "          \"hash\": \"{}\",\n          \"event\": {}\n        }}{}\n",
        body_name(decode_event(bytes)->body), to_hex(bytes), hash.to_string(), json_of_event(bytes),
        seq + 1 == chain.end_seq() ? "" : ",");
  });
  return fmt::format(
      "    {{\n      \"name\": \"{}\",\n      \"head\": \"{}\",\n      \"events\": [\n{}      ]\n  "
      "  }}",
      name, chain.head().to_string(), events);
}

std::string golden_text() {
  // Only the end grows: a chain that was recorded once never changes.
  std::vector<std::string> chains{
      json_of_chain("actor", sample_actor_chain()), json_of_chain("root", sample_root_chain()),
      json_of_chain("node", sample_node_chain()), json_of_chain("parent", sample_parent_chain()),
      json_of_chain("node of a server", sample_server_chain())};
  return fmt::format("{{\n  \"type\": \"{}\",\n  \"chains\": [\n{}\n  ]\n}}\n",
                     wit::to_wit(wit::type_of<Event>()), fmt::join(chains, ",\n"));
}

TEST(GoldenEvents, AreMadeAgainByteByByte) {
  std::string made = golden_text();
  if (std::getenv("THEATER_REBASE") != nullptr) {
    Result<void> written = write_file(source_path("tests/golden/events.json"), as_bytes(made));
    ASSERT_TRUE(written) << written.error().to_string();
    GTEST_SKIP() << "wrote " << source_path("tests/golden/events.json");
  }
  Result<std::string> kept = read_text_file(source_path("tests/golden/events.json"));
  ASSERT_TRUE(kept) << kept.error().to_string();
  EXPECT_EQ(*kept, made);
}

TEST(GoldenEvents, HoldEveryBody) {
  std::vector<bool> seen(std::variant_size_v<Body>);
  sample_actor_chain().for_each([&](uint64_t, ByteView bytes, const Hash&) {
    seen[decode_event(bytes)->body.index()] = true;
  });
  EXPECT_EQ(std::count(seen.begin(), seen.end(), false), 0);
}

TEST(GoldenEvents, HoldEveryOperationAndEveryOrigin) {
  std::vector<bool> operations(std::variant_size_v<Operation>);
  std::vector<bool> origins(std::variant_size_v<Origin>);
  for (const Chain& chain : {sample_actor_chain(), sample_root_chain(), sample_node_chain()}) {
    chain.for_each([&](uint64_t, ByteView bytes, const Hash&) {
      Event event = decode_event(bytes).value();
      if (const auto* control = std::get_if<Control>(&event.body)) {
        operations[control->operation.index()] = true;
      } else if (const auto* call = std::get_if<Call>(&event.body)) {
        origins[call->from.index()] = true;
      }
    });
  }
  EXPECT_EQ(std::count(operations.begin(), operations.end(), false), 0);
  EXPECT_EQ(std::count(origins.begin(), origins.end(), false), 0);
}

TEST(GoldenEvents, HoldEveryKindOfNoteWhoseDataHasAType) {
  std::map<std::string, size_t> well_formed;
  for (const Chain& chain : {sample_parent_chain(), sample_server_chain()}) {
    chain.for_each([&](uint64_t, ByteView bytes, const Hash&) {
      Event event = decode_event(bytes).value();
      const auto* control = std::get_if<Control>(&event.body);
      const auto* noted = control == nullptr ? nullptr : std::get_if<Noted>(&control->operation);
      if (noted == nullptr) return;
      bool is_budget = noted->what == kChildUsed &&
                       wit::decode<HeldBudget>(inline_bytes(noted->data)->view()).has_value();
      if (is_budget || access_note_text(*noted)) ++well_formed[noted->what];
    });
  }
  EXPECT_EQ(well_formed, (std::map<std::string, size_t>{{std::string(kChildUsed), 1},
                                                        {std::string(kTokenMade), 2},
                                                        {std::string(kTokenUsed), 1},
                                                        {std::string(kTokenRevoked), 1},
                                                        {std::string(kRequestsRefused), 2}}));
}

TEST(GoldenEvents, TheUseOfBudgetsIsTheRecordOfTheInterface) {
  EXPECT_EQ(wit::to_wit(wit::type_of<HeldBudget>()), record_in_log_wit("budget"));
}

TEST(GoldenEvents, NotesAboutClientsAreTheRecordsOfTheInterface) {
  EXPECT_EQ(wit::to_wit(wit::type_of<NotedToken>()), record_in_log_wit("token"));
  EXPECT_EQ(wit::to_wit(wit::type_of<RefusedRequests>()), record_in_log_wit("refused-requests"));
}

}  // namespace theater::log::golden_test
