#include "theater/actor/cell/failure.h"

#include "theater/wit/names.h"

#include <boost/describe/enum_to_string.hpp>
#include <gtest/gtest.h>

namespace theater::failure_test {

using engine::TrapCode;

log::FailureCause trapped(log::TrapCode code) {
  return log::FailedTrap{code};
}
log::FailureCause limited(log::LimitCode code) {
  return log::FailedLimit{code};
}

TEST(FailureCause, KeepsTheCodeOfAFaultThatFollowsFromTheInputs) {
  EXPECT_EQ(failure_cause(TrapCode::kUnreachable), trapped(log::TrapCode::kUnreachable));
  EXPECT_EQ(failure_cause(TrapCode::kOther), trapped(log::TrapCode::kOther));
  EXPECT_EQ(failure_cause(TrapCode::kHostRefused), trapped(log::TrapCode::kHostRefused));
}

TEST(FailureCause, NamesTheLimit) {
  EXPECT_EQ(failure_cause(TrapCode::kCpuLimit), limited(log::LimitCode::kCpu));
  EXPECT_EQ(failure_cause(TrapCode::kPayloadLimit), limited(log::LimitCode::kPayload));
  EXPECT_EQ(failure_cause(TrapCode::kHostShortage), limited(log::LimitCode::kHost));
}

TEST(FailureCause, IsAKillWhereTheNodeEndedTheInstance) {
  EXPECT_EQ(failure_cause(TrapCode::kKilled), log::FailureCause(log::FailedKilled{}));
  EXPECT_EQ(failure_cause(TrapCode::kTimeLimit), log::FailureCause(log::FailedKilled{}));
}

TEST(TrapCode, HasTheSameNameInTheRecordAsInTheEngine) {
#define THEATER_EXPECT_SAME(code, name, ...)               \
  EXPECT_EQ(engine::trap_code_name(TrapCode::code), name); \
  EXPECT_EQ(wit::kebab_case(boost::describe::enum_to_string(log::TrapCode::code, "?")), name);
  THEATER_TRAPS(THEATER_EXPECT_SAME)
#undef THEATER_EXPECT_SAME
}

}  // namespace theater::failure_test
