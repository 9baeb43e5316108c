#include "theater/log/check/compare_chains.h"
#include "theater/log/event/message_rule.h"
#include "theater/wit/leb.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

namespace theater::log {

namespace {

using Kind = MessageContent::Kind;

std::string_view event_name(Given::What what) {
  constexpr std::array<std::string_view, 5> kNames = {"sent", "returned", "failed", "discarded",
                                                      "terminated"};
  return kNames[static_cast<size_t>(what)];
}

std::string_view event_name(Taken::What what) {
  constexpr std::array<std::string_view, 3> kNames = {"call", "answered", "discarded"};
  return kNames[static_cast<size_t>(what)];
}

class Comparison {
 public:
  Comparison(const std::vector<MessageLedger>& ledgers, const std::optional<ActorPair>& only,
             const ReadPayload& read)
      : only_(only), read_(read) {
    for (const MessageLedger& ledger : ledgers) {
      if (only && ledger.actor() != only->first && ledger.actor() != only->second) continue;
      sides_.emplace(ledger.actor(), &ledger);
      for (const Given& given : ledger.given())
        given_.emplace(given.hash, Found{&ledger, &given, std::nullopt});
    }
  }

  MessageReport run() {
    for (const auto& [id, ledger] : sides_) {
      std::map<ActorId, const Found*> newest;
      for (const Taken& taken : ledger->taken())
        check(*ledger, taken, newest);
    }
    for (const auto& [id, ledger] : sides_)
      check_given(*ledger);
    return std::move(report_);
  }

 private:
  struct Found {
    const MessageLedger* owner;
    const Given* given;
    std::optional<uint64_t> taken;  // Where its receiver took it.
  };
  // Messages that have not been taken, of one sender to one receiver.
  struct Lane {
    uint64_t taken = 0;  // Where the receiver took the last one before them.
    std::vector<const Given*> open;
  };

  bool concerns(const ActorId& a, const ActorId& b) const {
    return !only_ || ActorPair(a, b) == *only_ || ActorPair(b, a) == *only_;
  }

  const MessageLedger* side(const ActorId& id) const {
    auto found = sides_.find(id);
    return found == sides_.end() ? nullptr : found->second;
  }

  void check(const MessageLedger& taker, const Taken& taken,
             std::map<ActorId, const Found*>& newest) {
    Found* found = nullptr;
    if (taken.cited) {
      auto at = given_.find(*taken.cited);
      if (at != given_.end()) found = &at->second;
    }
    if (taken.what == Taken::What::kDiscarded) {
      // Without the event that it names, nobody knows whose that would be.
      if (found == nullptr || !concerns(taker.actor(), found->owner->actor())) return;
    } else if (!concerns(taker.actor(), taken.from->actor)) {
      return;
    } else if (!has_chain(taker, taken)) {
      return;
    } else if (found != nullptr && found->owner->actor() != taken.from->actor) {
      found = nullptr;
    }
    if (taken.what == Taken::What::kAnswered) return check_answered(taker, taken, found);
    if (found == nullptr) {
      return differ(Fault::kInvented, "nothing that was sent has the hash that the call cites",
                    nullptr, nullptr, &taker, &taken);
    }
    if (!check_addressee(taker, taken, *found) || !claim(taker, taken, *found)) return;
    if (found->given->is_answer()) {
      ++report_.answers;
      return;
    }
    if (taken.what == Taken::What::kCall && !same_message(taker, taken, *found)) return;
    ++report_.messages;
    const Found*& last = newest[found->owner->actor()];
    if (last != nullptr && last->given->seq > found->given->seq) {
      differ(Fault::kReordered,
             fmt::format("it was sent before event {}, which was taken earlier, at event {}",
                         last->given->seq, *last->taken),
             found->owner, found->given, &taker, &taken);
    } else {
      last = found;
    }
  }

  // Whether the other side is on record.
  bool has_chain(const MessageLedger& taker, const Taken& taken) {
    if (side(taken.from->actor) != nullptr) return true;
    missing_chain(*taken.from, nullptr, nullptr, &taker, &taken);
    return false;
  }

  void missing_chain(const Peer& peer, const MessageLedger* giver, const Given* given,
                     const MessageLedger* taker, const Taken* taken) {
    const ActorId& here = giver != nullptr ? giver->actor() : taker->actor();
    if (!unknown_.emplace(here, peer.actor).second) return;
    if (peer.durability == Durability::kMemory) {
      differ(Fault::kUnverifiable,
             fmt::format("actor {} is `memory`: its chain is not in the log, and nothing between "
                         "the two can be compared",
                         peer.actor.to_string()),
             giver, given, taker, taken);
    } else {
      differ(given != nullptr ? Fault::kLost : Fault::kInvented,
             fmt::format("the log has no chain of actor {}, which is said to be on record",
                         peer.actor.to_string()),
             giver, given, taker, taken);
    }
  }

  // Whether the event that is cited is one that was on its way to the one who cites it.
  bool check_addressee(const MessageLedger& taker, const Taken& taken, const Found& found) {
    const Given& given = *found.given;
    bool is_first_on_channel =
        given.what == Given::What::kReturned && given.part.kind != Kind::kNone;
    bool is_message = given.is_message() || is_first_on_channel;
    bool fits = is_message || (given.is_answer() && taken.what == Taken::What::kDiscarded);
    std::string_view why;
    if (!fits) {
      why = "the event that is cited sends no message";
    } else if (given.is_message() && !given.accepted) {
      why = "what is cited was not accepted, and never on its way";
    } else if (!given.to || given.to->actor != taker.actor()) {
      why = "what is cited was sent to another actor";
    }
    if (why.empty()) return true;
    differ(Fault::kInvented, std::string(why), found.owner, &given, &taker, &taken);
    return false;
  }

  // Notes that it was taken; false if it was before.
  bool claim(const MessageLedger& taker, const Taken& taken, Found& found) {
    if (found.taken) {
      differ(Fault::kInvented, fmt::format("it was taken before, at event {}", *found.taken),
             found.owner, found.given, &taker, &taken);
      return false;
    }
    found.taken = taken.seq;
    return true;
  }

  bool same_message(const MessageLedger& taker, const Taken& taken, const Found& found) {
    const Given& given = *found.given;
    SentKind kind = given.what == Given::What::kSent ? given.kind : SentKind::kChannelMessage;
    const MessageRule* rule = message_rule(kind);
    const MessageContent& sent =
        given.what == Given::What::kReturned || rule->form != MessageRule::Form::kSame
            ? given.part
            : given.content;
    const MessageContent& came =
        rule->form == MessageRule::Form::kIdAndRest ? taken.part : taken.content;
    if (!rule->may_call(taken.function)) {
      differ(Fault::kAltered, fmt::format("it was to call {}", rule->function), found.owner, &given,
             &taker, &taken);
      return false;
    }
    return same_content(taker, taken, found, sent, came);
  }

  bool same_content(const MessageLedger& taker, const Taken& taken, const Found& found,
                    const MessageContent& sent, const MessageContent& came) {
    if (sent.kind == Kind::kRemoved && came.kind != Kind::kRemoved) {
      std::optional<MessageContent> left_out = left_out_content(taker, taken, *found.given, came);
      if (left_out) return same_content(taker, taken, found, *left_out, came);
    }
    if (sent.kind == Kind::kRemoved || came.kind == Kind::kRemoved) {
      differ(Fault::kUnverifiable,
             "its bytes were removed from one of the chains, and are not compared", found.owner,
             found.given, &taker, &taken);
      return true;
    }
    if (sent == came) return true;
    differ(Fault::kAltered,
           sent.length == came.length
               ? fmt::format("its {} bytes are not those that were sent", came.length)
               : fmt::format("{} bytes were sent, and {} came", sent.length, came.length),
           found.owner, found.given, &taker, &taken);
    return false;
  }

  // What the giver's chain leaves out: `came` if that has its hash, else content of which only kind
  // and length are known. None if nobody can tell.
  std::optional<MessageContent> left_out_content(const MessageLedger& taker, const Taken& taken,
                                                 const Given& given,
                                                 const MessageContent& came) const {
    if (!given.left_out || !read_) return std::nullopt;
    std::optional<Bytes> payload = read_(taker.actor(), taken.seq);
    std::optional<ByteView> shared = payload ? shared_bytes(taken, given, *payload) : std::nullopt;
    if (!shared) return std::nullopt;
    bool same = given.left_out->kind == came.kind && given.left_out->is(*shared);
    if (same) return came;
    // Of a first message on a channel, `came` has the channel's id, too.
    uint64_t id = came.length - std::min<uint64_t>(came.length, shared->size());
    return MessageContent{given.left_out->kind, {}, id + given.left_out->length()};
  }

  // The bytes of the first payload of `taken` that the giver's payload has, too.
  static std::optional<ByteView> shared_bytes(const Taken& taken, const Given& given,
                                              ByteView payload) {
    // A result, of which the first byte is the case.
    if (taken.what == Taken::What::kAnswered) return payload.subspan(1);
    const MessageRule* rule = given.what == Given::What::kSent ? message_rule(given.kind) : nullptr;
    if (rule != nullptr && rule->form != MessageRule::Form::kIdAndRest) return payload;
    // An id comes first, of a request or a channel.
    wit::ByteReader reader(payload);
    if (!reader.read_string()) return std::nullopt;
    return reader.rest();
  }

  void check_answered(const MessageLedger& taker, const Taken& taken, Found* found) {
    if (!taken.cited) {
      // At a deadline, or after a crash.
      if (taken.content.kind == Kind::kOk) {
        differ(Fault::kInvented, "an answer that no actor gave", nullptr, nullptr, &taker, &taken);
      }
      return;
    }
    if (found == nullptr) {
      return differ(Fault::kInvented,
                    "the chain of the actor that was asked has no event with the hash that is "
                    "said to answer",
                    nullptr, nullptr, &taker, &taken);
    }
    const Given& given = *found->given;
    if (given.what == Given::What::kSent &&
        (!given.is_answer() || !given.accepted || !given.to || given.to->actor != taker.actor())) {
      return differ(Fault::kInvented, "the event that is said to answer is no answer to this actor",
                    found->owner, &given, &taker, &taken);
    }
    bool is_about_all =
        given.what == Given::What::kTerminated || given.what == Given::What::kInstance;
    if (!is_about_all && given.about != taken.request) {
      return differ(Fault::kInvented, "the event that is said to answer is about something else",
                    found->owner, &given, &taker, &taken);
    }
    if (given.what == Given::What::kSent && !claim(taker, taken, *found)) return;
    if (same_answer(taker, taken, *found)) ++report_.answers;
  }

  bool same_answer(const MessageLedger& taker, const Taken& taken, const Found& found) {
    const MessageContent& gave = found.given->content;
    const MessageContent& came = taken.content;
    bool is_channel = found.given->what == Given::What::kReturned && found.given->part != gave &&
                      found.given->part.kind != Kind::kNone;
    if (gave.kind == Kind::kUnknown) return true;
    // What is too large for the one who asked becomes an error there, and so does a channel that is
    // closed before it is open.
    const LeftOut* left_out = gave.kind == Kind::kRemoved ? found.given->left_out.get() : nullptr;
    bool was_ok = left_out != nullptr ? left_out->kind == Kind::kOk : gave.kind == Kind::kOk;
    uint64_t length = left_out != nullptr ? left_out->length() : gave.length;
    if (was_ok && came.kind == Kind::kError && (is_channel || length + 1 > taken.size_max)) {
      return true;
    }
    bool has_bytes = gave.kind == Kind::kOk || gave.kind == Kind::kRemoved || gave.length > 0;
    if (has_bytes) return same_content(taker, taken, found, gave, came);
    // An error whose text is the runtime's.
    if (came.kind != Kind::kOk) return true;
    differ(Fault::kAltered, "there was an error, and an answer came", found.owner, found.given,
           &taker, &taken);
    return false;
  }

  void check_given(const MessageLedger& giver) {
    std::map<ActorId, Lane> lanes;
    for (const Given& given : giver.given()) {
      if (given.what != Given::What::kSent || !given.accepted || !given.to ||
          !concerns(giver.actor(), given.to->actor)) {
        continue;
      }
      const MessageLedger* taker = side(given.to->actor);
      if (taker == nullptr) {
        missing_chain(*given.to, &giver, &given, nullptr, nullptr);
        continue;
      }
      const Found& found = given_.at(given.hash);
      if (given.is_answer()) {
        check_answer(giver, given, *taker);
        bool crashed = taker->crashed_between(0, std::numeric_limits<uint64_t>::max());
        if (!found.taken) leave_open(giver, given, *taker, taker->terminated() && !crashed);
        continue;
      }
      Lane& lane = lanes[given.to->actor];
      if (!found.taken) {
        lane.open.push_back(&given);
        continue;
      }
      settle(giver, *taker, lane, *found.taken);
      lane.taken = *found.taken;
    }
    for (auto& [id, lane] : lanes) {
      const MessageLedger* taker = side(id);
      if (taker->terminated()) {
        settle(giver, *taker, lane, std::numeric_limits<uint64_t>::max());
      }
      report_.in_flight += lane.open.size();
    }
  }

  // Nothing that is open in the lane will be taken any more, as something later was, at `seq`.
  void settle(const MessageLedger& giver, const MessageLedger& taker, Lane& lane, uint64_t seq) {
    bool crashed = taker.crashed_between(lane.taken, seq);
    for (const Given* given : std::exchange(lane.open, {}))
      leave_open(giver, *given, taker, !crashed);
  }

  void leave_open(const MessageLedger& giver, const Given& given, const MessageLedger& taker,
                  bool is_lost) {
    if (!is_lost) {
      ++report_.in_flight;
      return;
    }
    differ(Fault::kLost,
           fmt::format("{} ({}) has neither taken it nor said that it was discarded, {}",
                       taker.name(), taker.actor().to_string(),
                       taker.terminated() ? "and has ended" : "but has taken what came later"),
           &giver, &given, nullptr, nullptr);
  }

  // Whether an answer is one to a request of the actor that it is for.
  void check_answer(const MessageLedger& giver, const Given& given, const MessageLedger& taker) {
    auto about = given.about ? given_.find(*given.about) : given_.end();
    bool fits = about != given_.end() && about->second.owner == &taker &&
                about->second.given->what == Given::What::kSent &&
                wants_answer(about->second.given->kind) && about->second.given->accepted &&
                about->second.given->to && about->second.given->to->actor == giver.actor();
    if (fits) return;
    differ(Fault::kInvented,
           fmt::format("{} ({}) has sent no request with the hash that this answers", taker.name(),
                       taker.actor().to_string()),
           &giver, &given, nullptr, nullptr);
  }

  template <class Event>
  static MessageEvent describe(const MessageLedger& ledger, const Event& event) {
    return {ledger.actor(),
            ledger.name(),
            event.seq,
            std::string(event_name(event.what)),
            std::string(event.function),
            event.place};
  }

  void differ(Fault fault, std::string what, const MessageLedger* giver, const Given* given,
              const MessageLedger* taker, const Taken* taken) {
    if (fault != Fault::kUnverifiable) {
      report_.verdict = Verdict::kInvalid;
    } else if (report_.verdict == Verdict::kValid) {
      report_.verdict = Verdict::kUnverifiable;
    }
    if (report_.differences.size() == MessageReport::kDifferencesMax) {
      ++report_.left_out;
      return;
    }
    Difference difference;
    difference.fault = fault;
    difference.what = std::move(what);
    if (given != nullptr) difference.given = describe(*giver, *given);
    if (taken != nullptr) difference.taken = describe(*taker, *taken);
    difference.look_at = look_at(fault, difference);
    report_.differences.push_back(std::move(difference));
  }

  static std::string look_at(Fault fault, const Difference& difference);

  std::optional<ActorPair> only_;
  const ReadPayload& read_;
  std::map<ActorId, const MessageLedger*> sides_;
  std::unordered_map<Hash, Found> given_;
  std::set<ActorPair> unknown_;  // Whose other side is not there, and was said so.
  MessageReport report_;
};

std::string Comparison::look_at(Fault fault, const Difference& difference) {
  std::string text;
  auto show = [&](const std::optional<MessageEvent>& event) {
    if (!event) return;
    if (!text.empty()) text += "; ";
    text += fmt::format("theater log show {} --from {}", event->actor.to_string(), event->seq);
  };
  show(difference.given);
  show(difference.taken);
  // What an actor sends is computed again by a replay, and what it takes is not.
  if (difference.given && (fault == Fault::kAltered || fault == Fault::kLost)) {
    text += fmt::format("; theater replay {} shows whether its component sends that",
                        difference.given->actor.to_string());
  }
  return text;
}

}  // namespace

MessageReport compare_messages(const std::vector<MessageLedger>& ledgers,
                               const std::optional<ActorPair>& only, const ReadPayload& read) {
  return Comparison(ledgers, only, read).run();
}

}  // namespace theater::log
