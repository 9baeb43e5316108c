#include "theater/sandbox/init_plan.h"

#include <algorithm>

namespace theater {

void InitPlan::add(InitStep step, std::initializer_list<uint64_t> numbers,
                   std::initializer_list<std::string_view> texts) {
  constexpr size_t kAlignment = 8;
  InitStepHead head{step};
  std::ranges::copy(numbers, head.numbers);
  for (std::string_view text : texts)
    head.size += static_cast<uint32_t>(text.size() + 1);
  bytes_.append(reinterpret_cast<const char*>(&head), sizeof head);
  for (std::string_view text : texts)
    bytes_.append(text).push_back('\0');
  bytes_.resize((bytes_.size() + kAlignment - 1) / kAlignment * kAlignment);
}

}  // namespace theater
