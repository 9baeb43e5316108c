// What actors see of those below them, under many orders of events.
#include "theater/actor/cell/descendants.h"

#include "theater/base/guarded.h"
#include "theater/log/event/view.h"
#include "theater/runtime/testing/seeded_family.h"

#include <gtest/gtest.h>

#include <array>
#include <thread>

namespace theater::descendants_test {

using testing::Family;
using testing::OnThreads;
using testing::Seeded;
using testing::Told;

constexpr uint64_t kSeeds = 20;

std::string ask(Seeded& seeded, const ActorId& who, const std::string& what, const ActorId& whom) {
  return seeded.family.ask(who, what + " " + whom.to_string());
}

std::string stranger(const ActorId& id) {
  return "error: " + id.to_string() + " is neither a child of this actor nor below one";
}

// Types of all events that are kept of it.
std::string types_of(Seeded& seeded, const ActorId& id) {
  std::string text;
  for (const log::EventView& view : log::view_chain(*seeded.family.runtime().chain(id)))
    text += (text.empty() ? "" : " ") + view.event_type;
  return text;
}

TEST(Descendants, ShowTheStateThatTheyHaveKept) {
  testing::for_each_seed(kSeeds, [](Seeded& seeded) {
    ActorId root = seeded.family.add_root();
    ActorId child = seeded.add_child(root, "kept");
    ActorId grandchild = seeded.add_child(child, "");
    EXPECT_EQ(ask(seeded, root, "state", child), "kept");
    EXPECT_EQ(ask(seeded, root, "state", grandchild), "");
    // News of its own child changes what the child keeps.
    seeded.family.ask(grandchild, "quit bye");
    seeded.scheduler.run();
    EXPECT_EQ(ask(seeded, root, "state", child), "kept\nexit " + grandchild.to_string() + " bye");
  });
}

TEST(Descendants, ShowItInTheMidstOfACall) {
  testing::for_each_seed(kSeeds, [](Seeded& seeded) {
    ActorId root = seeded.family.add_root();
    ActorId child = seeded.add_child(root);
    seeded.family.runtime().request(child, as_bytes("spin"), [](const Result<Bytes>&) {});
    while (seeded.family.runtime().status(child)->phase != Phase::kProcessing)
      seeded.scheduler.step();
    EXPECT_EQ(ask(seeded, root, "state", child), "kept");
    EXPECT_EQ(ask(seeded, root, "events", child),
              "theater-runtime/genesis runtime-setup theater:simple/actor/init "
              "theater-runtime/returned theater:simple/message-server-client/handle-request");
    ASSERT_TRUE(seeded.family.runtime().kill(child));
  });
}

TEST(Descendants, AreNobodyElse) {
  testing::for_each_seed(kSeeds, [](Seeded& seeded) {
    ActorId root = seeded.family.add_root();
    ActorId child = seeded.add_child(root);
    ActorId sibling = seeded.add_child(root);
    ActorId other = seeded.family.add_root();
    ActorId others = seeded.add_child(other);
    ActorId nobody = *ActorId::parse(std::string(32, '0'));
    for (const char* what : {"state", "events"}) {
      for (const ActorId& id : {root, other, others, nobody})
        EXPECT_EQ(ask(seeded, root, what, id), stranger(id));
      for (const ActorId& id : {root, child, sibling})
        EXPECT_EQ(ask(seeded, child, what, id), stranger(id));
      std::string malformed = seeded.family.ask(root, std::string(what) + " nobody");
      EXPECT_TRUE(malformed.starts_with("error: Failed to parse actor ID: ")) << malformed;
    }
  });
}

TEST(Descendants, ThatHaveEndedShowHowItCameAndHaveNoState) {
  testing::for_each_seed(kSeeds, [](Seeded& seeded) {
    ActorId root = seeded.family.add_root();
    ActorId child = seeded.add_child(root);
    seeded.family.ask(child, "quit bye");
    // Whether the parent was notified or not.
    while (!seeded.family.runtime().status(child)->ended)
      seeded.scheduler.step();
    EXPECT_EQ(ask(seeded, root, "state", child),
              "error: " + child.to_string() + " has ended, and its state with it");
    std::string seen = ask(seeded, root, "events", child);
    EXPECT_EQ(seen, types_of(seeded, child));
    EXPECT_TRUE(seen.ends_with("theater-runtime/returned theater-runtime/terminated")) << seen;
  });
}

TEST(Descendants, ThatHaveEndedAreForgottenInTheEnd) {
  Seeded seeded(1);
  ActorId root = seeded.family.add_root();
  auto end_child = [&](const ActorId& parent) {
    ActorId child = seeded.add_child(parent);
    seeded.family.ask(parent, "stop " + child.to_string());
    return child;
  };
  ActorId first = end_child(root);
  for (size_t i = 1; i < Descendants::kEndedKnownMax; ++i)
    end_child(root);
  EXPECT_EQ(ask(seeded, root, "events", first), types_of(seeded, first));
  ActorId last = end_child(root);
  EXPECT_EQ(ask(seeded, root, "events", first), stranger(first));
  EXPECT_EQ(ask(seeded, root, "events", last), types_of(seeded, last));
  // The node forgets it, and its parent does not.
  ActorId other = seeded.family.add_root();
  for (size_t i = 0; i < 1'000; ++i)
    end_child(other);
  for (const char* what : {"state", "events"}) {
    EXPECT_EQ(
        ask(seeded, root, what, last),
        "error: " + last.to_string() + " ended too long ago: what it did is in the node's log");
  }
}

TEST(Descendants, SayThatTheirEventsAreTooManyForThePayloadLimit) {
  Seeded seeded(1);
  SpawnRequest request = seeded.family.root_request();
  request.manifest = *parse_manifest(
      seeded.family.manifest_text("[limits]\npayload_bytes = 4096\n"), "root.toml", "/");
  ActorId root = seeded.family.runtime().spawn(request)->id;
  ActorId child = seeded.add_child(root);
  for (int i = 0; i < 20; ++i)
    seeded.family.ask(child, "ping");
  EXPECT_EQ(ask(seeded, root, "events", child),
            "error: the events of " + child.to_string() +
                " have more than 4095 bytes, this actor's payload limit: raise `payload_bytes` "
                "under [limits] in its manifest");
  EXPECT_EQ(ask(seeded, root, "state", child), "kept");
  seeded.expect_right();
}

// Takes work until it is told not to.
struct Choosy final : JobRunner {
  explicit Choosy(Scheduler& scheduler) : inner(scheduler, 100) {}
  bool submit(Job job) override { return takes && inner.submit(std::move(job)); }
  void stop() override { inner.stop(); }

  SchedulerJobs inner;
  bool takes = true;
};

TEST(Descendants, SayThatTheNodeIsTooBusyToWriteThemOut) {
  SeededScheduler scheduler(1);
  Choosy jobs(scheduler);
  Family family(scheduler, scheduler, scheduler.clock(), &jobs);
  ActorId root = family.add_root();
  std::string child = family.ask(root, "spawn kept");
  jobs.takes = false;
  EXPECT_EQ(family.ask(root, "events " + child), "error: the node is too busy: try later");
  EXPECT_EQ(family.ask(root, "state " + child), "kept");
}

// Each looks at the other's children too, and at children that are ending.
TEST(Descendants, AreLookedAtOnThreadsWhileTheyEnd) {
  OnThreads node;
  Family& family = node.family;
  std::array<ActorId, 2> roots = {family.add_root(), family.add_root()};
  Guarded<std::vector<std::string>> wrong;
  auto look = [&](const ActorId& who, const std::string& child, bool is_own) {
    for (std::string what : {"state", "events"}) {
      std::string seen = family.ask(who, what + " " + child);
      bool is_stranger = seen.find("is neither a child of this actor nor below one") != seen.npos;
      bool is_right = is_own
                          ? seen == "kept" || seen.ends_with("has ended, and its state with it") ||
                                seen.starts_with("theater-runtime/genesis runtime-setup ")
                          : is_stranger;
      if (!is_right) wrong.with([&](auto& texts) { texts.push_back(what + ": " + seen); });
    }
  };
  std::vector<std::thread> threads;
  for (size_t i = 0; i < roots.size(); ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 60; ++round) {
        std::string child = family.ask(roots[i], "spawn kept");
        ActorId id = *ActorId::parse(child);
        look(roots[1 - i], child, false);
        family.runtime().request(id, as_bytes(round % 2 == 0 ? "trap" : "quit now"),
                                 [](const Result<Bytes>&) {});
        look(roots[i], child, true);
        if (round % 3 == 0) (void)family.runtime().kill(id);
        look(roots[i], child, true);
        look(roots[1 - i], child, false);
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(wrong.with([](auto& texts) { return texts; }), std::vector<std::string>());
}

}  // namespace theater::descendants_test
