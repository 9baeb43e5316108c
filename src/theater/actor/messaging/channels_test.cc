#include "theater/actor/messaging/channels.h"

#include "theater/actor/scheduling/seeded_scheduler.h"
#include "theater/actor/scheduling/worker_pool.h"
#include "theater/actor/testing/channel_guest.h"
#include "theater/actor/testing/for_seeds.h"

#include <gtest/gtest.h>

namespace theater::testing::channels_test {

constexpr uint64_t kSeeds = 60;

// Two actors that chat, `a` and `b`, and a third.
struct Chatting {
  template <class Scheduler>
  explicit Chatting(Scheduler& scheduler) : harness(scheduler) {
    for (int i = 0; i < 3; ++i)
      ids.push_back(harness.next_id());
    for (const ActorId& id : ids)
      harness.add(channel_guest(harness, ids), {.id = id});
  }

  // What the actor was called with, such as "open Y, channel 2, close".
  std::string calls(const ActorId& id) const {
    std::string text;
    log::FunctionTable table;
    for (const log::Event& event : harness.story(id)) {
      if (const auto* instance = std::get_if<log::Instance>(&event.body)) {
        table = *log::FunctionTable::from_recorded(instance->functions);
      }
      const auto* call = std::get_if<log::Call>(&event.body);
      if (call == nullptr) continue;
      std::string name(table.name(call->function));
      size_t on = name.find("/on-");
      if (on == std::string::npos || name.ends_with("on-message")) continue;
      text += (text.empty() ? "" : ", ") + name.substr(on + 4);
      if (name.ends_with("close")) continue;
      ByteView args = log::inline_bytes(call->arguments)->view();
      auto params = *wit::decode<std::tuple<std::string, Bytes>>(args);
      text += " " + std::string(as_text(std::get<1>(params)));
    }
    return text;
  }

  // The errors that the actor's calls of `function` got.
  std::string errors(const ActorId& id) const {
    std::string text;
    for (const log::Event& event : harness.story(id)) {
      ByteView bytes;
      if (const auto* sent = std::get_if<log::Sent>(&event.body)) {
        const auto* failed = std::get_if<log::SentFailed>(&sent->result);
        if (failed != nullptr) bytes = log::inline_bytes(failed->value)->view();
      } else if (const auto* answered = std::get_if<log::Answered>(&event.body)) {
        bytes = log::inline_bytes(answered->result)->view();
      }
      if (bytes.empty() || bytes.front() == 0) continue;
      text += (text.empty() ? "" : "; ") + *wit::decode<std::string>(bytes.subspan(1));
    }
    return text;
  }

  ActorHarness harness;
  std::vector<ActorId> ids;
};

template <class Scheduler, class Test>
void play(Scheduler& scheduler, ActorTurns& turns, const Test& test) {
  Chatting chatting(scheduler);
  turns.run();
  test(chatting, turns);
  turns.run();
  EXPECT_EQ(chatting.harness.check_chains(), std::nullopt);
  EXPECT_EQ(chatting.harness.check_channels(), std::nullopt);
}

template <class Test>
void for_seeds(const Test& test) {
  for (uint64_t seed = 1; seed <= kSeeds && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    SeededScheduler scheduler(seed);
    SeededTurns turns(scheduler);
    play(scheduler, turns, test);
  }
}

// Under each seed, and then some times on workers.
template <class Test>
void for_schedulers(const Test& test) {
  for_seeds(test);
  for (int round = 0; round < kPoolRounds && !::testing::Test::HasFailure(); ++round) {
    SCOPED_TRACE(::testing::Message() << "workers, round " << round);
    PooledTurns turns(kPoolWorkers);
    play(turns, turns, test);
  }
}

TEST(Channel, CarriesMessagesBothWaysUntilOneSideCloses) {
  for_schedulers([](Chatting& chat, ActorTurns& turns) {
    chat.harness.send(chat.ids[0], "by02");
    turns.run();
    EXPECT_EQ(chat.calls(chat.ids[1]), "open y, channel 2, channel 0");
    EXPECT_EQ(chat.calls(chat.ids[0]), "channel 1");
    EXPECT_EQ(chat.harness.cell(chat.ids[0])->channels().links().size(), 1u);
    chat.harness.send(chat.ids[0], "00h0");
    turns.run();
    EXPECT_EQ(chat.calls(chat.ids[1]), "open y, channel 2, channel 0, channel 0, close");
    EXPECT_EQ(chat.calls(chat.ids[0]), "channel 1");
    EXPECT_EQ(chat.harness.cell(chat.ids[0])->channels().places(), 0u);
  });
}

TEST(Channel, BeginsWithTheMessageOfTheAcceptance) {
  for_schedulers([](Chatting& chat, ActorTurns&) {
    chat.harness.send(chat.ids[1], "w");
    chat.harness.send(chat.ids[0], "bY");
    chat.harness.send(chat.ids[1], "09");
  });
  for_schedulers([](Chatting& chat, ActorTurns& turns) {
    chat.harness.send(chat.ids[0], "bY");
    turns.run();
    EXPECT_EQ(chat.calls(chat.ids[0]), "channel 2, channel 0");
    log::Event first;
    for (const log::Event& event : chat.harness.story(chat.ids[0])) {
      const auto* call = std::get_if<log::Call>(&event.body);
      if (call == nullptr || !std::holds_alternative<log::Sender>(call->from)) continue;
      first = event;
      break;
    }
    // It cites the `returned` that accepted.
    const auto& sender = std::get<log::Sender>(std::get<log::Call>(first.body).from);
    EXPECT_EQ(sender.actor, chat.ids[1]);
    bool is_returned = false;
    chat.harness.cell(chat.ids[1])
        ->chain()
        .for_each([&](uint64_t, ByteView bytes, const Hash& hash) {
          if (hash != sender.sent) return;
          is_returned = std::holds_alternative<log::Returned>(log::decode_event(bytes)->body);
        });
    EXPECT_TRUE(is_returned);
  });
}

TEST(Channel, MessageOfTheAcceptanceNeedsNoRoomInTheMailbox) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SeededScheduler scheduler(seed);
    ActorHarness harness(scheduler);
    std::vector<ActorId> ids{harness.next_id(), harness.next_id()};
    harness.add(channel_guest(harness, ids), {.id = ids[0], .mailbox = {.messages = 1}});
    harness.add(channel_guest(harness, ids), {.id = ids[1]});
    scheduler.run();
    ASSERT_EQ(harness.send(ids[0], "bY"), "");
    // Waits in the mailbox while the channel is opened, if there is room already.
    for (int i = 0; i < 20; ++i) {
      harness.send(ids[0], "");
      scheduler.step();
    }
    scheduler.run();
    EXPECT_EQ(harness.cell(ids[1])->channels().places(), 1u);
    EXPECT_EQ(harness.check_chains(), std::nullopt);
    EXPECT_EQ(harness.check_channels(), std::nullopt);
  }
}

TEST(Channel, IsNotOpenedUnlessTheOtherAccepts) {
  for_schedulers([](Chatting& chat, ActorTurns& turns) {
    chat.harness.send(chat.ids[0], "bn");
    turns.run();
    EXPECT_EQ(chat.errors(chat.ids[0]), "Channel request rejected by target actor");
    EXPECT_EQ(chat.calls(chat.ids[0]), "");
    EXPECT_EQ(chat.calls(chat.ids[1]), "open n");
  });
  for_schedulers([](Chatting& chat, ActorTurns& turns) {
    chat.harness.send(chat.ids[0], "be");
    turns.run();
    EXPECT_EQ(chat.errors(chat.ids[0]), "Error opening channel: not today");
  });
  for_schedulers([](Chatting& chat, ActorTurns& turns) {
    chat.harness.send(chat.ids[0], "bT");
    turns.run();
    EXPECT_EQ(chat.errors(chat.ids[0]),
              "Error opening channel: actor " + chat.ids[1].to_string() + " failed: unreachable");
    chat.harness.send(chat.ids[0], "by");
    turns.run();
    EXPECT_TRUE(chat.errors(chat.ids[0]).ends_with(" has ended")) << chat.errors(chat.ids[0]);
  });
}

TEST(Channel, CannotBeOpenedToOneselfNorToWhoHasNoExportForIt) {
  for_schedulers([](Chatting& chat, ActorTurns& turns) {
    chat.harness.send(chat.ids[0], "ay");
    turns.run();
    EXPECT_TRUE(chat.errors(chat.ids[0]).starts_with("the request would never be answered: "));
  });
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SeededScheduler scheduler(seed);
    ActorHarness harness(scheduler);
    std::vector<ActorId> ids{harness.next_id(), harness.add(harness.component())};
    harness.add(channel_guest(harness, ids), {.id = ids[0]});
    harness.send(ids[0], "by");
    scheduler.run();
    EXPECT_EQ(harness.outline(ids[1]), "genesis instance call returned discarded");
    EXPECT_EQ(harness.check_chains(), std::nullopt);
    EXPECT_EQ(harness.check_channels(), std::nullopt);
  }
}

TEST(Channel, ActorsThatOpenToEachOtherDoNotHang) {
  for_schedulers([](Chatting& chat, ActorTurns& turns) {
    chat.harness.send(chat.ids[0], "by");
    chat.harness.send(chat.ids[1], "cy");
    chat.harness.send(chat.ids[2], "ay");
    turns.run();
    for (const ActorId& id : chat.ids)
      EXPECT_EQ(chat.harness.cell(id)->status().phase, Phase::kIdle);
  });
}

TEST(Channel, IsUnknownToOthersAndOnceItIsClosed) {
  for_schedulers([](Chatting& chat, ActorTurns& turns) {
    chat.harness.send(chat.ids[0], "by");
    turns.run();
    std::string id = chat.harness.cell(chat.ids[0])->channels().links().at(0)->id;
    EXPECT_TRUE(id.starts_with("ch_")) << id;
    std::string said;
    auto component = chat.harness.component();
    component.exports(on_message(), [id](Play& play) {
      std::string told;
      for (const std::string& name : {id, std::string(), std::string("0123")}) {
        told += play.call<Done>(kDesk, "post", name, to_bytes("x")).error() + "; ";
        told += play.call<Done>(kDesk, "hang-up", name).error() + "; ";
      }
      play.finish(to_bytes(told));
    });
    ActorId stranger = chat.harness.add(component);
    chat.harness.send(stranger, "");
    turns.run();
    std::string not_found = "Channel not found: " + id + "; ";
    std::string empty = "Failed to parse channel ID: it is empty; ";
    std::string wrong = "Failed to parse channel ID: `0123` does not begin with `ch_`; ";
    EXPECT_EQ(as_text(*chat.harness.state(stranger)),
              not_found + not_found + empty + empty + wrong + wrong);
    EXPECT_EQ(chat.harness.check_channels(), std::nullopt);
    chat.harness.send(chat.ids[0], "h0E");
    chat.harness.send(chat.ids[0], "00");
    turns.run();
    // The error has kept the state, so the guest still knows the id.
    EXPECT_EQ(chat.errors(chat.ids[0]), "Channel not found: " + id);
    EXPECT_EQ(chat.calls(chat.ids[1]), "open y, close");
  });
}

TEST(Channel, SaysThatItIsClosedAndDiscardsWhatWasUnderWay) {
  size_t closed = 0;
  size_t discarded = 0;
  for_schedulers([&](Chatting& chat, ActorTurns& turns) {
    chat.harness.send(chat.ids[0], "by");
    turns.run();
    chat.harness.send(chat.ids[0], "00w00w00");
    chat.harness.send(chat.ids[1], "wh0");
    turns.run();
    if (chat.errors(chat.ids[0]).find("Channel is closed") != std::string::npos) ++closed;
    if (chat.harness.outline(chat.ids[1]).find("discarded") != std::string::npos) ++discarded;
    EXPECT_EQ(chat.calls(chat.ids[0]), "close");
  });
  EXPECT_GT(closed, 0u);
  EXPECT_GT(discarded, 0u);
}

TEST(Channel, IsClosedByTheEndOfEitherSideHoweverItComes) {
  for (size_t ends = 0; ends < 2; ++ends) {
    for (const char* how : {"stop", "kill", "l", "T"}) {
      for_schedulers([&](Chatting& chat, ActorTurns& turns) {
        chat.harness.send(chat.ids[0], "byby");
        turns.run();
        const ActorId& end = chat.ids[ends];
        const ActorId& stays = chat.ids[1 - ends];
        std::string before = chat.calls(stays);
        if (how == std::string("stop")) {
          chat.harness.stop(end);
        } else if (how == std::string("kill")) {
          chat.harness.kill(end);
        } else {
          chat.harness.send(end, std::string("0010") + how);
        }
        turns.run();
        EXPECT_TRUE(chat.harness.cell(end)->status().ended);
        EXPECT_TRUE(chat.calls(stays).ends_with("close, close")) << chat.calls(stays);
        EXPECT_EQ(chat.harness.cell(stays)->channels().places(), 0u);
      });
    }
  }
}

TEST(Channel, OpenedByAnActorThatEndsMeanwhileIsClosed) {
  size_t accepted = 0;
  // Two turns, which workers cannot count out.
  for_seeds([&](Chatting& chat, ActorTurns& turns) {
    chat.harness.send(chat.ids[0], "bY");
    turns.run(2);
    chat.harness.kill(chat.ids[0]);
    turns.run();
    std::string calls = chat.calls(chat.ids[1]);
    if (calls == "open Y, close") ++accepted;
    EXPECT_TRUE(calls.empty() || calls == "open Y, close") << calls;
  });
  EXPECT_GT(accepted, 0u);
}

TEST(Channel, HasALimitOnEachSide) {
  SeededScheduler scheduler(1);
  Chatting chat(scheduler);
  std::string many;
  for (size_t i = 0; i < Channels::kOpenMax; ++i)
    many += "by";
  chat.harness.send(chat.ids[0], many);
  scheduler.run();
  EXPECT_EQ(chat.errors(chat.ids[0]), "");
  EXPECT_EQ(chat.harness.check_channels(), std::nullopt);
  chat.harness.send(chat.ids[0], "cy");
  chat.harness.send(chat.ids[2], "by");
  scheduler.run();
  auto text = [](const ActorId& id) {
    return "too many channels: actor " + id.to_string() +
           " has 1024 open, which is the limit; close one first";
  };
  EXPECT_EQ(chat.errors(chat.ids[0]), text(chat.ids[0]));
  EXPECT_EQ(chat.errors(chat.ids[2]), text(chat.ids[1]));
  chat.harness.send(chat.ids[0], "h0cy");
  scheduler.run();
  EXPECT_EQ(chat.errors(chat.ids[0]), text(chat.ids[0]));
  EXPECT_EQ(chat.harness.check_channels(), std::nullopt);
}

TEST(Channel, MessageOfTheAcceptanceKeepsItsPlaceUntilItIsTaken) {
  SeededScheduler scheduler(1);
  Chatting chat(scheduler);
  std::string many;
  for (size_t i = 0; i < Channels::kOpenMax; ++i)
    many += "bYh0";
  chat.harness.send(chat.ids[0], many + "cy");
  scheduler.run();
  EXPECT_TRUE(chat.errors(chat.ids[0]).starts_with("too many channels"))
      << chat.errors(chat.ids[0]);
  EXPECT_EQ(chat.harness.check_chains(), std::nullopt);
  EXPECT_EQ(chat.harness.check_channels(), std::nullopt);
  EXPECT_EQ(chat.harness.cell(chat.ids[0])->channels().places(), 0u);
}

TEST(Channel, TooLargeAMessageOfTheAcceptanceOpensNothing) {
  SeededScheduler scheduler(1);
  ActorHarness harness(scheduler);
  std::vector<ActorId> ids{harness.next_id(), harness.next_id()};
  auto component = harness.component();
  component.exports(on_open(), [](Play& play) {
    play.finish(play.state(), ChannelAccept{true, Bytes(1'000, 'x')});
  });
  component.exports(on_close(), [](Play& play) { play.finish(to_bytes("closed")); });
  engine::Limits small;
  small.payload_bytes = 1'000;
  harness.add(channel_guest(harness, ids), {.id = ids[0], .limits = small});
  harness.add(component, {.id = ids[1]});
  harness.send(ids[0], "by");
  scheduler.run();
  EXPECT_EQ(harness.state(ids[1]), to_bytes("closed"));
  EXPECT_EQ(harness.check_chains(), std::nullopt);
  EXPECT_EQ(harness.check_channels(), std::nullopt);
}

// No actor hangs, nothing is left, and the chains agree, whatever actors do and however they end.
TEST(ChannelProperty, HoldsForAnyChatter) {
  size_t channels = 0;
  size_t open = 0;
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    SeededScheduler scheduler(seed);
    SeededRandom random(seed);
    ActorHarness harness(scheduler);
    std::vector<ActorId> ids;
    for (int i = 0; i < 4; ++i)
      ids.push_back(harness.next_id());
    // In half of the runs deadlines come, whenever the seed has it.
    if (seed % 2 == 0) harness.desk().set_timeout_ms(1);
    for (const ActorId& id : ids)
      harness.add(channel_guest(harness, ids), {.id = id, .mailbox = {.messages = 6}});
    for (int i = 0; i < 60; ++i) {
      harness.send(ids[random.below(4)], random_chat(random));
      scheduler.run(random.below(20));
      if (random.below(80) == 0) harness.kill(ids[random.below(4)]);
      if (random.below(80) == 0) harness.stop(ids[random.below(4)]);
    }
    scheduler.run();
    ASSERT_EQ(harness.check_chains(), std::nullopt);
    ASSERT_EQ(harness.check_channels(), std::nullopt);
    for (const ActorId& id : ids) {
      ActorStatus status = harness.cell(id)->status();
      ASSERT_TRUE(status.ended || status.phase == Phase::kIdle);
      open += harness.cell(id)->channels().places();
      for (const log::Event& event : harness.story(id)) {
        const auto* sent = std::get_if<log::Sent>(&event.body);
        if (sent != nullptr && sent->kind == log::SentKind::kOpenChannel) ++channels;
      }
    }
  }
  // The property is about something.
  EXPECT_GT(channels, 2'000u);
  EXPECT_GT(open, 100u);
}

// The same on threads.
TEST(ChannelProperty, HoldsOnThreads) {
  WorkerPool pool(3);
  ActorHarness harness(pool);
  std::vector<ActorId> ids;
  for (int i = 0; i < 8; ++i)
    ids.push_back(harness.next_id());
  for (size_t i = 0; i < ids.size(); ++i) {
    std::vector<ActorId> peers{ids[(i + 1) % 8], ids[(i + 2) % 8], ids[(i + 3) % 8], ids[i / 2]};
    harness.add(channel_guest(harness, peers), {.id = ids[i]});
  }
  chat_on_threads(harness, ids, 3);
  pool.stop();
  EXPECT_EQ(harness.check_chains(), std::nullopt);
  EXPECT_EQ(harness.check_channels(), std::nullopt);
}

}  // namespace theater::testing::channels_test
