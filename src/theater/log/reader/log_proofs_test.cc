#include "theater/log/reader/log_proofs.h"

#include "theater/log/event/event.h"
#include "theater/log/merkle/proof.h"
#include "theater/log/testing/log_home.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

namespace theater::log::log_proofs_test {

namespace fs = std::filesystem;

// A log of more events than one tile has.
class LogProofsTest : public ::testing::Test {
 protected:
  LogProofsTest() {
    std::unique_ptr<Log> log = home_.open(quiet());
    TestActor actor(*log);
    for (int i = 0; i < 300; ++i)
      actor.cite(Hash{});
    EXPECT_TRUE(log->flush());
    LogPosition early = log->durable();
    early_ = {.origin = log_origin(log->id()), .size = early.size, .root = early.root};
    for (int i = 0; i < 70; ++i)
      actor.cite(Hash{});
    EXPECT_TRUE(log->close());
    LogPosition now = log->durable();
    now_ = {.origin = early_.origin, .size = now.size, .root = now.root};
    reader_ = std::move(LogReader::open(home_.folder())).value();
    LogCursor cursor = reader_->node_cursor();
    while (auto event = cursor.next().value())
      leaves_.push_back(event_hash(event->bytes));
  }

  void expect_all_proved(LogProofs& proofs, const Checkpoint& checkpoint) {
    for (uint64_t index = 0; index < checkpoint.size; index += 7) {
      Result<std::vector<Hash>> proof = proofs.inclusion(index);
      ASSERT_TRUE(proof) << proof.error().to_string();
      EXPECT_TRUE(
          verify_inclusion(leaves_[index], index, checkpoint.size, *proof, checkpoint.root));
    }
  }

  LogHome home_;
  Checkpoint early_;
  Checkpoint now_;
  std::unique_ptr<LogReader> reader_;
  std::vector<Hash> leaves_;
};

TEST_F(LogProofsTest, ProvesFromTilesAndFromEvents) {
  for (bool with_tiles : {true, false}) {
    if (!with_tiles) fs::remove_all(home_.folder() / "tile");
    for (const Checkpoint& checkpoint : {early_, now_}) {
      LogProofs proofs = LogProofs::open(*reader_, checkpoint).value();
      expect_all_proved(proofs, checkpoint);
    }
    LogProofs proofs = LogProofs::open(*reader_, now_).value();
    Result<std::vector<Hash>> proof = proofs.consistency(early_);
    ASSERT_TRUE(proof) << proof.error().to_string();
    EXPECT_TRUE(verify_consistency(early_.size, early_.root, now_.size, now_.root, *proof));
    EXPECT_TRUE(proofs.consistency(now_).value().empty());
  }
}

TEST_F(LogProofsTest, DoesNotBelieveWrongTiles) {
  for (const auto& entry : fs::recursive_directory_iterator(home_.folder() / "tile")) {
    if (entry.is_regular_file()) fs::resize_file(entry.path(), entry.file_size() / 2);
  }
  LogProofs proofs = LogProofs::open(*reader_, now_).value();
  expect_all_proved(proofs, now_);
}

TEST_F(LogProofsTest, RefusesWhatIsNotInTheLog) {
  LogProofs proofs = LogProofs::open(*reader_, early_).value();
  EXPECT_EQ(proofs.inclusion(early_.size).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(proofs.consistency(now_).error().code(), ErrorCode::kInvalidArgument);
  Checkpoint other = early_;
  other.origin += "x";
  EXPECT_EQ(proofs.consistency(other).error().code(), ErrorCode::kInvalidArgument);
  other = early_;
  other.size = 0;
  EXPECT_EQ(proofs.consistency(other).error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(LogProofsTest, SaysThatALogIsNotWhatItsCheckpointSays) {
  Checkpoint wrong = now_;
  wrong.root.bytes[5] ^= 1;
  LogProofs proofs = LogProofs::open(*reader_, wrong).value();
  EXPECT_EQ(proofs.inclusion(3).error().code(), ErrorCode::kCorrupt);
  Checkpoint old = early_;
  old.root.bytes[0] ^= 1;
  LogProofs good = LogProofs::open(*reader_, now_).value();
  EXPECT_EQ(good.consistency(old).error().code(), ErrorCode::kCorrupt);
  wrong.size = reader_->size() + 1;
  EXPECT_EQ(LogProofs::open(*reader_, wrong).error().code(), ErrorCode::kCorrupt);
}

TEST_F(LogProofsTest, FindsTheKeyThatTheLogNames) {
  VerifierKey key = log_key_at(*reader_, now_.size).value().value();
  EXPECT_EQ(key.name, now_.origin);
  EXPECT_EQ(key.key, home_.key().public_key());
  EXPECT_EQ(log_key_at(*reader_, 1).value(), std::nullopt);
}

}  // namespace theater::log::log_proofs_test
