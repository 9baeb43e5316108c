// Which bodies of a group the writer leaves out, and what a reader finds of them.
#include "theater/log/writer/group_writer.h"

#include "theater/log/check/log_check.h"
#include "theater/log/reader/log_reader.h"
#include "theater/log/testing/log_home.h"
#include "theater/log/testing/sample_chain.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace theater::log::group_writer_test {

// Two actors in a log, the first of which keeps its inputs only.
class Conversation {
 public:
  Conversation() : log_(home_.open()), speaker_(begin(1)), listener_(begin(2)) {}

  // The speaker's `sent` with the text, to the listener.
  Hash say(const std::string& text) {
    Body body = Sent{.function = 0,
                     .arguments = {},
                     .kind = SentKind::kSend,
                     .to = Peer{sample_actor(2), Durability::kSync},
                     .about = {},
                     .result = SentAccepted{}};
    return record(speaker_, body, std::get<Sent>(body).arguments, text);
  }
  // The listener's `call` with it, and the end of that call.
  void take(const Hash& sent, const std::string& text) {
    Body body = Call{
        .function = 0, .from = Sender{sample_actor(1), Durability::kSync, sent}, .arguments = {}};
    record(listener_, body, std::get<Call>(body).arguments, text);
    append(listener_, Returned{CallOk{inline_payload({})}, StateUnchanged{}}, {});
  }
  // The speaker's note, which nobody needs.
  void note(const std::string& text) {
    Body body = Note{.function = 0, .arguments = {}};
    record(speaker_, body, std::get<Note>(body).arguments, text);
  }
  void commit() { EXPECT_TRUE(log_->flush()); }

  // For each body of the speaker and of the listener: whether it is absent.
  std::vector<bool> absent() {
    commit();
    std::vector<bool> absent;
    auto reader = std::move(LogReader::open(home_.folder())).value();
    LogCursor cursor = reader->node_cursor();
    while (auto event = cursor.next().value()) {
      if (!event->bodies) continue;
      auto bodies = cursor.bodies(1).value();
      absent.push_back(bodies.at(0).value().is_absent());
    }
    return absent;
  }
  LogReport check() { return check_log(home_.folder()).value(); }

 private:
  struct Actor {
    ActorNumber number;
    Chain chain;
  };

  Actor begin(uint8_t byte) {
    Actor actor{.number = log_->add_actor(sample_actor(byte)), .chain = Chain()};
    append(actor,
           Genesis{.actor = sample_actor(byte), .name = "a", .parent = {}, .manifest = Hash{}}, {});
    Instance instance;
    instance.functions = {"theater:simple/message-server-client/handle-send"};
    append(actor, instance, {});
    if (byte == 1) append(actor, Call{0, FromRuntime{}, inline_payload({})}, {});
    return actor;
  }

  Hash append(Actor& actor, const Body& body, std::vector<DetachedBody> bodies) {
    EventRef event = actor.chain.append(body, 1);
    log_->append(actor.number, actor.chain.event(event.seq.value), event.hash, bodies,
                 Durability::kAsync);
    return event.hash;
  }

  Hash record(Actor& actor, Body& body, Payload& payload, const std::string& text) {
    Salt salt = log_->make_salt();
    payload = Detached{detached_hash(salt, as_bytes(text)), text.size()};
    bool inputs_only = &actor == &speaker_;
    return append(actor, body,
                  {{.salt = salt, .bytes = as_bytes(text), .use = body_use(body, 0, inputs_only)}});
  }

  LogHome home_;
  std::unique_ptr<Log> log_;
  Actor speaker_;
  Actor listener_;
};

std::string long_text(char character) {
  return std::string(500, character) + "and so on";
}

TEST(GroupWriter, LeavesOutWhatAReceiverTakesInTheSameGroup) {
  Conversation talk;
  talk.commit();
  Hash sent = talk.say(long_text('a'));
  talk.take(sent, long_text('a'));
  // The committer may take the first alone, when it is awake already; then it keeps both.
  std::vector<bool> absent = talk.absent();
  ASSERT_EQ(absent.size(), 2u);
  EXPECT_FALSE(absent[1]);
  LogReport report = talk.check();
  EXPECT_NE(report.verdict, Verdict::kInvalid);
  EXPECT_EQ(report.bodies_recomputable, absent[0] ? 1u : 0u);
  EXPECT_EQ(report.bodies_removed, 0u);
}

TEST(GroupWriter, KeepsWhatIsOnItsWay) {
  Conversation talk;
  Hash sent = talk.say(long_text('a'));
  talk.commit();
  talk.take(sent, long_text('a'));
  EXPECT_EQ(talk.absent(), (std::vector<bool>{false, false}));
}

TEST(GroupWriter, LeavesOutWhatNobodyNeeds) {
  Conversation talk;
  talk.note(long_text('a'));
  talk.note(long_text('b'));
  EXPECT_EQ(talk.absent(), (std::vector<bool>{true, true}));
  EXPECT_EQ(talk.check().bodies_recomputable, 2u);
}

}  // namespace theater::log::group_writer_test
