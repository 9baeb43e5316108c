// An actor without a capability gets nothing from any handler of this build, whatever denied it,
// and whatever the manifest says.
#include "theater/actor/testing/actor_harness.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/handlers/registry.h"
#include "theater/manifest/effective_permissions.h"
#include "theater/wit/generate.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace theater::denied_test {

using namespace testing;

// The parties that take the capability away.
struct Case {
  bool policy = false;      // The operator.
  bool disallowed = false;  // The manifest, which is the guest's own.
  bool is_child = false;
  bool parent = false;  // The parent of a child, which lacks it.

  bool is_denied() const { return policy || disallowed || (is_child && parent); }
  std::string to_string() const {
    return fmt::format("policy {}, manifest {}, {}", policy ? "denies" : "grants",
                       disallowed ? "disallows" : "asks",
                       !is_child ? "root"
                       : parent  ? "child of one without"
                                 : "child of one with");
  }
};

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (int bits = 0; bits < 16; ++bits)
    cases.push_back({(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0});
  return cases;
}

std::string capability_of(const Handler& handler) {
  return capability_from_name(handler.name()) ? std::string(handler.name()) : "custom";
}

Manifest manifest_for(const Handler& handler, bool disallowed) {
  std::string capability = capability_of(handler);
  std::string text =
      fmt::format("name = \"a\"\ncomponent = \"a.wasm\"\n[[handler]]\ntype = \"{}\"\n", capability);
  if (capability == "custom") text += fmt::format("name = \"{}\"\n", handler.name());
  if (capability == "filesystem") text += "path = \"/\"\n";
  if (disallowed) text += fmt::format("[permission_policy.{}]\ntype = \"disallow\"\n", capability);
  Result<Manifest> manifest = parse_manifest(text, "a.toml", "/");
  EXPECT_TRUE(manifest) << manifest.error().to_string();
  return manifest ? *std::move(manifest) : Manifest();
}

// What the actor gets; nothing if it may not even start.
std::optional<Permissions> effective(const Handler& handler, const Case& one) {
  Permissions all = Permissions::unrestricted();
  Permissions without = all.without(*capability_from_name(capability_of(handler)));
  std::optional<Permissions> parent;
  if (one.is_child) parent = one.parent ? without : all;
  Result<Permissions> made = effective_permissions(Policy(one.policy ? without : all), parent,
                                                   manifest_for(handler, one.disallowed));
  return made ? std::optional(*std::move(made)) : std::nullopt;
}

Bytes some_arguments(const wit::FuncType& type) {
  Bytes arguments;
  wit::Choices simplest{ByteView()};
  wit::generate_value(simplest, type.params_tuple(), arguments);
  return arguments;
}

struct DeniedTest : ::testing::Test {
  HandlerSet handlers() const { return make_handlers({.home = home.path()}); }
  // The handler of that name alone.
  HandlerSet only(std::string_view name) const {
    HandlerSet all = handlers();
    std::erase_if(all, [&](const auto& handler) { return handler->name() != name; });
    return all;
  }

  // Calls `visit` with each handler and with the permissions of an actor that may start without it.
  template <class Visit>
  void each_denied(Visit visit) {
    HandlerSet all = handlers();
    for (const auto& handler : all) {
      for (const Case& one : all_cases()) {
        std::optional<Permissions> permissions = effective(*handler, one);
        if (!permissions) {
          EXPECT_TRUE(one.is_denied()) << handler->name() << ": " << one.to_string();
          continue;
        }
        EXPECT_EQ(handler->is_granted(*permissions), !one.is_denied())
            << handler->name() << ": " << one.to_string();
        if (one.is_denied()) visit(*handler, *permissions);
      }
    }
  }

  TemporaryFolder home;
};

// An actor that calls one function of the host when it starts.
TEST_F(DeniedTest, EveryFunctionIsRefusedAndDoesNothing) {
  size_t refused = 0;
  each_denied([&](const Handler& handler, const Permissions& permissions) {
    for (const HostFunction& function : handler.host_functions()) {
      SeededScheduler scheduler(1);
      ActorHarness harness(scheduler, only(handler.name()));
      bool answered = false;
      ActorId id =
          harness.add(harness.component([&](Play& play) {
            play.call_any(function.name, some_arguments(function.type), [&](Play& after, ByteView) {
              answered = true;
              after.finish(std::nullopt);
            });
            if (!answered) play.finish(std::nullopt);
          }),
                      {.permissions = permissions, .manifest = manifest_for(handler, true)});
      scheduler.run();
      Story story = harness.story(id);
      ASSERT_GE(story.size(), 4U) << harness.outline(id) << harness.started(id).value_or("");
      const auto* body = std::get_if<log::Refused>(&story[3].body);
      ASSERT_NE(body, nullptr) << function.name.to_string() << ": " << harness.outline(id);
      const auto* why = std::get_if<log::RefusedPermission>(&body->why);
      ASSERT_NE(why, nullptr) << function.name.to_string();
      // A check of the function's own may name the grant more exactly.
      EXPECT_TRUE(why->value.starts_with(handler.name()) || why->value.starts_with("environment"))
          << function.name.to_string() << ": " << why->value;
      ++refused;
    }
  });
  EXPECT_GT(refused, 100U);
}

// Messages, answers, ticks and news of children: the sender is told, and nothing is on record.
TEST_F(DeniedTest, NoFunctionOfTheGuestIsCalled) {
  size_t kept_out = 0;
  each_denied([&](const Handler& handler, const Permissions& permissions) {
    if (handler.export_functions().empty()) return;
    SeededScheduler scheduler(1);
    ActorHarness harness(scheduler, only(handler.name()));
    ScriptedComponent component = harness.component();
    for (const ExportFunction& function : handler.export_functions()) {
      if (function.name != init_function().name) component.exports(function, keep);
    }
    ActorId id = harness.add(component,
                             {.permissions = permissions, .manifest = manifest_for(handler, true)});
    scheduler.run();
    std::string before = harness.outline(id);
    for (const ExportFunction& function : handler.export_functions()) {
      if (function.name == init_function().name) continue;
      std::string why = harness.deliver(id, function, some_arguments(function.type));
      EXPECT_TRUE(why.starts_with("Permission denied: ")) << function.name.to_string() << why;
      EXPECT_FALSE(harness.cell(id)->exports(function));
      ++kept_out;
    }
    scheduler.run();
    EXPECT_EQ(harness.outline(id), before);
  });
  EXPECT_GT(kept_out, 20U);
}

}  // namespace theater::denied_test
