#include "theater/actor/testing/scripted_guest.h"

#include "theater/actor/messaging/call_result.h"
#include "theater/base/check.h"
#include "theater/base/guarded.h"

#include <algorithm>
#include <atomic>

namespace theater::testing {

namespace {

// Where the answer of a waiting call arrives, from any thread.
struct Answer {
  std::optional<Bytes> result;
  std::optional<std::string> trap;
  bool cancelled = false;
};

class AnswerSink final : public engine::Completion::Sink {
 public:
  AnswerSink(std::shared_ptr<Guarded<Answer>> answer, std::shared_ptr<engine::Waker> waker)
      : answer_(std::move(answer)), waker_(std::move(waker)) {}

  bool answer(ByteView result) override {
    return put([&](Answer& answer) { answer.result = to_bytes(result); });
  }
  bool trap(engine::TrapCode, std::string_view why) override {
    return put([&](Answer& answer) { answer.trap = std::string(why); });
  }
  bool cancelled() const override {
    return answer_->with([](const Answer& answer) { return answer.cancelled; });
  }

 private:
  template <class Put>
  bool put(const Put& fill) {
    bool wanted = answer_->with([&](Answer& answer) {
      if (!answer.cancelled) fill(answer);
      return !answer.cancelled;
    });
    if (wanted) waker_->wake();
    return wanted;
  }

  std::shared_ptr<Guarded<Answer>> answer_;
  std::shared_ptr<engine::Waker> waker_;
};

}  // namespace

class ScriptedProgram final : public engine::Program {
 public:
  ScriptedProgram(ScriptedComponent component, std::span<const engine::HostBinding> bindings)
      : component_(std::move(component)) {
    for (const auto& binding : bindings)
      numbers_[binding.name] = binding;
  }

  std::span<const engine::FunctionDecl> exports() const override { return component_.exports_; }
  std::optional<uint32_t> find_export(std::string_view interface,
                                      std::string_view name) const override {
    for (size_t i = 0; i < component_.exports_.size(); ++i) {
      const engine::FunctionName& found = component_.exports_[i].name;
      if (found.interface == interface && found.name == name) return static_cast<uint32_t>(i);
    }
    return std::nullopt;
  }
  Result<std::unique_ptr<engine::Guest>> make_guest(
      const engine::Limits& limits, engine::HostCalls& calls,
      std::shared_ptr<engine::Waker> waker) const override;

  const Script& script(uint32_t number) const { return component_.scripts_.at(number); }
  const Script& start() const { return component_.start_; }
  const engine::HostBinding& import(const engine::FunctionName& name) const {
    auto found = numbers_.find(name);
    THEATER_CHECK(found != numbers_.end(), "the script calls {}, which is not imported",
                  name.to_string());
    return found->second;
  }

 private:
  ScriptedComponent component_;
  std::map<engine::FunctionName, engine::HostBinding> numbers_;
};

class ScriptedGuest final : public engine::Guest {
 public:
  ScriptedGuest(const ScriptedProgram& program, engine::HostCalls& calls,
                std::shared_ptr<engine::Waker> waker)
      : program_(program), calls_(calls), waker_(std::move(waker)) {}

  ~ScriptedGuest() override {
    if (answer_) answer_->with([](Answer& answer) { answer.cancelled = true; });
  }

  void instantiate() override {
    next_ = program_.start() ? program_.start() : [](Play& play) { play.finish(std::nullopt); };
  }
  void call(uint32_t export_index, ByteView args) override {
    THEATER_CHECK(!next_ && !then_, "one activation at a time");
    args_ = args;
    next_ = program_.script(export_index);
  }

  engine::Progress resume() override {
    if (interrupted_) fault(engine::TrapCode::kKilled, "interrupted");
    if (trap_) return engine::Progress::kTrapped;
    if (then_) {
      Answer answer = answer_->with([](const Answer& now) { return now; });
      if (answer.trap) {
        fault(engine::TrapCode::kHostRefused, *answer.trap);
        return engine::Progress::kTrapped;
      }
      if (!answer.result) return engine::Progress::kWaiting;
      auto then = std::exchange(then_, nullptr);
      next_ = [then, result = *answer.result](Play& play) { then(play, result); };
    }
    Script script = std::exchange(next_, nullptr);
    THEATER_CHECK(script != nullptr, "resumed without an activation");
    done_ = false;
    Play play(*this);
    script(play);
    if (trap_) return engine::Progress::kTrapped;
    if (then_) return engine::Progress::kWaiting;
    if (next_) return engine::Progress::kYielded;
    THEATER_CHECK(done_, "a script ended without saying how");
    return engine::Progress::kDone;
  }

  ByteView result() const override { return result_; }
  const engine::Trap& trap() const override { return *trap_; }
  void interrupt() override { interrupted_ = true; }
  uint64_t memory_bytes() const override { return 65'536; }

  ByteView args() const { return args_; }
  void yield(Script then) { next_ = std::move(then); }
  void finish(Bytes result) {
    done_ = true;
    result_ = std::move(result);
  }
  void fault(engine::TrapCode code, std::string why) {
    if (!trap_) trap_ = engine::Trap{code, std::move(why), {}};
  }

  std::optional<Bytes> call_host(const engine::FunctionName& name, ByteView args) {
    const engine::HostBinding& import = program_.import(name);
    THEATER_CHECK(import.mode == engine::HostMode::kImmediate, "{}", name.to_string());
    Bytes result;
    if (calls_.call(import.function, args, result) == engine::HostAnswer::kDone) return result;
    fault(engine::TrapCode::kHostRefused, std::string(as_text(result)));
    return std::nullopt;
  }

  void call_later(const engine::FunctionName& name, ByteView args,
                  std::function<void(Play&, ByteView)> then, Play& play) {
    const engine::HostBinding& import = program_.import(name);
    if (import.mode == engine::HostMode::kImmediate) {
      // A guest cannot tell an answer that came at once from one that it waited for.
      if (auto result = call_host(name, args)) then(play, *result);
      return;
    }
    auto answer = std::make_shared<Guarded<Answer>>();
    engine::Completion completion(std::make_unique<AnswerSink>(answer, waker_));
    Bytes result;
    engine::HostAnswer how = calls_.call_waiting(import.function, args, result, completion);
    if (how == engine::HostAnswer::kLater) {
      answer_ = std::move(answer);
      then_ = std::move(then);
      return;
    }
    answer->with([](Answer& unused) { unused.cancelled = true; });
    if (how == engine::HostAnswer::kTrap) {
      fault(engine::TrapCode::kHostRefused, std::string(as_text(result)));
    } else {
      then(play, result);
    }
  }

 private:
  const ScriptedProgram& program_;
  engine::HostCalls& calls_;
  std::shared_ptr<engine::Waker> waker_;
  ByteView args_;
  Script next_;
  std::function<void(Play&, ByteView)> then_;
  std::shared_ptr<Guarded<Answer>> answer_;
  bool done_ = false;
  Bytes result_;
  std::optional<engine::Trap> trap_;
  std::atomic<bool> interrupted_{false};
};

Result<std::unique_ptr<engine::Guest>> ScriptedProgram::make_guest(
    const engine::Limits&, engine::HostCalls& calls, std::shared_ptr<engine::Waker> waker) const {
  return std::make_unique<ScriptedGuest>(*this, calls, std::move(waker));
}

std::optional<Bytes> Play::state() const {
  wit::ByteReader reader(guest_.args());
  return *wit::decode_from<std::optional<Bytes>>(reader);
}

ByteView Play::params_bytes() const {
  wit::ByteReader reader(guest_.args());
  (void)*wit::decode_from<std::optional<ByteView>>(reader);
  return reader.rest();
}

std::optional<Bytes> Play::call_bytes(const engine::FunctionName& name, ByteView args) {
  return guest_.call_host(name, args);
}

void Play::call_any(const engine::FunctionName& name, ByteView args,
                    std::function<void(Play&, ByteView)> then) {
  guest_.call_later(name, args, std::move(then), *this);
}

void Play::yield(Script then) {
  guest_.yield(std::move(then));
}

void Play::finish(const std::optional<Bytes>& state) {
  finish_bytes(state, {});
}

void Play::finish_bytes(const std::optional<Bytes>& state, ByteView results) {
  Bytes result{0};
  wit::encode_to(result, state);
  append(result, results);
  guest_.finish(std::move(result));
}

void Play::fail(const std::string& text) {
  Bytes result{1};
  wit::encode_to(result, text);
  guest_.finish(std::move(result));
}

void Play::trap(engine::TrapCode code) {
  guest_.fault(code, "as the script wants");
}

namespace {

void add_once(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

}  // namespace

ScriptedComponent& ScriptedComponent::imports(const HostFunction& function) {
  return imports(function.name, function.type);
}

ScriptedComponent& ScriptedComponent::imports(engine::FunctionName name, wit::FuncType type) {
  add_once(imported_interfaces_, name.interface);
  imports_.push_back({std::move(name), std::move(type)});
  return *this;
}

ScriptedComponent& ScriptedComponent::exports(const ExportFunction& function, Script script) {
  return exports(function.name, function.type, std::move(script));
}

ScriptedComponent& ScriptedComponent::exports(engine::FunctionName name, wit::FuncType type,
                                              Script script) {
  add_once(exported_interfaces_, name.interface);
  exports_.push_back({std::move(name), std::move(type)});
  scripts_.push_back(std::move(script));
  return *this;
}

ScriptedComponent& ScriptedComponent::starts_with(Script script) {
  start_ = std::move(script);
  return *this;
}

ScriptedComponent& ScriptedComponent::named(std::string name) {
  name_ = std::move(name);
  return *this;
}

ComponentShape ScriptedComponent::shape() const {
  return {imports_, exports_, imported_interfaces_, exported_interfaces_};
}

std::shared_ptr<const engine::Program> ScriptedComponent::link(
    std::span<const engine::HostBinding> bindings) const {
  return std::make_shared<ScriptedProgram>(*this, bindings);
}

void keep(Play& play) {
  play.finish(play.state());
}

void spin(Play& play) {
  play.yield(spin);
}

}  // namespace theater::testing
