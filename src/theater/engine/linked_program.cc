#include "theater/engine/linked_program.h"

#include "theater/base/check.h"

#include <utility>

namespace theater::engine {

namespace {

// A result buffer that grew past this is let go after the call that needed it.
constexpr size_t kResultKeepBytes = size_t{64} << 10;

// Destroyed unused when the call was answered at once: the engine keeps the completion then.
class EngineSink final : public Completion::Sink {
 public:
  explicit EngineSink(te_completion* completion) : completion_(completion) {}

  bool answer(ByteView result) override {
    return te_completion_answer(std::exchange(completion_, nullptr), raw::slice(result));
  }
  bool trap(TrapCode code, std::string_view why) override {
    return te_completion_trap(std::exchange(completion_, nullptr), static_cast<uint32_t>(code),
                              raw::slice(why));
  }
  bool cancelled() const override { return te_completion_cancelled(completion_); }

 private:
  te_completion* completion_;
};

te_limits to_raw(const Limits& limits) {
  return {limits.memory_bytes, limits.table_elements, limits.core_instances, limits.payload_bytes,
          limits.call_ticks};
}

}  // namespace

LinkedProgram::LinkedProgram(std::shared_ptr<const Component> component, te_program* handle)
    : component_(std::move(component)), handle_(handle) {
  for (const FunctionDecl& function : component_->exports()) {
    te_error* error =
        te_program_add_export(handle_, raw::slice(std::string_view(function.name.interface)),
                              raw::slice(std::string_view(function.name.name)));
    THEATER_CHECK(error == nullptr, "{} was described as an export", function.name.to_string());
  }
}

LinkedProgram::~LinkedProgram() {
  te_program_delete(handle_);
}

uint32_t LinkedProgram::host_call(void* store_env, uint32_t function, te_slice args,
                                  te_completion* completion, te_slice* result) {
  return static_cast<Instance*>(store_env)->answer_host_call(function, raw::view(args), completion,
                                                             result);
}

std::optional<uint32_t> LinkedProgram::find_export(std::string_view interface,
                                                   std::string_view name) const {
  std::span<const FunctionDecl> functions = exports();
  for (uint32_t i = 0; i < functions.size(); ++i) {
    if (functions[i].name.interface == interface && functions[i].name.name == name) return i;
  }
  return std::nullopt;
}

Result<std::unique_ptr<Guest>> LinkedProgram::make_guest(const Limits& limits, HostCalls& calls,
                                                         std::shared_ptr<Waker> waker) const {
  return std::make_unique<Instance>(handle_, limits, calls, std::move(waker));
}

Instance::Instance(const te_program* program, const Limits& limits, HostCalls& calls,
                   std::shared_ptr<Waker> waker)
    : calls_(calls), waker_(std::move(waker)) {
  te_limits raw_limits = to_raw(limits);
  store_ = te_store_new(
      program, &raw_limits, this, [](void* env) { static_cast<Waker*>(env)->wake(); },
      waker_.get());
}

Instance::~Instance() {
  te_store_delete(store_);
}

Progress Instance::resume() {
  switch (te_store_resume(store_)) {
    case TE_DONE:
      return Progress::kDone;
    case TE_YIELDED:
      return Progress::kYielded;
    case TE_WAITING:
      return Progress::kWaiting;
    default:
      trap_ = raw::trap(te_store_error(store_));
      return Progress::kTrapped;
  }
}

uint32_t Instance::answer_host_call(uint32_t function, ByteView args, te_completion* completion,
                                    te_slice* result) {
  if (host_result_.capacity() > kResultKeepBytes) Bytes().swap(host_result_);
  host_result_.clear();
  HostAnswer answer;
  if (completion == nullptr) {
    answer = calls_.call(function, args, host_result_);
    THEATER_CHECK(answer != HostAnswer::kLater, "host function {} was bound as immediate",
                  function);
  } else {
    Completion later(std::make_unique<EngineSink>(completion));
    answer = calls_.call_waiting(function, args, host_result_, later);
    if (answer != HostAnswer::kLater) {
      THEATER_CHECK(later.pending(), "host function {} answered at once and kept its completion",
                    function);
      std::move(later).forget();
    } else {
      THEATER_CHECK(!later.pending(), "host function {} answers later without its completion",
                    function);
    }
  }
  *result = raw::slice(host_result_);
  switch (answer) {
    case HostAnswer::kDone:
      return TE_ANSWER_DONE;
    case HostAnswer::kTrap:
      return TE_ANSWER_TRAP;
    case HostAnswer::kLater:
      return TE_ANSWER_LATER;
  }
  return TE_ANSWER_TRAP;
}

}  // namespace theater::engine
