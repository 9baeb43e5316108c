#include "theater/actor/handler/binding.h"

#include "theater/actor/messaging/interface_name.h"
#include "theater/actor/testing/probe_handler.h"
#include "theater/actor/testing/scripted_guest.h"

#include <gtest/gtest.h>

namespace theater::testing::binding_test {

struct BindingTest : ::testing::Test {
  BindingTest() { handlers.push_back(std::make_unique<ProbeHandler>()); }

  auto bind(const ScriptedComponent& component, std::vector<std::string> listed = {"desk"}) {
    return bind_component(component.shape(), handlers, listed);
  }
  std::string error(const ScriptedComponent& component,
                    std::vector<std::string> listed = {"desk"}) {
    auto bound = bind(component, std::move(listed));
    return bound ? "" : bound.error().to_string();
  }
  const HostFunction& desk(std::string_view name) const {
    for (const HostFunction& function : handlers[0]->host_functions()) {
      if (function.name.name == name) return function;
    }
    throw std::out_of_range(std::string(name));
  }
  static ScriptedComponent actor() {
    ScriptedComponent component;
    component.exports(init_function(), keep);
    return component;
  }

  HandlerSet handlers;
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_F(BindingTest, MakesTheFunctionTableFromImportsAndCallableExports) {
  auto component = actor();
  component.imports(desk("say")).imports(desk("name")).exports(on_message(), keep);
  auto bound = bind(component);
  ASSERT_TRUE(bound) << bound.error().to_string();
  const Binding& binding = **bound;
  EXPECT_EQ(
      binding.functions.names(),
      (std::vector<std::string>{"theater:simple/actor/init", "theater:simple/desk/name",
                                "theater:simple/desk/say", "theater:simple/visitors/on-message"}));
  EXPECT_EQ(binding.imports.at(0).index, 2u);
  EXPECT_EQ(binding.imports.at(1).index, 1u);
  EXPECT_EQ(binding.find_export(on_message())->index, 3u);
  EXPECT_EQ(binding.find_export(on_request()), nullptr);
}

TEST_F(BindingTest, NamesEveryMissingInterfaceAndTheNearest) {
  auto component = actor();
  component.imports({"theater:simple/dask", "say"}, desk("say").type);
  component.imports({"other:thing/entirely", "x"}, desk("say").type);
  std::string text = error(component);
  EXPECT_TRUE(has(text,
                  "theater:simple/dask, which no handler of this node offers; did it mean "
                  "theater:simple/desk?"))
      << text;
  EXPECT_TRUE(has(text, "other:thing/entirely, which no handler of this node offers")) << text;
}

TEST_F(BindingTest, RefusesAnImportWhoseHandlerIsNotListed) {
  auto component = actor();
  component.imports(desk("say"));
  std::string text = error(component, {});
  EXPECT_TRUE(has(text, "does not list the handler `desk`")) << text;
  // It is none of Theater's own, so the manifest has another word for it.
  EXPECT_TRUE(has(text, "add [[handler]] type = \"custom\", name = \"desk\"")) << text;
}

// A handler that only brings types, as another one may too.
class TypesHandler final : public Handler {
 public:
  explicit TypesHandler(std::string name)
      : Handler({.name = std::move(name), .type_interfaces = {"test:shared/types"}}) {}
  Result<std::unique_ptr<Session>> make_session(const SessionContext&) const override {
    return std::make_unique<Session>();
  }
};

TEST_F(BindingTest, TakesTypesFromEachHandlerThatBringsThem) {
  handlers.push_back(std::make_unique<TypesHandler>("one"));
  handlers.push_back(std::make_unique<TypesHandler>("two"));
  auto component = actor();
  component.imports({"test:shared/types", "f"}, desk("say").type);
  auto problem = [&](std::vector<std::string> listed) { return error(component, listed); };
  // No handler has the function; but its interface is there.
  EXPECT_TRUE(has(problem({"one"}), "which this node does not offer"));
  EXPECT_TRUE(has(problem({"two"}), "which this node does not offer"));
  EXPECT_TRUE(has(problem({}), "its manifest does not list the handler `one`"));
}

TEST_F(BindingTest, WarnsOfAnExportWhoseHandlerIsNotListed) {
  auto component = actor();
  component.exports(on_message(), keep);
  auto bound = bind(component, {});
  ASSERT_TRUE(bound);
  ASSERT_EQ((*bound)->warnings.size(), 1u);
  EXPECT_TRUE(has((*bound)->warnings[0], "`desk`"));
  EXPECT_TRUE((*bound)->handlers.empty());
  EXPECT_EQ((*bound)->find_export(on_message()), nullptr);
}

TEST_F(BindingTest, LeavesOutAListedHandlerThatTheComponentDoesNotTouch) {
  auto bound = bind(actor());
  ASSERT_TRUE(bound);
  EXPECT_TRUE((*bound)->handlers.empty());
}

TEST_F(BindingTest, ShowsBothTypesOfAMismatch) {
  auto component = actor();
  component.imports({kDesk, "say"}, wit::func_type_of<void(uint32_t)>());
  std::string text = error(component);
  EXPECT_TRUE(has(text, "offered:  say: func(p0: string)")) << text;
  EXPECT_TRUE(has(text, "imported: say: func(p0: u32)")) << text;
}

TEST_F(BindingTest, NamesAFunctionThatIsNotThere) {
  auto component = actor();
  component.imports({kDesk, "stomp"}, desk("stamp").type);
  std::string text = error(component);
  EXPECT_TRUE(has(text,
                  "theater:simple/desk/stomp, which this node does not offer; did it mean "
                  "stamp?"))
      << text;
}

TEST_F(BindingTest, MatchesVersionedNames) {
  auto component = actor();
  component.imports({"theater:simple/desk@0.1.0", "say"}, desk("say").type);
  auto bound = bind(component);
  ASSERT_TRUE(bound) << bound.error().to_string();
  EXPECT_EQ((*bound)->functions.names().at(1), "theater:simple/desk/say");
  EXPECT_EQ((*bound)->engine_bindings.at(0).name.interface, "theater:simple/desk@0.1.0");
}

TEST_F(BindingTest, WantsInitOfItsType) {
  ScriptedComponent none;
  EXPECT_TRUE(has(error(none), "does not export theater:simple/actor"));
  ScriptedComponent wrong;
  wrong.exports({"theater:simple/actor", "init"}, wit::func_type_of<void()>(), keep);
  std::string text = error(wrong);
  EXPECT_TRUE(has(text, "theater:simple/actor/init with another type")) << text;
}

TEST_F(BindingTest, RefusesAnExportOfAnotherType) {
  auto component = actor();
  component.exports(on_message().name, wit::func_type_of<void(std::string)>(), keep);
  EXPECT_TRUE(has(error(component), "visitors/on-message with another type"));
}

// A handler whose only function is wrong.
class WrongHandler final : public Handler {
 public:
  explicit WrongHandler(HostFunction function)
      : Handler({.name = "wrong", .host_functions = {std::move(function)}}) {}
  Result<std::unique_ptr<Session>> make_session(const SessionContext&) const override {
    return std::make_unique<Session>();
  }
};

TEST(BindingDeathTest, AnEffectMustBeAbleToSayAnError) {
  WrongHandler silent(effect(kDesk, "shout", [](Session&) { return 1u; }));
  EXPECT_DEATH(check_handler(silent), "result must be a result");
}

TEST(BindingDeathTest, TheResultOfANoteMustBeKnownWithoutIt) {
  constexpr const char* kRefused = "is a note, so its result must be";
  EXPECT_DEATH(check_handler(WrongHandler(note(kDesk, "count", [](Session&) { return 1u; }))),
               kRefused);
  using Counted = tl::expected<uint32_t, std::string>;
  EXPECT_DEATH(
      check_handler(WrongHandler(note(kDesk, "count", [](Session&) { return Counted(1); }))),
      kRefused);
  // The name alone does not make it a function of the chain.
  EXPECT_DEATH(check_handler(WrongHandler(note(kDesk, "get-chain", [](Session&) { return 1u; }))),
               kRefused);
}

TEST_F(BindingTest, PicksTheFunctionOfTheImportedType) {
  handlers.push_back(std::make_unique<WrongHandler>(
      note(kDesk, "say", [](Session&, std::string_view, std::string_view) {})));
  auto component = actor();
  component.imports({kDesk, "say"}, wit::func_type_of<void(std::string, std::string)>());
  auto bound = bind(component, {"desk", "wrong"});
  ASSERT_TRUE(bound) << bound.error().to_string();
  EXPECT_EQ((*bound)->imports.at(0).function->type.params.size(), 2u);
}

TEST(CheckBudget, KnowsWhatHandlersOfferAndCapabilitiesNames) {
  HandlerSet handlers;
  handlers.push_back(std::make_unique<ProbeHandler>());
  std::string desk(plain_interface(handlers[0]->host_functions()[0].name.interface));
  EXPECT_TRUE(check_budget({}, handlers));
  EXPECT_TRUE(
      check_budget({.host_calls = {{desk, 1}, {"theater:simple/http-client", 2}}}, handlers));
  Result<void> wrong = check_budget({.host_calls = {{"theater:simple/htp-client", 10}}}, handlers);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(
      wrong.error().message(),
      "[budget] host_calls: theater:simple/htp-client = 10 bounds nothing, because no handler "
      "offers this interface; did it mean theater:simple/http-client?");
}

}  // namespace theater::testing::binding_test
