#include "theater/log/recovery/open_actor.h"

#include "theater/log/testing/log_home.h"
#include "theater/log/testing/sample_chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace theater::log::open_actor_test {

using ::testing::HasSubstr;

// A log with actors that are told what to record.
struct StandingTest : ::testing::Test {
  OpenActors read() {
    EXPECT_TRUE(log->flush());
    auto reader = LogReader::open(home.folder());
    EXPECT_TRUE(reader) << reader.error().to_string();
    auto open_actors = read_open_actors(**reader, use);
    EXPECT_TRUE(open_actors) << open_actors.error().to_string();
    return *std::move(open_actors);
  }

  static Sent message_to(const TestActor& to, SentKind kind = SentKind::kSend) {
    return Sent{.function = 0,
                .arguments = inline_payload({}),
                .kind = kind,
                .to = Peer{to.id()},
                .about = {},
                .result = SentAccepted{}};
  }

  static Returned done() {
    return Returned{.result = CallOk{inline_payload({})}, .state = StateUnchanged{}};
  }

  static Call call_from(const TestActor& from, const Hash& sent) {
    return Call{.function = 0,
                .from = Sender{.actor = from.id(), .sent = sent},
                .arguments = inline_payload({})};
  }

  // As an actor in its first instance does that waits for nothing.
  static void take_snapshot(TestActor& actor, const Snapshot& snapshot) {
    actor.record(Control{Held{}, ByRuntime{}});
    actor.record(snapshot);
    Instance instance = sample_instance();
    instance.why = InstanceReason::kSnapshot;
    instance.state = snapshot.state;
    actor.record(instance);
  }

  LogHome home;
  std::unique_ptr<Log> log = home.open(quiet());
  using State = Result<std::optional<Bytes>>;
  static State any_state(const StateRef&) { return std::optional<Bytes>(); }
  static State no_state(const StateRef&) { return fail(ErrorCode::kNotFound, "not there"); }

  SnapshotUse use{[](const Hash&) { return true; }, any_state};
};

TEST_F(StandingTest, AnEmptyLogLeavesNothingOpen) {
  OpenActors open_actors = read();
  EXPECT_TRUE(open_actors.living.empty());
  EXPECT_TRUE(open_actors.orphans.empty());
}

TEST_F(StandingTest, ActorsThatHaveEndedAreNotAmongThem) {
  TestActor ended(*log);
  TestActor open(*log);
  ended.record(Terminated{EndedStopped{}});
  OpenActors open_actors = read();
  ASSERT_EQ(open_actors.living.size(), 1u);
  const OpenActor& open_actor = *open_actors.living[0];
  EXPECT_EQ(open_actor.id, open.id());
  EXPECT_EQ(open_actor.number, open.number());
  EXPECT_EQ(open_actor.name, "test");
  EXPECT_EQ(open_actor.position, open.chain().position());
  EXPECT_EQ(open_actor.genesis, open.chain().hash(0));
  ASSERT_TRUE(open_actor.instance);
  EXPECT_EQ(open_actor.instance->why, InstanceReason::kStart);
}

TEST_F(StandingTest, ACallInProgressAndWhatItHasOpen) {
  TestActor other(*log);
  TestActor actor(*log);
  actor.record(Call{.function = 0, .from = FromRuntime{}, .arguments = inline_payload({})});
  EventRef sent = actor.record(message_to(other, SentKind::kRequest));
  EventRef intent = actor.record(Intent{.function = 0, .arguments = inline_payload({})});
  OpenActors open_actors = read();
  const OpenActor& open_actor = *open_actors.living[1];
  EXPECT_EQ(open_actor.life.phase(), ChainGrammar::Phase::kInCall);
  EXPECT_EQ(open_actor.life.open_requests(), std::set<uint64_t>{sent.seq.value});
  EXPECT_EQ(open_actor.life.open_intents(), std::set<uint64_t>{intent.seq.value});
}

TEST_F(StandingTest, WhatLiesUndeliveredIsInTheOrderInWhichItWasSent) {
  TestActor receiver(*log);
  TestActor one(*log);
  TestActor two(*log);
  auto begin = [](TestActor& actor) {
    actor.record(Call{.function = 0, .from = FromRuntime{}, .arguments = inline_payload({})});
  };
  begin(one);
  begin(two);
  EventRef first = one.record(message_to(receiver));
  EventRef second = two.record(message_to(receiver, SentKind::kRequest));
  EventRef third = one.record(message_to(receiver));
  EventRef taken = one.record(message_to(receiver));
  EventRef dropped = one.record(message_to(receiver));
  Sent refused = message_to(receiver);
  refused.result = SentFailed{inline_payload({})};
  one.record(refused);
  Sent forgetful = message_to(receiver);
  forgetful.to = Peer{receiver.id(), Durability::kMemory};
  one.record(forgetful);
  receiver.record(call_from(one, taken.hash));
  receiver.record(done());
  receiver.cite(dropped.hash);
  // The second sender ends, which takes nothing back.
  two.record(Answered{.sent = second.seq.value, .by = {}, .result = inline_payload({})});
  two.record(done());
  two.record(Terminated{EndedStopped{}});
  OpenActors open_actors = read();
  ASSERT_EQ(open_actors.living.size(), 2u);
  const std::vector<Undelivered>& undelivered = open_actors.living[0]->undelivered;
  ASSERT_EQ(undelivered.size(), 3u);
  EXPECT_EQ(undelivered[0].sent, first.hash);
  EXPECT_EQ(undelivered[1].sent, second.hash);
  EXPECT_EQ(undelivered[1].from, two.id());
  EXPECT_EQ(undelivered[1].seq, second.seq.value);
  EXPECT_EQ(undelivered[1].kind, SentKind::kRequest);
  EXPECT_EQ(undelivered[1].manifest, sample_hash(1));
  EXPECT_EQ(undelivered[2].sent, third.hash);
  EXPECT_TRUE(open_actors.living[1]->undelivered.empty());
}

TEST_F(StandingTest, ASenderThatEndedAndBeganBeforeTheOldestOpenChainIsKnown) {
  TestActor sender(*log);
  sender.record(Call{.function = 0, .from = FromRuntime{}, .arguments = inline_payload({})});
  TestActor receiver(*log);
  EventRef sent = sender.record(message_to(receiver));
  sender.record(done());
  sender.record(Terminated{EndedStopped{}});
  OpenActors open_actors = read();
  ASSERT_EQ(open_actors.living.size(), 1u);
  ASSERT_EQ(open_actors.living[0]->undelivered.size(), 1u);
  EXPECT_EQ(open_actors.living[0]->undelivered[0].sent, sent.hash);
  EXPECT_EQ(open_actors.living[0]->undelivered[0].from, sender.id());
  EXPECT_EQ(open_actors.living[0]->undelivered[0].manifest, sample_hash(1));
}

TEST_F(StandingTest, WhatWasDoneToAnActor) {
  TestActor paused(*log);
  TestActor resumed(*log);
  TestActor stopped(*log);
  TestActor killed(*log);
  Originator by = ByClient{"somebody"};
  paused.record(Control{Pause{}, by});
  resumed.record(Control{Pause{}, by});
  resumed.record(Control{Resume{}, by});
  stopped.record(Control{Shutdown{}, by});
  killed.record(Control{Terminate{}, by});
  OpenActors open_actors = read();
  ASSERT_EQ(open_actors.living.size(), 4u);
  EXPECT_TRUE(open_actors.living[0]->is_paused);
  EXPECT_FALSE(open_actors.living[1]->is_paused);
  EXPECT_EQ(open_actors.living[2]->stop_asked, by);
  EXPECT_FALSE(open_actors.living[2]->is_killed);
  EXPECT_TRUE(open_actors.living[3]->is_killed);
}

TEST_F(StandingTest, ChildrenByHowTheyCame) {
  TestActor parent(*log);
  TestActor declared(*log);
  TestActor spawned(*log);
  TestActor gone(*log);
  auto born = [&](const TestActor& child) {
    parent.record(Child{.actor = child.id(), .genesis = child.chain().hash(0)});
  };
  parent.record(Call{.function = 0, .from = FromRuntime{}, .arguments = inline_payload({})});
  parent.record(done());
  born(declared);
  parent.record(Call{.function = 0, .from = FromClient{}, .arguments = inline_payload({})});
  born(spawned);
  born(gone);
  parent.record(ChildEnded{.actor = gone.id(), .head = gone.chain().head(), .how = EndedStopped{}});
  OpenActors open_actors = read();
  const std::vector<OpenChild>& children = open_actors.living[0]->children;
  ASSERT_EQ(children.size(), 2u);
  EXPECT_EQ(children[0].id, declared.id());
  EXPECT_EQ(children[0].genesis, declared.chain().hash(0));
  EXPECT_TRUE(children[0].is_declared);
  EXPECT_EQ(children[0].slot, 0u);
  EXPECT_FALSE(children[1].is_declared);
  EXPECT_EQ(children[1].slot, std::nullopt);
  ASSERT_EQ(open_actors.living[0]->slots.size(), 1u);
  EXPECT_EQ(open_actors.living[0]->slots[0].manifest, sample_hash(1));
}

// What of the messages to an actor its snapshot lists, and what it leaves to the log.
TEST_F(StandingTest, OfMessagesASnapshotHidesNone) {
  TestActor sender(*log);
  TestActor receiver(*log);
  sender.record(Call{.function = 0, .from = FromRuntime{}, .arguments = inline_payload({})});
  EventRef listed_and_taken = sender.record(message_to(receiver));
  EventRef listed = sender.record(message_to(receiver));
  EventRef old = sender.record(message_to(receiver));
  receiver.record(call_from(sender, old.hash));
  receiver.record(done());
  ASSERT_TRUE(log->flush());
  Snapshot snapshot;
  snapshot.position = log->durable().size;
  EventRef between = sender.record(message_to(receiver));
  receiver.record(call_from(sender, between.hash));
  receiver.record(done());
  snapshot.undelivered = {listed_and_taken.hash, listed.hash};
  take_snapshot(receiver, snapshot);
  receiver.record(call_from(sender, listed_and_taken.hash));
  receiver.record(done());
  EventRef late = sender.record(message_to(receiver));
  sender.record(done());
  sender.record(Terminated{EndedStopped{}});
  OpenActors open_actors = read();
  ASSERT_EQ(open_actors.living.size(), 1u);
  const OpenActor& open_actor = *open_actors.living[0];
  ASSERT_TRUE(open_actor.snapshot);
  EXPECT_EQ(open_actor.snapshot->seq, 7u);
  EXPECT_EQ(open_actor.snapshot->snapshot, snapshot);
  EXPECT_EQ(open_actor.position, receiver.chain().position());
  EXPECT_EQ(open_actor.genesis, receiver.chain().hash(0));
  EXPECT_EQ(open_actor.manifest, sample_hash(1));
  EXPECT_EQ(open_actor.instance->why, InstanceReason::kSnapshot);
  ASSERT_EQ(open_actor.undelivered.size(), 2u);
  EXPECT_EQ(open_actor.undelivered[0].sent, listed.hash);
  EXPECT_EQ(open_actor.undelivered[0].from, sender.id());
  EXPECT_EQ(open_actor.undelivered[0].seq, listed.seq.value);
  EXPECT_EQ(open_actor.undelivered[0].manifest, sample_hash(1));
  EXPECT_EQ(open_actor.undelivered[1].sent, late.hash);
}

TEST_F(StandingTest, TheNewestSnapshotIsTakenWhoseStateIsThere) {
  TestActor actor(*log);
  std::vector<uint64_t> seqs;
  for (uint64_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(log->flush());
    seqs.push_back(actor.chain().position().seq + 1);
    take_snapshot(actor,
                  {.state = SomeState{content_of(Bytes(i + 1))}, .position = log->durable().size});
    for (int calls = 0; calls < 3'000; ++calls) {
      actor.record(Call{.function = 0, .from = FromClient{}, .arguments = inline_payload({})});
      actor.record(done());
    }
  }
  for (size_t there : {2, 1, 0}) {
    use.read_state = [&](const StateRef& state) -> State {
      uint64_t length = std::get<SomeState>(state).value.length;
      if (length > there + 1) return no_state(state);
      return std::optional(Bytes(length));
    };
    OpenActors open_actors = read();
    EXPECT_EQ(open_actors.living[0]->snapshot->state, Bytes(there + 1));
    EXPECT_EQ(open_actors.living[0]->snapshot->seq, seqs[there]);
    EXPECT_EQ(open_actors.living[0]->position, actor.chain().position());
  }
  use.read_state = no_state;
  EXPECT_FALSE(read().living[0]->snapshot);
  use.is_likely = [](const Hash&) { return false; };
  use.read_state = any_state;
  EXPECT_FALSE(read().living[0]->snapshot);
}

TEST_F(StandingTest, ASnapshotWithoutItsInstanceIsNoPlaceToBeginAt) {
  TestActor actor(*log);
  actor.record(Control{Held{}, ByRuntime{}});
  actor.record(Snapshot{});
  EXPECT_FALSE(read().living[0]->snapshot);
}

TEST_F(StandingTest, TheNodeMayBeLostBetweenASnapshotAndItsInstance) {
  TestActor actor(*log);
  actor.record(Control{Held{}, ByRuntime{}});
  actor.record(Snapshot{});
  Instance recovered = sample_instance();
  recovered.why = InstanceReason::kRecover;
  recovered.incarnation = 1;
  actor.record(recovered);
  OpenActors open_actors = read();
  ASSERT_TRUE(open_actors.living[0]->snapshot);
  EXPECT_EQ(open_actors.living[0]->life.incarnation(), 1u);
  EXPECT_EQ(open_actors.living[0]->position, actor.chain().position());
}

Control update_to(uint8_t manifest) {
  return Control{Updated{sample_hash(manifest), {"timing"}}, ByClient{"operator"}};
}

Instance next_instance(InstanceReason why, uint64_t incarnation) {
  Instance instance = sample_instance();
  instance.why = why;
  instance.incarnation = incarnation;
  instance.init_runs = false;
  return instance;
}

TEST_F(StandingTest, AnUpdateIsInEffectFromItsInstanceOn) {
  TestActor actor(*log);
  EXPECT_FALSE(read().living[0]->updated);
  actor.record(update_to(7));
  EXPECT_EQ(read().living[0]->manifest, sample_hash(1));
  actor.record(next_instance(InstanceReason::kUpdate, 1));
  OpenActors open_actors = read();
  EXPECT_EQ(open_actors.living[0]->manifest, sample_hash(7));
  EXPECT_EQ(open_actors.living[0]->first_manifest, sample_hash(1));
  EXPECT_EQ(open_actors.living[0]->updated->grants, std::vector<std::string>{"timing"});
}

TEST_F(StandingTest, AnUpdateWithoutItsInstanceDidNotHappen) {
  TestActor actor(*log);
  actor.record(update_to(7));
  actor.record(next_instance(InstanceReason::kUpdate, 1));
  actor.record(update_to(8));
  actor.record(next_instance(InstanceReason::kRecover, 2));
  EXPECT_EQ(read().living[0]->manifest, sample_hash(7));
}

TEST_F(StandingTest, ASnapshotHidesNoUpdate) {
  TestActor actor(*log);
  actor.record(update_to(7));
  take_snapshot(actor, {});
  OpenActors open_actors = read();
  ASSERT_TRUE(open_actors.living[0]->snapshot);
  EXPECT_EQ(open_actors.living[0]->manifest, sample_hash(7));
  // The same if the log is read from its beginning.
  use.is_likely = [](const Hash&) { return false; };
  EXPECT_EQ(read().living[0]->manifest, sample_hash(7));
}

TEST_F(StandingTest, ASnapshotThatCannotBeIsDamage) {
  TestActor actor(*log);
  auto why = [&] {
    EXPECT_TRUE(log->flush());
    auto open_actors = read_open_actors(**LogReader::open(home.folder()), use);
    return open_actors ? "" : open_actors.error().to_string();
  };
  take_snapshot(actor, {.undelivered = {sample_hash(7)}});
  EXPECT_THAT(why(), HasSubstr("which is not in the log"));
  take_snapshot(actor, {.position = 1'000});
  EXPECT_THAT(why(), HasSubstr("a snapshot whose position, 1000, is after it"));
}

// What is kept in memory of a chain depends on nothing but the chain.
TEST_F(StandingTest, TheNewestEventsBeforeAnEventAreThoseOfTheWholeChain) {
  TestActor actor(*log);
  for (int i = 0; i < 60; ++i) {
    take_snapshot(actor, {});
    for (int calls = 0; calls < 100; ++calls) {
      actor.record(Call{.function = 0,
                        .from = FromClient{},
                        .arguments = inline_payload(Bytes(static_cast<size_t>(i * 10)))});
      actor.record(done());
    }
  }
  ASSERT_TRUE(log->flush());
  auto reader = *LogReader::open(home.folder());
  Chain whole;
  LogCursor cursor = reader->actor_cursor(actor.id());
  for (uint64_t seq = 0; seq <= actor.chain().position().seq; ++seq) {
    if (seq % 1'499 == 0 || seq == actor.chain().position().seq) {
      auto before = chain_before(*reader, actor.id(), seq);
      ASSERT_TRUE(before) << before.error().to_string();
      EXPECT_EQ(before->position(), whole.position());
      EXPECT_EQ(before->first_seq(), whole.first_seq());
      EXPECT_EQ(before->kept_bytes(), whole.kept_bytes());
      bool begins_with_instance = before->dropped() == 0;
      if (!begins_with_instance) {
        EXPECT_EQ(before->functions_at_first().names(), whole.functions_at_first().names());
      }
    }
    auto stored = *cursor.next();
    if (stored) whole.append_encoded(stored->bytes, decode_event(stored->bytes)->time);
  }
  EXPECT_GT(whole.dropped(), 0u);
}

TEST_F(StandingTest, DamageIsNamed) {
  TestActor actor(*log);
  // Breaks the grammar: nothing was called.
  actor.record(done());
  ASSERT_TRUE(log->flush());
  auto reader = *LogReader::open(home.folder());
  auto open_actors = read_open_actors(*reader, use);
  ASSERT_FALSE(open_actors);
  EXPECT_EQ(open_actors.error().code(), ErrorCode::kCorrupt);
  EXPECT_NE(open_actors.error().to_string().find("0000000000.segment, offset"), std::string::npos)
      << open_actors.error().to_string();
}

}  // namespace theater::log::open_actor_test
