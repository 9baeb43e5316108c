#include "theater/actor/supervision/limit_texts.h"

#include <gtest/gtest.h>

namespace theater::limit_texts_test {

using engine::RefusedGrowth;
using engine::Trap;
using engine::TrapCode;

constexpr RefusedGrowth kMemory{TrapCode::kMemoryLimit, 5 << 20};
constexpr RefusedGrowth kTable{TrapCode::kTableLimit, 77};

std::string text_of(const Trap& trap) {
  ManifestLimits limits;
  limits.memory_bytes = 1280 << 10;
  limits.table_elements = 50;
  limits.call_cpu_ms = 20;
  return breach_text(limits, trap, "init");
}

TEST(LimitTexts, ALimitIsNamedWithItsFunction) {
  EXPECT_EQ(text_of({TrapCode::kCpuLimit, "", {}}), "call_cpu_ms = 20ms was reached in init");
  EXPECT_EQ(text_of({TrapCode::kUnreachable, "", {}}), "");
}

TEST(LimitTexts, AFaultAfterARefusedGrowthNamesTheLimit) {
  for (TrapCode code : {TrapCode::kUnreachable, TrapCode::kOther, TrapCode::kMemoryLimit}) {
    EXPECT_EQ(text_of({code, "", {}, kMemory}),
              "in init the guest asked for 5242880 bytes of memory; its limit is `[limits] "
              "memory_bytes = 1280KiB`");
  }
  EXPECT_EQ(text_of({TrapCode::kTableOutOfBounds, "", {}, kTable}),
            "in init the guest asked for 77 table elements; its limit is `[limits] "
            "table_elements = 50`");
}

// These ends have a reason of their own.
TEST(LimitTexts, AnEndFromOutsideDoesNotNameARefusedGrowth) {
  EXPECT_EQ(text_of({TrapCode::kCpuLimit, "", {}, kMemory}),
            "call_cpu_ms = 20ms was reached in init");
  EXPECT_EQ(text_of({TrapCode::kKilled, "", {}, kMemory}), "");
}

}  // namespace theater::limit_texts_test
