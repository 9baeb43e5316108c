#include "theater/actor/handler/handler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace theater::handler_test {

using ::testing::ElementsAre;

const ExportFunction& rung() {
  static const ExportFunction function = export_function<void()>("test:door/guests", "rung");
  return function;
}

class Door final : public Handler {
 public:
  Door()
      : Handler(
            {.name = "door",
             .host_functions = {read("test:door/door", "is-open", [](Session&) { return true; }),
                                note("test:door/bell", "ring", [](Session&) {}),
                                note("test:door/door", "knock", [](Session&) {})},
             .export_functions = {&rung(), 1},
             .type_interfaces = {"test:door/types"}}) {}
  Result<std::unique_ptr<Session>> make_session(const SessionContext&) const override {
    return std::make_unique<Session>();
  }
};

TEST(Handler, OffersTheInterfacesOfItsFunctionsEachOnceAndThoseOfTypes) {
  Door door;
  EXPECT_THAT(door.imports(), ElementsAre("test:door/door", "test:door/bell", "test:door/types"));
  EXPECT_THAT(door.exports(), ElementsAre("test:door/guests"));
}

}  // namespace theater::handler_test
