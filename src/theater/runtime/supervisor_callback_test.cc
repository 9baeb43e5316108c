// What guests are told of their children, on seeds and on threads.
#include "theater/actor/messaging/supervisor_callback.h"

#include "theater/actor/messaging/export_function.h"
#include "theater/base/file.h"
#include "theater/runtime/testing/seeded_family.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <thread>

namespace theater::supervisor_callback_test {

using testing::Family;
using testing::OnThreads;
using testing::Play;
using testing::ScriptedComponent;
using testing::Seeded;
using testing::Told;

constexpr uint64_t kSeeds = 40;

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    all.push_back(line);
  return all;
}

// What an actor was told, a line each.
std::vector<std::string> news_of(Family& family, const ActorId& id) {
  return lines(family.ask(id, "news"));
}

bool is_error_of(const std::string& line, const ActorId& child) {
  return line.starts_with("error " + child.to_string() + " ") &&
         line.find("unreachable") != line.npos;
}

void trap(Family& family, const ActorId& id) {
  family.runtime().request(id, as_bytes("trap"), [](const Result<Bytes>&) {});
  EXPECT_TRUE(family.runtime().wait_ended(id));
}

// Ends a child in one of the ways that its parent did not ask for; what the parent is told of it.
std::string end_from_outside(Family& family, const ActorId& child, size_t way) {
  switch (way % 3) {
    case 0:
      EXPECT_EQ(family.ask(child, "quit data of " + child.to_string()), "bye");
      EXPECT_TRUE(family.runtime().wait_ended(child));
      return "exit " + child.to_string() + " data of " + child.to_string();
    case 1:
      EXPECT_TRUE(family.runtime().stop(child));
      break;
    default:
      EXPECT_TRUE(family.runtime().kill(child));
      break;
  }
  EXPECT_TRUE(family.runtime().wait_ended(child));
  return "stop " + child.to_string();
}

TEST(ChildNotices, AreOneForEachEndInTheirOrder) {
  testing::for_each_seed(kSeeds, [](Seeded& seeded) {
    Family& family = seeded.family;
    ActorId root = family.add_root();
    std::vector<std::string> expected;
    for (size_t way = 0; way < 3; ++way)
      expected.push_back(end_from_outside(family, seeded.add_child(root), way));
    ActorId trapped = seeded.add_child(root);
    trap(family, trapped);
    seeded.scheduler.run();
    std::vector<std::string> news = news_of(family, root);
    ASSERT_EQ(news.size(), 4u);
    EXPECT_TRUE(is_error_of(news.back(), trapped)) << news.back();
    news.pop_back();
    EXPECT_EQ(news, expected);
    size_t calls = 0;
    for (const log::Call& call : family.told(root).all<log::Call>())
      calls += std::holds_alternative<log::FromHandler>(call.from);
    EXPECT_EQ(calls, 4u);
  });
}

TEST(ChildNotices, AreNoneOfWhatTheParentKnowsAlready) {
  testing::for_each_seed(kSeeds, [](Seeded& seeded) {
    Family& family = seeded.family;
    ActorId root = family.add_root();
    family.ask(root, "stop " + seeded.add_child(root).to_string());
    EXPECT_TRUE(family.ask(root, "spawn fail").starts_with("error: "));
    EXPECT_TRUE(family.ask(root, "spawn trap").starts_with("error: "));
    // One that has to be killed.
    ActorId child = seeded.add_child(root);
    family.runtime().request(child, as_bytes("spin"), [](const Result<Bytes>&) {});
    EXPECT_EQ(family.ask(root, "stop " + child.to_string()), "stopped");
    seeded.scheduler.run();
    EXPECT_EQ(news_of(family, root), std::vector<std::string>());
  });
}

TEST(ChildNotices, TellOnceOfEachBudgetThatIsUsedUp) {
  testing::for_each_seed(kSeeds, [](Seeded& seeded) {
    Family& family = seeded.family;
    ActorId root = family.add_root();
    std::string text = family.manifest_text("[budget]\ndescendants = 1\nmessages = 1\n");
    ActorId lead = *ActorId::parse(family.ask(root, "spawn-as " + text));
    ActorId worker = *ActorId::parse(family.ask(lead, "spawn kept"));
    for (int i = 0; i < 3; ++i) {
      for (const ActorId& id : {worker, lead}) {
        EXPECT_NE(family.ask(id, "spawn kept").find("budget-spent"), std::string::npos);
        family.ask(id, "ask " + root.to_string() + " ping");
      }
    }
    seeded.scheduler.run();
    // By whomever it was used up, it is the lead's, whose supervisor is the root.
    EXPECT_EQ(news_of(family, lead), std::vector<std::string>());
    auto spent = [&](const std::string& what) {
      return fmt::format(
          "error {0} budget-spent: budget.{1} = 1 of actor {0} is used up, by it and "
          "its descendants",
          lead.to_string(), what);
    };
    EXPECT_EQ(news_of(family, root),
              (std::vector<std::string>{spent("descendants"), spent("messages")}));
  });
}

TEST(ChildNotices, NameTheLimitThatACallsTimeReached) {
  Seeded seeded(1);
  Family& family = seeded.family;
  ActorId root = family.add_root();
  std::string text = family.manifest_text("[limits]\ncall_wall_ms = 1500\n");
  ActorId slow = *ActorId::parse(family.ask(root, "spawn-as " + text));
  // It waits for an actor that does not answer.
  ActorId other = family.add_root();
  ASSERT_TRUE(family.runtime().pause(other, Runtime::Pausing::kWhenFree));
  family.ask(slow, "ask " + other.to_string() + " ping");
  seeded.scheduler.run();
  EXPECT_EQ(news_of(family, root), std::vector<std::string>{"error " + slow.to_string() + " " +
                                                            std::string("\2\0\0\0\0\0\0\0", 8)});
}

TEST(ChildNotices, WaitForACallInProgressAndForAPause) {
  testing::for_each_seed(kSeeds, [](Seeded& seeded) {
    Family& family = seeded.family;
    ActorId root = family.add_root();
    ActorId child = seeded.add_child(root);
    ASSERT_TRUE(family.runtime().pause(root, Runtime::Pausing::kWhenFree));
    std::string expected = end_from_outside(family, child, 0);
    seeded.scheduler.run_now();
    EXPECT_EQ(family.told(root).all<log::ChildEnded>().size(), 1u);
    size_t calls = family.told(root).all<log::Call>().size();
    ASSERT_TRUE(family.runtime().resume(root));
    seeded.scheduler.run_now();
    Told told = family.told(root);
    ASSERT_EQ(told.all<log::Call>().size(), calls + 1);
    EXPECT_TRUE(std::holds_alternative<log::FromHandler>(told.all<log::Call>().back().from));
    EXPECT_EQ(news_of(family, root), std::vector<std::string>{expected});
  });
}

TEST(ChildNotices, AreNoneForAParentThatIsEnding) {
  testing::for_each_seed(kSeeds, [](Seeded& seeded) {
    Family& family = seeded.family;
    ActorId root = family.add_root();
    std::vector<ActorId> children;
    for (int i = 0; i < 3; ++i)
      children.push_back(seeded.add_child(root));
    size_t calls = family.told(root).all<log::Call>().size();
    ASSERT_TRUE(family.runtime().stop(root));
    for (const ActorId& child : children)
      (void)family.runtime().kill(child);
    ASSERT_TRUE(family.runtime().wait_ended(root));
    EXPECT_EQ(family.told(root).all<log::ChildEnded>().size(), 3u);
    // The kills may come before the stop is looked at; then what is not delivered is dropped.
    for (const log::Call& call : family.told(root).all<log::Call>())
      EXPECT_FALSE(std::holds_alternative<log::Sender>(call.from));
    EXPECT_LE(family.told(root).all<log::Call>().size(), calls + 3);
  });
}

// A parent whose guest has other callbacks than the family's members.
struct OtherParent : ::testing::Test {
  // An actor of a component that answers each request with a new child of the family's.
  ActorId add(ScriptedComponent component) {
    for (const auto& handler : handlers) {
      for (const HostFunction& function : handler->host_functions()) {
        if (function.name.name == "spawn") component.imports(function);
      }
    }
    std::string manifest = family.manifest_text();
    component.exports(init_function(), testing::keep)
        .exports(handle_request_function(), [manifest](Play& play) {
          play.call_waiting<tl::expected<std::string, std::string>>(
              "theater:simple/supervisor", "spawn",
              [](Play& later, const tl::expected<std::string, std::string>& spawned) {
                later.finish(later.state(), std::optional<Bytes>(to_bytes(spawned.value())));
              },
              manifest, std::optional<Bytes>(to_bytes(std::string_view("kept"))));
        });
    family.loader().add("other", std::move(component));
    EXPECT_TRUE(write_file(family.folder() / "other.wasm", as_bytes(std::string_view("other"))));
    std::string text = family.manifest_text();
    text.replace(text.find("member.wasm"), 11, "other.wasm");
    return *ActorId::parse(family.ask(root, "spawn-as " + text));
  }

  ActorId child_of(const ActorId& parent) { return *ActorId::parse(family.ask(parent, "")); }

  HandlerSet handlers = make_handlers();
  Seeded seeded{7};
  Family& family = seeded.family;
  ActorId root = family.add_root();
};

TEST_F(OtherParent, MayExportNoneOfThem) {
  ActorId parent = add(ScriptedComponent());
  for (size_t way = 0; way < 3; ++way)
    end_from_outside(family, child_of(parent), way);
  trap(family, child_of(parent));
  seeded.scheduler.run();
  Told told = family.told(parent);
  EXPECT_EQ(told.all<log::ChildEnded>().size(), 4u);
  EXPECT_EQ(told.all<log::Call>().size(), 5u) << "init and four requests: " << told.outline();
  seeded.expect_right();
}

TEST_F(OtherParent, MayExportOneOfThem) {
  ScriptedComponent component;
  component.exports(child_notice_functions()[1], [](Play& play) { play.finish(play.state()); });
  ActorId parent = add(std::move(component));
  for (size_t way = 0; way < 3; ++way)
    end_from_outside(family, child_of(parent), way);
  seeded.scheduler.run();
  EXPECT_EQ(family.told(parent).all<log::Call>().size(), 5u);
  seeded.expect_right();
}

TEST_F(OtherParent, WhoseCallbackReturnsAnErrorLives) {
  ScriptedComponent component;
  component.exports(child_notice_functions()[1], [](Play& play) { play.fail("not now"); });
  ActorId parent = add(std::move(component));
  end_from_outside(family, child_of(parent), 0);
  seeded.scheduler.run();
  EXPECT_EQ(family.runtime().status(parent)->errors, 1u);
  EXPECT_FALSE(family.runtime().status(parent)->ended);
  seeded.expect_right();
}

TEST_F(OtherParent, WhoseCallbackTrapsFailsAndIsNewsItself) {
  ScriptedComponent component;
  component.exports(child_notice_functions()[1],
                    [](Play& play) { play.trap(engine::TrapCode::kUnreachable); });
  ActorId parent = add(std::move(component));
  ActorId first = child_of(parent);
  ActorId second = child_of(parent);
  end_from_outside(family, first, 0);
  ASSERT_TRUE(family.runtime().wait_ended(parent));
  EXPECT_TRUE(family.runtime().status(second)->ended);
  seeded.scheduler.run();
  std::vector<std::string> news = news_of(family, root);
  ASSERT_EQ(news.size(), 1u);
  EXPECT_TRUE(is_error_of(news[0], parent)) << news[0];
  seeded.expect_right();
}

TEST_F(OtherParent, ThatTakesNoSuchDataIsToldSo) {
  std::string text = family.manifest_text("[limits]\npayload_bytes = 1024\n");
  std::string small = family.ask(root, "spawn-as " + text);
  ActorId parent = *ActorId::parse(small);
  // Its children have the family's limits.
  ActorId child = seeded.add_child(parent);
  family.ask(child, "quit " + std::string(1'000, 'x'));
  ASSERT_TRUE(family.runtime().wait_ended(child));
  seeded.scheduler.run();
  std::vector<std::string> news = news_of(family, parent);
  ASSERT_EQ(news.size(), 1u);
  EXPECT_TRUE(news[0].starts_with("error " + child.to_string() +
                                  " it has ended, but what it ended with does not fit: the "
                                  "message has 10"))
      << news[0];
}

// Three levels, each of which is lost in turn; only the level above is told.
void lose_each_level(Family& family, bool by_trap) {
  auto spawn = [&](const ActorId& parent) {
    return *ActorId::parse(family.ask(parent, "spawn kept"));
  };
  auto lose = [&](const ActorId& id) {
    if (by_trap) return trap(family, id);
    EXPECT_TRUE(family.runtime().kill(id));
    EXPECT_TRUE(family.runtime().wait_ended(id));
  };
  auto expect_last = [&](const ActorId& parent, size_t count, const ActorId& child) {
    // The parent has recorded the end before it answers, but not always before it is asked.
    while (news_of(family, parent).size() < count)
      std::this_thread::yield();
    std::vector<std::string> news = news_of(family, parent);
    ASSERT_EQ(news.size(), count);
    if (by_trap) {
      EXPECT_TRUE(is_error_of(news.back(), child)) << news.back();
    } else {
      EXPECT_EQ(news.back(), "stop " + child.to_string());
    }
  };
  ActorId top = family.add_root();
  ActorId middle = spawn(top);
  ActorId aunt = spawn(top);
  ActorId leaf = spawn(middle);
  ActorId sibling = spawn(middle);
  lose(leaf);
  expect_last(middle, 1, leaf);
  EXPECT_EQ(family.ask(sibling, "ping"), "pong");
  EXPECT_TRUE(news_of(family, top).empty());
  leaf = spawn(middle);
  lose(middle);
  expect_last(top, 1, middle);
  for (const ActorId& below : {leaf, sibling})
    EXPECT_TRUE(family.runtime().status(below)->ended);
  EXPECT_EQ(family.ask(aunt, "ping"), "pong");
  EXPECT_TRUE(news_of(family, aunt).empty());
  middle = spawn(top);
  leaf = spawn(middle);
  lose(top);
  for (const ActorId& below : {aunt, middle, leaf})
    EXPECT_TRUE(family.runtime().status(below)->ended);
}

TEST(ThreeLevels, AreLostInTurnAndNobodyIsOrphaned) {
  for (bool by_trap : {false, true}) {
    testing::for_each_seed(kSeeds, [by_trap](Seeded& seeded) {
      lose_each_level(seeded.family, by_trap);
      for (const ActorId& id : seeded.family.runtime().actors())
        EXPECT_TRUE(seeded.family.runtime().status(id)->ended);
    });
  }
}

TEST(ThreeLevels, AreLostInTurnOnThreads) {
  OnThreads node;
  std::vector<std::thread> threads;
  for (bool by_trap : {false, true, false, true}) {
    threads.emplace_back([&node, by_trap] {
      for (int i = 0; i < 10; ++i)
        lose_each_level(node.family, by_trap);
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  std::map<ActorId, Told> chains;
  for (const ActorId& id : node.family.runtime().actors()) {
    EXPECT_TRUE(node.family.runtime().status(id)->ended);
    chains.emplace(id, node.family.told(id));
  }
  EXPECT_EQ(chains.size(), 4u * 10u * 8u);
  EXPECT_EQ(node.family.what_is_wrong(chains), std::nullopt);
}

TEST(Families, GetTheirOwnNewsOnly) {
  constexpr size_t kChildren = 1'500;
  OnThreads node;
  std::array<ActorId, 2> roots = {node.family.add_root(), node.family.add_root()};
  std::array<std::vector<std::string>, 2> expected;
  std::vector<std::thread> threads;
  for (size_t i = 0; i < roots.size(); ++i) {
    threads.emplace_back([&, i] {
      for (size_t child = 0; child < kChildren; ++child) {
        std::string id = node.family.ask(roots[i], "spawn kept");
        expected[i].push_back(end_from_outside(node.family, *ActorId::parse(id), child));
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  for (size_t i = 0; i < roots.size(); ++i) {
    // `init`, a call for each child, and one for its end.
    while (node.family.runtime().status(roots[i])->calls < 1 + 2 * kChildren)
      std::this_thread::yield();
    std::vector<log::ChildEnded> ends = node.family.told(roots[i]).all<log::ChildEnded>();
    std::vector<std::string> news = news_of(node.family, roots[i]);
    ASSERT_EQ(news.size(), kChildren);
    EXPECT_EQ(std::multiset(news.begin(), news.end()),
              std::multiset(expected[i].begin(), expected[i].end()));
    // The chain keeps the newest, which show the order.
    ASSERT_GT(ends.size(), 10u);
    for (size_t back = 1; back <= ends.size(); ++back) {
      EXPECT_NE(news[kChildren - back].find(ends[ends.size() - back].actor.to_string()),
                std::string::npos);
    }
  }
}

}  // namespace theater::supervisor_callback_test
