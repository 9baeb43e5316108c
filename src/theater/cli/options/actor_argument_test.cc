#include "theater/cli/options/actor_argument.h"

#include "theater/base/file.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/log/event/event.h"
#include "theater/log/merkle/tree.h"
#include "theater/log/segment/segment_format.h"
#include "theater/views/actor_summary.h"
#include "theater/views/text.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

namespace theater::cli::actor_argument_test {

namespace fs = std::filesystem;

constexpr uint64_t kTime = 1'767'225'600'000'000;

ActorId id(std::string_view begin) {
  std::string digits(begin);
  digits.resize(32, '0');
  return *ActorId::parse(digits);
}

// A home with a log of one segment, written down byte by byte.
class ActorArgument : public ::testing::Test {
 protected:
  ActorArgument() {
    log::append_header(segment_,
                       {.log_id = log_id_, .number = 0, .first = 0, .next_actor = 1, .peaks = {}});
    group_ = segment_.size();
    add_actor(log_id_, "node");
  }

  void add_actor(const ActorId& actor, const std::string& name) {
    uint64_t number = numbers_.size();
    numbers_[actor] = {number};
    log::Genesis genesis;
    genesis.actor = actor;
    genesis.name = name;
    add(actor, genesis);
  }

  // Each event is a second after the one before.
  void add(const ActorId& actor, const log::Body& body) {
    Chain& chain = chains_[actor];
    Bytes event;
    log::encode_event(event, chain.head, chain.size++, kTime + tree_.size() * 1'000'000, body);
    chain.head = log::event_hash(event);
    tree_.append(chain.head);
    log::append_event_frame(segment_, numbers_.at(actor), event, std::nullopt);
  }

  std::unique_ptr<log::LogReader> open() {
    log::append_trailer(segment_, {.log_id = log_id_,
                                   .segment = 0,
                                   .first = 0,
                                   .count = tree_.size(),
                                   .offset = group_,
                                   .bodies_end = 0,
                                   .root = tree_.root()});
    fs::create_directories(home_ / "log" / "segments");
    EXPECT_TRUE(write_file(home_ / "log" / "segments" / log::segment_file_name(0), segment_));
    auto reader = open_log(home_);
    EXPECT_TRUE(reader.has_value()) << (reader ? "" : reader.error().to_string());
    return reader ? *std::move(reader) : nullptr;
  }

  struct Chain {
    Hash head;
    uint64_t size = 0;
  };

  const ActorId log_id_ = id("ffff");
  TemporaryFolder temporary_;
  const fs::path& home_ = temporary_.path();
  Bytes segment_;
  uint64_t group_ = 0;
  log::Tree tree_;
  std::map<ActorId, log::ActorNumber> numbers_;
  std::map<ActorId, Chain> chains_;
};

TEST_F(ActorArgument, AHomeWithoutALogIsNamed) {
  auto reader = open_log(home_);
  ASSERT_FALSE(reader.has_value());
  EXPECT_EQ(reader.error().code(), ErrorCode::kNotFound);
  EXPECT_NE(reader.error().to_string().find(home_.string()), std::string::npos);
  EXPECT_NE(reader.error().hint().find("--home"), std::string::npos);
}

TEST_F(ActorArgument, FindsByIdPrefixAndName) {
  add_actor(id("abcd1"), "counter");
  add_actor(id("abcd2"), "beef");
  add_actor(id("beef"), "echo");
  auto reader = open();
  ASSERT_NE(reader, nullptr);
  EXPECT_EQ(*find_actor(*reader, id("abcd1").to_string()), id("abcd1"));
  EXPECT_EQ(*find_actor(*reader, "abcd1"), id("abcd1"));
  EXPECT_EQ(*find_actor(*reader, "ABCD2"), id("abcd2"));
  EXPECT_EQ(*find_actor(*reader, "counter"), id("abcd1"));
  EXPECT_EQ(*find_actor(*reader, "node"), log_id_);
  EXPECT_EQ(*find_actor(*reader, "ffff"), log_id_);
}

TEST_F(ActorArgument, RefusesWhatNamesNobody) {
  add_actor(id("abcd1"), "counter");
  auto reader = open();
  ASSERT_NE(reader, nullptr);
  // Three digits are too few, even if only one actor has them.
  for (std::string word : {std::string("abc"), std::string("dcba"), id("1234").to_string()}) {
    auto found = find_actor(*reader, word);
    ASSERT_FALSE(found.has_value()) << word;
    EXPECT_EQ(found.error().code(), ErrorCode::kNotFound);
  }
  EXPECT_EQ(find_actor(*reader, "countr").error().hint(), "did you mean `counter`?");
}

TEST_F(ActorArgument, SaysHowManyDigitsAnIdNeeds) {
  add_actor(id("abcd1"), "counter");
  auto reader = open();
  ASSERT_NE(reader, nullptr);
  EXPECT_EQ(find_actor(*reader, "abc").error().hint(),
            "the beginning of an id has 4 characters or more");
}

TEST_F(ActorArgument, ANameMeansItsNewestActor) {
  add_actor(id("abcd1"), "counter");
  add_actor(id("1234"), "other");
  add_actor(id("abcd3"), "counter");
  auto reader = open();
  ASSERT_NE(reader, nullptr);
  EXPECT_EQ(*find_actor(*reader, "counter"), id("abcd3"));
}

TEST_F(ActorArgument, ListsAllThatAWordMayMean) {
  add_actor(id("abcd1"), "counter");
  add_actor(id("abcd2"), "abcd");
  add_actor(id("abcd3"), "abcd3");
  add(id("abcd3"), log::Control{.operation = log::Pause{}, .by = {}});
  auto reader = open();
  ASSERT_NE(reader, nullptr);
  auto named = find_actor(*reader, "abcd");
  ASSERT_FALSE(named.has_value());
  EXPECT_EQ(named.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(named.error().message(),
            "`abcd` may be any of 3 actors:\n  " + id("abcd1").to_string() +
                "  2026-01-01T00:00:01.000000Z  1 event\n  " + id("abcd2").to_string() +
                "  2026-01-01T00:00:02.000000Z  1 event\n  " + id("abcd3").to_string() +
                "  2026-01-01T00:00:03.000000Z  2 events");
  // An actor may not take the digits of another for its name.
  EXPECT_EQ(*find_actor(*reader, "abcd3"), id("abcd3"));
}

TEST_F(ActorArgument, ListsTheTenNewest) {
  for (char c = 'a'; c < 'a' + 12; ++c)
    add_actor(id(fmt::format("abcd{:x}", c - 'a' + 1)), "same");
  auto reader = open();
  ASSERT_NE(reader, nullptr);
  std::string text = find_actor(*reader, "abcd").error().message();
  EXPECT_NE(text.find("any of 12 actors:\n  … 2 older ones\n  abcd3000"), std::string::npos)
      << text;
  EXPECT_EQ(text.find(id("abcd2").to_string()), std::string::npos);
  EXPECT_NE(text.find(id("abcdc").to_string()), std::string::npos);
}

TEST_F(ActorArgument, SummarizesAChain) {
  ActorId actor = id("abcd1");
  add_actor(actor, "counter");
  add_actor(id("1234"), "other");
  add(actor, log::Terminated{.how = log::EndedKilled{}});
  auto reader = open();
  ASSERT_NE(reader, nullptr);
  auto summary = views::summarize(*reader, *reader->find(actor));
  ASSERT_TRUE(summary.has_value()) << summary.error().to_string();
  EXPECT_EQ(*summary, (views::ActorSummary{.number = {1},
                                           .id = actor,
                                           .name = "counter",
                                           .events = 2,
                                           .head = chains_[actor].head,
                                           .first_time = kTime + 1'000'000,
                                           .last_time = kTime + 3'000'000,
                                           .ending = "killed"}));
  EXPECT_EQ(views::summarize(*reader, *reader->find(id("1234")))->ending, "");
  EXPECT_EQ(views::short_id(actor), "abcd10000000");
}

}  // namespace theater::cli::actor_argument_test
