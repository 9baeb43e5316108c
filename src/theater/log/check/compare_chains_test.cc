#include "theater/log/check/compare_chains.h"

#include "theater/log/event/body_use.h"
#include "theater/log/event/for_each_payload.h"
#include "theater/log/testing/sample_chain.h"
#include "theater/wit/traits.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <tuple>
#include <vector>

namespace theater::log::compare_chains_test {

using Answer = tl::expected<Bytes, std::string>;

const std::vector<std::string>& function_names() {
  static const std::vector<std::string> names =
      FunctionTable::from_names({"theater:simple/actor/init",
                                 "theater:simple/message-server-client/handle-channel-close",
                                 "theater:simple/message-server-client/handle-channel-message",
                                 "theater:simple/message-server-client/handle-channel-open",
                                 "theater:simple/message-server-client/handle-request",
                                 "theater:simple/message-server-client/handle-send",
                                 "theater:simple/message-server-host/send"})
          .names();
  return names;
}

uint32_t function(std::string_view name) {
  for (uint32_t i = 0; i < function_names().size(); ++i) {
    if (function_names()[i].ends_with(name)) return i;
  }
  ADD_FAILURE() << name;
  return 0;
}

template <class... Args>
Payload values(const Args&... args) {
  Bytes out;
  wit::encode_params(out, args...);
  return inline_payload(std::move(out));
}

Payload value(const Answer& answer) {
  return inline_payload(wit::encode(answer));
}

const Salt kSalt{7};

// An actor that does as it is told.
struct Actor {
  ActorId id;
  Durability durability = Durability::kSync;
  Chain chain{};
  bool leaves_out = false;  // What it makes itself.

  Actor(uint8_t byte, std::string name) : id(sample_actor(byte)) {
    add(Genesis{kLogVersion, id, std::move(name), std::nullopt, sample_hash(1)});
    Instance instance = sample_instance();
    instance.functions = function_names();
    instance.limits.payload_bytes = 1000;
    add(instance);
  }

  Hash add(Body body) {
    size_t ordinal = 0;
    for_each_payload(body, [&](Payload& payload) {
      if (!leaves_out || !is_output(body, ordinal++)) return;
      ByteView bytes = inline_bytes(payload)->view();
      payload = Detached{detached_hash(kSalt, bytes), bytes.size()};
    });
    return chain.append(body, chain.size()).hash;
  }

  Hash send(const Actor& to, std::string_view text, SentKind kind = SentKind::kSend) {
    return add(Sent{function("/send"), values(to.id.to_string(), to_bytes(text)), kind,
                    Peer{to.id, to.durability}, std::nullopt, SentAccepted{}});
  }
  Hash respond(const Actor& to, const Hash& request, std::string_view text,
               SentKind kind = SentKind::kAnswer) {
    Payload arguments = kind == SentKind::kAnswer ? values(std::string("an id"), to_bytes(text))
                                                  : values(std::string("an id"));
    return add(Sent{function("/send"), std::move(arguments), kind, Peer{to.id, to.durability},
                    request, SentAccepted{}});
  }
  Hash on_channel(const Actor& to, SentKind kind, const Payload& arguments) {
    return add(Sent{function("/send"), arguments, kind, Peer{to.id, to.durability}, std::nullopt,
                    SentAccepted{}});
  }

  Hash called(std::string_view name, const Actor& from, const Hash& sent, Payload arguments) {
    return add(Call{function(name), Sender{from.id, from.durability, sent}, std::move(arguments)});
  }
  Hash returns(Payload results = values()) {
    return add(Returned{CallOk{std::move(results)}, StateUnchanged{}});
  }
  void takes(const Actor& from, const Hash& sent, std::string_view text) {
    called("handle-send", from, sent, values(to_bytes(text)));
    returns();
  }
  void takes_request(const Actor& from, const Hash& sent, std::string_view text) {
    called("handle-request", from, sent, values(std::string("an id"), to_bytes(text)));
  }
  void answered(uint64_t seq, std::optional<Hash> by, const Answer& answer) {
    add(Answered{seq, by, value(answer)});
  }
  Hash restarts(uint64_t incarnation) {
    Instance instance = sample_instance();
    instance.why = InstanceReason::kRestart;
    instance.incarnation = incarnation;
    instance.functions = function_names();
    instance.limits.payload_bytes = 1000;
    return add(instance);
  }
  void ends() { add(Terminated{EndedStopped{}}); }
};

MessageLedger ledger(const Actor& actor) {
  MessageLedger made;
  actor.chain.for_each([&](uint64_t, ByteView bytes, const Hash& hash) {
    Result<Event> event = decode_event(bytes);
    ASSERT_TRUE(event);
    std::vector<std::optional<StoredBody>> bodies;
    for_each_payload(event->body, [&](const Payload& payload) {
      if (inline_bytes(payload) == nullptr) bodies.push_back(StoredBody{.salt = kSalt});
    });
    made.accept(*event, hash, {3, 7}, bodies);
  });
  return made;
}

ReadPayload reading(const std::vector<const Actor*>& actors) {
  return [actors](const ActorId& id, uint64_t seq) {
    std::optional<Bytes> first;
    for (const Actor* actor : actors) {
      if (actor->id != id) continue;
      Event event = *decode_event(actor->chain.event(seq));
      for_each_payload(event.body, [&](const Payload& payload) {
        if (!first) first = to_bytes(inline_bytes(payload)->view());
      });
    }
    return first;
  };
}

MessageReport compared(const Actor& a, const Actor& b) {
  std::vector<MessageLedger> ledgers;
  ledgers.push_back(ledger(a));
  ledgers.push_back(ledger(b));
  return compare_messages(ledgers, ActorPair(a.id, b.id), reading({&a, &b}));
}

std::string faults(const MessageReport& report) {
  std::string text;
  for (const Difference& difference : report.differences) {
    text += fault_name(difference.fault);
    if (difference.given)
      text += fmt::format(" {}#{}", difference.given->name, difference.given->seq);
    if (difference.taken)
      text += fmt::format(" {}#{}", difference.taken->name, difference.taken->seq);
    text += ": " + difference.what + "\n";
  }
  return text;
}

std::optional<Bytes> some(std::string_view text) {
  return to_bytes(text);
}

// The parameter says whether the chains leave out what their actors made. Both kinds are found to
// be right or wrong in the same way.
class Between : public ::testing::TestWithParam<bool> {
 protected:
  Between() {
    for (Actor* actor : {&a, &b, &c})
      actor->leaves_out = GetParam();
  }
  void expect_valid(uint64_t messages, uint64_t answers, uint64_t in_flight = 0) {
    for (const MessageReport& report : {compared(a, b), compared(b, a)}) {
      EXPECT_EQ(report.verdict, Verdict::kValid) << faults(report);
      EXPECT_EQ(report.messages, messages);
      EXPECT_EQ(report.answers, answers);
      EXPECT_EQ(report.in_flight, in_flight);
    }
  }
  // One difference, which begins with `text`.
  void expect_one(std::string_view text, Verdict verdict = Verdict::kInvalid) {
    MessageReport report = compared(a, b);
    EXPECT_EQ(report.verdict, verdict);
    EXPECT_EQ(report.differences.size(), 1u);
    EXPECT_TRUE(faults(report).starts_with(text)) << faults(report);
    for (const Difference& difference : report.differences)
      EXPECT_NE(difference.look_at.find("theater log show"), std::string::npos);
  }

  Actor a{0xa1, "a"};
  Actor b{0xb2, "b"};
  Actor c{0xc3, "c"};
};

TEST_P(Between, AgreesOnSendsInBothDirections) {
  b.takes(a, a.send(b, "one"), "one");
  Hash two = a.send(b, "two");
  a.takes(b, b.send(a, "back"), "back");
  b.takes(a, two, "two");
  b.add(Discarded{a.send(b, "three"), DiscardReason::kEnded});
  a.takes(c, c.send(a, "not compared"), "changed");
  a.ends();
  b.ends();
  expect_valid(4, 0);
}

TEST_P(Between, FindsALostMessage) {
  a.send(b, "one");
  b.ends();
  expect_one(
      "LOST a#2: b (b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2) has neither taken it nor said that it "
      "was discarded, and has ended");
}

TEST_P(Between, FindsALostMessageBeforeOneThatWasTaken) {
  a.send(b, "one");
  b.takes(a, a.send(b, "two"), "two");
  expect_one(
      "LOST a#2: b (b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2) has neither taken it nor said that it "
      "was discarded, but has taken what came later");
}

TEST_P(Between, FindsALostMessageOfTheSecondActor) {
  b.send(a, "one");
  a.ends();
  expect_one("LOST b#2: a (");
}

TEST_P(Between, CallsTheTailInFlight) {
  b.takes(a, a.send(b, "one"), "one");
  a.send(b, "two");
  a.send(b, "three");
  b.send(a, "back");
  expect_valid(1, 0, 3);
}

TEST_P(Between, BlamesACrashForWhatWaitedThen) {
  b.takes(a, a.send(b, "one"), "one");
  a.send(b, "two");
  b.add(Failed{FailedCrash{}});
  b.takes(a, a.send(b, "three"), "three");
  expect_valid(2, 0, 1);
  a.send(b, "four");
  b.takes(a, a.send(b, "five"), "five");
  expect_one("LOST a#5: ");
}

TEST_P(Between, IgnoresWhatWasNotAccepted) {
  a.add(Sent{function("/send"), values(b.id.to_string(), to_bytes("x")), SentKind::kSend,
             Peer{b.id, b.durability}, std::nullopt,
             SentFailed{value(tl::unexpected(std::string("full")))}});
  b.ends();
  expect_valid(0, 0);
}

TEST_P(Between, FindsAnInventedMessage) {
  b.takes(a, sample_hash(9), "one");
  expect_one("INVENTED b#2: nothing that was sent has the hash that the call cites");
}

TEST_P(Between, FindsAMessageThatWasNotAccepted) {
  Hash sent = a.add(Sent{function("/send"), values(b.id.to_string(), to_bytes("x")),
                         SentKind::kSend, Peer{b.id, b.durability}, std::nullopt,
                         SentFailed{value(tl::unexpected(std::string("full")))}});
  b.takes(a, sent, "x");
  expect_one("INVENTED a#2 b#2: what is cited was not accepted");
}

TEST_P(Between, FindsAMessageThatWasForSomebodyElse) {
  b.takes(a, a.send(c, "one"), "one");
  expect_one("INVENTED a#2 b#2: what is cited was sent to another actor");
}

TEST_P(Between, FindsACitationOfSomethingElse) {
  a.called("handle-send", b, b.send(a, "x"), values(to_bytes("x")));
  Hash returned = a.returns();
  b.takes(a, returned, "one");
  expect_one("INVENTED a#3 b#3: the event that is cited sends no message");
}

TEST_P(Between, FindsAMessageThatIsTakenTwice) {
  Hash sent = a.send(b, "one");
  b.takes(a, sent, "one");
  b.takes(a, sent, "one");
  expect_one("INVENTED a#2 b#4: it was taken before, at event 2");
}

TEST_P(Between, FindsAMessageThatIsTakenAndDiscarded) {
  Hash sent = a.send(b, "one");
  b.takes(a, sent, "one");
  b.add(Discarded{sent, DiscardReason::kEnded});
  expect_one("INVENTED a#2 b#4: it was taken before, at event 2");
}

TEST_P(Between, FindsAlteredBytes) {
  b.takes(a, a.send(b, "one"), "eno");
  expect_one("ALTERED a#2 b#2: its 4 bytes are not those that were sent");
}

TEST_P(Between, FindsAlteredBytesOfTheSecondActor) {
  a.takes(b, b.send(a, "one"), "longer");
  expect_one("ALTERED b#2 a#2: 4 bytes were sent, and 7 came");
}

TEST_P(Between, FindsAnotherFunction) {
  b.called("handle-channel-close", a, a.send(b, "one"), values(to_bytes("one")));
  expect_one("ALTERED a#2 b#2: it was to call handle-send");
}

TEST_P(Between, FindsAnotherOrder) {
  Hash one = a.send(b, "one");
  Hash two = a.send(b, "two");
  b.takes(a, two, "two");
  b.takes(a, one, "one");
  expect_one("REORDERED a#2 b#4: it was sent before event 3, which was taken earlier, at event 2");
}

TEST_P(Between, ComparesDetachedBytesAndSaysWhichAreGone) {
  auto report_of = [&](bool with_bodies, std::string_view came) {
    Salt salt{};
    Bytes tuple;
    wit::encode_params(tuple, b.id.to_string(), to_bytes("one"));
    Actor sender{0xa1, "a"};
    Actor taker{0xb2, "b"};
    Hash sent =
        sender.add(Sent{function("/send"), Detached{detached_hash(salt, tuple), tuple.size()},
                        SentKind::kSend, Peer{b.id, b.durability}, std::nullopt, SentAccepted{}});
    taker.takes(sender, sent, came);
    std::vector<MessageLedger> ledgers(1);
    std::vector<std::optional<StoredBody>> bodies(1);
    if (with_bodies) bodies[0] = StoredBody{salt, std::make_shared<const Bytes>(tuple)};
    sender.chain.for_each([&](uint64_t, ByteView bytes, const Hash& hash) {
      Event event = *decode_event(bytes);
      put_bodies_in(event.body, bodies);
      ledgers[0].accept(event, hash, {});
    });
    ledgers.push_back(ledger(taker));
    return compare_messages(ledgers);
  };
  EXPECT_EQ(faults(report_of(true, "one")), "");
  EXPECT_EQ(report_of(true, "two").verdict, Verdict::kInvalid);
  MessageReport report = report_of(false, "two");
  EXPECT_EQ(report.verdict, Verdict::kUnverifiable);
  EXPECT_TRUE(faults(report).starts_with("UNVERIFIABLE a#2 b#2: its bytes were removed"));
}

// A request of `a` at event 2, which `b` has taken.
class Asked : public Between {
 protected:
  Asked() {
    request = a.send(b, "question", SentKind::kRequest);
    b.takes_request(a, request, "question");
  }
  Hash request;
};

TEST_P(Asked, AgreesOnAnswersOfEachKind) {
  a.answered(2, b.returns(values(some("yes"))), to_bytes("yes"));

  request = a.send(b, "later", SentKind::kRequest);
  b.takes_request(a, request, "later");
  b.returns(values(std::optional<Bytes>()));
  a.answered(4, b.respond(a, request, "now"), to_bytes("now"));

  request = a.send(b, "no", SentKind::kRequest);
  b.takes_request(a, request, "no");
  a.answered(6, b.add(Returned{CallError{values(std::string("never"))}, StateUnchanged{}}),
             tl::unexpected(std::string("never")));

  request = a.send(b, "cancelled", SentKind::kRequest);
  b.takes_request(a, request, "cancelled");
  b.returns(values(std::optional<Bytes>()));
  a.answered(8, b.respond(a, request, "", SentKind::kCancel), tl::unexpected(std::string("gone")));

  request = a.send(b, "trap", SentKind::kRequest);
  b.takes_request(a, request, "trap");
  a.answered(10, b.add(Failed{FailedTrap{TrapCode::kUnreachable}}),
             tl::unexpected(std::string("failed")));

  request = a.send(b, "late", SentKind::kRequest);
  b.takes_request(a, request, "late");
  b.returns(values(std::optional<Bytes>()));
  a.answered(12, std::nullopt, tl::unexpected(std::string("too late")));
  a.add(Discarded{b.respond(a, request, "late"), DiscardReason::kLateAnswer});

  request = a.send(b, "discarded", SentKind::kRequest);
  a.answered(15, b.add(Discarded{request, DiscardReason::kNoSuchExport}),
             tl::unexpected(std::string("no")));

  request = a.send(b, "left open", SentKind::kRequest);
  b.takes_request(a, request, "left open");
  b.returns(values(std::optional<Bytes>()));
  a.answered(17, b.restarts(1), tl::unexpected(std::string("restarted")));

  request = a.send(b, "last", SentKind::kRequest);
  b.takes_request(a, request, "last");
  b.returns(values(std::optional<Bytes>()));
  b.ends();
  a.answered(19, b.chain.head(), tl::unexpected(std::string("ended")));
  expect_valid(9, 9);
}

TEST_P(Asked, FindsAnAlteredAnswer) {
  a.answered(2, b.returns(values(some("yes"))), to_bytes("no!"));
  expect_one("ALTERED b#3 a#3: its 4 bytes are not those that were sent");
}

TEST_P(Asked, FindsAnAlteredLaterAnswer) {
  b.returns(values(std::optional<Bytes>()));
  a.answered(2, b.respond(a, request, "yes"), to_bytes("no"));
  expect_one("ALTERED b#4 a#3: 4 bytes were sent, and 3 came");
}

TEST_P(Asked, FindsAnAnswerWhereThereWasAnError) {
  a.answered(2, b.add(Failed{FailedKilled{}}), to_bytes("fine"));
  expect_one("ALTERED b#3 a#3: there was an error, and an answer came");
}

TEST_P(Asked, FindsAnErrorWhereThereWasAnAnswer) {
  a.answered(2, b.returns(values(some("yes"))), tl::unexpected(std::string("no")));
  expect_one("ALTERED b#3 a#3: ");
}

TEST_P(Asked, KnowsThatAnAnswerMayBeTooLarge) {
  a.answered(2, b.returns(values(some(std::string(998, 'x')))),
             tl::unexpected(std::string("too large")));
  expect_valid(1, 1);
}

TEST_P(Asked, FindsAnInventedAnswer) {
  a.answered(2, sample_hash(9), to_bytes("yes"));
  expect_one("INVENTED a#3: the chain of the actor that was asked has no event with the hash");
}

TEST_P(Asked, FindsAnAnswerThatNobodyGave) {
  a.answered(2, std::nullopt, to_bytes("yes"));
  expect_one("INVENTED a#3: an answer that no actor gave");
}

TEST_P(Asked, FindsAnAnswerToAnotherRequest) {
  Hash first = b.returns(values(some("yes")));
  a.answered(2, first, to_bytes("yes"));
  Hash second = a.send(b, "again", SentKind::kRequest);
  b.takes_request(a, second, "again");
  a.answered(4, first, to_bytes("yes"));
  expect_one("INVENTED b#3 a#5: the event that is said to answer is about something else");
}

TEST_P(Asked, FindsAnAnswerToARequestThatWasNotMade) {
  b.respond(a, sample_hash(9), "yes");
  expect_one("INVENTED b#3: a (a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1) has sent no request");
}

TEST_P(Asked, FindsALostAnswer) {
  b.respond(a, request, "yes");
  a.answered(2, std::nullopt, tl::unexpected(std::string("too late")));
  expect_valid(1, 0, 1);
  a.ends();
  expect_one("LOST b#3: a (");
}

TEST_P(Asked, FindsAnAlteredRequest) {
  a.answered(2, b.returns(values(some("yes"))), to_bytes("yes"));
  b.takes_request(a, a.send(b, "question", SentKind::kRequest), "another");
  expect_one("ALTERED a#4 b#4: 9 bytes were sent, and 8 came");
}

class OpenChannel : public Between {
 protected:
  // `a` opens a channel, and `b` accepts it with a first message of its own.
  OpenChannel() {
    request = a.send(b, "hello", SentKind::kOpenChannel);
    b.called("handle-channel-open", a, request, values(channel, to_bytes("hello")));
    accepted = b.returns(values(true, some("welcome")));
  }
  void takes(Actor& taker, const Actor& from, const Hash& cited, std::string_view text) {
    taker.called("handle-channel-message", from, cited, values(channel, to_bytes(text)));
    taker.returns();
  }
  std::string channel = "ch_1";
  Hash request;
  Hash accepted;
};

TEST_P(OpenChannel, IsAgreedOn) {
  a.answered(2, accepted, to_bytes(channel));
  takes(a, b, accepted, "welcome");
  takes(b, a, a.on_channel(b, SentKind::kChannelMessage, values(channel, to_bytes("x"))), "x");
  Hash close = b.on_channel(a, SentKind::kCloseChannel, values(channel));
  a.called("handle-channel-close", b, close, values(channel));
  a.returns();
  expect_valid(4, 1);
}

TEST_P(OpenChannel, NeedNotHaveAFirstMessage) {
  a.answered(2, accepted, tl::unexpected(std::string("closed")));
  a.ends();
  expect_valid(1, 1);
}

TEST_P(OpenChannel, MayBeRejectedWithWordsOfTheRuntime) {
  a.answered(2, accepted, to_bytes(channel));
  Hash second = a.send(b, "again", SentKind::kOpenChannel);
  b.called("handle-channel-open", a, second, values(channel, to_bytes("again")));
  a.answered(4, b.returns(values(false, std::optional<Bytes>())),
             tl::unexpected(std::string("rejected")));
  expect_valid(2, 2);
}

TEST_P(OpenChannel, HasOneId) {
  a.answered(2, accepted, to_bytes("ch_2"));
  expect_one("ALTERED b#3 a#3: its 5 bytes are not those that were sent");
}

TEST_P(OpenChannel, HasTheFirstMessageThatWasSent) {
  a.answered(2, accepted, to_bytes(channel));
  takes(a, b, accepted, "go away");
  expect_one("ALTERED b#3 a#4: its 13 bytes are not those that were sent");
}

TEST_P(OpenChannel, HasMessagesAsTheyWereSent) {
  a.answered(2, accepted, to_bytes(channel));
  takes(b, a, a.on_channel(b, SentKind::kChannelMessage, values(channel, to_bytes("x"))), "y");
  expect_one("ALTERED a#4 b#4: ");
}

TEST_P(Between, CannotCompareWithAnActorThatIsNotOnRecord) {
  b.durability = Durability::kMemory;
  a.send(b, "one");
  a.send(b, "two");
  std::vector<MessageLedger> ledgers;
  ledgers.push_back(ledger(a));
  MessageReport report = compare_messages(ledgers, ActorPair(a.id, b.id));
  EXPECT_EQ(report.verdict, Verdict::kUnverifiable);
  EXPECT_EQ(
      faults(report),
      "UNVERIFIABLE a#2: actor b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2 is `memory`: its chain is not "
      "in the log, and nothing between the two can be compared\n");
}

TEST_P(Between, MissesTheChainOfAnActorThatIsSaidToBeOnRecord) {
  a.takes(b, sample_hash(9), "one");
  std::vector<MessageLedger> ledgers;
  ledgers.push_back(ledger(a));
  MessageReport report = compare_messages(ledgers);
  EXPECT_EQ(report.verdict, Verdict::kInvalid);
  EXPECT_TRUE(faults(report).starts_with("INVENTED a#2: the log has no chain of actor b2b2"));
}

TEST_P(Between, ComparesAllPairsOfALog) {
  b.takes(a, a.send(b, "one"), "one");
  c.takes(a, a.send(c, "one"), "two");
  c.takes(b, b.send(c, "one"), "one");
  std::vector<MessageLedger> ledgers;
  for (const Actor* actor : {&a, &b, &c})
    ledgers.push_back(ledger(*actor));
  MessageReport report = compare_messages(ledgers, {}, reading({&a, &b, &c}));
  EXPECT_EQ(report.messages, 2u);
  EXPECT_TRUE(faults(report).starts_with("ALTERED a#3 c#2: ")) << faults(report);
  EXPECT_EQ(compare_messages(ledgers, ActorPair(b.id, c.id), reading({&b, &c})).verdict,
            Verdict::kValid);
}

TEST_P(Between, TellsAFewDifferencesAndCountsTheRest) {
  for (int i = 0; i < 25; ++i)
    b.takes(a, sample_hash(9), "one");
  MessageReport report = compared(a, b);
  EXPECT_EQ(report.differences.size(), MessageReport::kDifferencesMax);
  EXPECT_EQ(report.left_out, 5u);
}

TEST_P(Between, NamesPlaces) {
  b.takes(a, sample_hash(9), "one");
  MessageReport report = compared(a, b);
  ASSERT_EQ(report.differences.size(), 1u);
  EXPECT_EQ(report.differences[0].taken->to_string(),
            "b #2 call theater:simple/message-server-client/handle-send (segment 3, offset 7)");
}

constexpr auto kind_name = [](const ::testing::TestParamInfo<bool>& info) {
  return std::string(info.param ? "LeftOut" : "Kept");
};
INSTANTIATE_TEST_SUITE_P(Chains, Between, ::testing::Bool(), kind_name);
INSTANTIATE_TEST_SUITE_P(Chains, Asked, ::testing::Bool(), kind_name);
INSTANTIATE_TEST_SUITE_P(Chains, OpenChannel, ::testing::Bool(), kind_name);

}  // namespace theater::log::compare_chains_test
