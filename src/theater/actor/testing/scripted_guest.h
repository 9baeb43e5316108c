// Guests whose parts are written in C++, so that everything above the engine can be tested without
// it, on one thread or many.
//
//   ScriptedComponent echo;
//   echo.imports(host_function).exports(kHandleSend, [](Play& play) { play.finish(play.state());
//   });
//
// A script is what a guest does from the beginning of a call to where it ends, gives way or waits;
// each script ends with exactly one of `finish`, `fail`, `trap`, `yield` and `call_waiting`, and
// the last two name the script that continues.
#pragma once

#include "theater/actor/handler/binding.h"
#include "theater/actor/handler/host_function.h"
#include "theater/actor/messaging/export_function.h"
#include "theater/engine/guest.h"
#include "theater/wit/traits.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace theater::testing {

class ScriptedGuest;
class Play;
using Script = std::function<void(Play&)>;

// What a script sees of the call it plays in. Valid while the script runs.
class Play {
 public:
  // Of the call's arguments.
  std::optional<Bytes> state() const;
  template <class... P>
  std::tuple<P...> params() const {
    return *wit::decode<std::tuple<P...>>(params_bytes());
  }

  // Calls a host function that answers at once. If the host refuses by a trap, the guest traps when
  // the script ends, whatever it does until then, and the result is a default one.
  template <class R, class... Args>
  R call(const std::string& interface, const std::string& name, const Args&... args) {
    Bytes encoded;
    wit::encode_params(encoded, args...);
    std::optional<Bytes> result = call_bytes({interface, name}, encoded);
    if constexpr (!std::is_void_v<R>) return result ? *wit::decode<R>(*result) : R();
  }

  // Calls one that may answer later; `then` plays on with its result. A component that is linked to
  // answer it at once plays on at once.
  template <class R, class... Args>
  void call_waiting(const std::string& interface, const std::string& name,
                    std::function<void(Play&, R)> then, const Args&... args) {
    Bytes encoded;
    wit::encode_params(encoded, args...);
    call_any({interface, name}, encoded,
             [then](Play& play, ByteView result) { then(play, *wit::decode<R>(result)); });
  }

  // The same for a function of any kind, with value bytes. `then` does not play if the host refuses
  // by a trap.
  void call_any(const engine::FunctionName& name, ByteView args,
                std::function<void(Play&, ByteView)> then);

  void yield(Script then);
  void finish(const std::optional<Bytes>& state);
  template <class R>
  void finish(const std::optional<Bytes>& state, const R& result) {
    Bytes results;
    wit::encode_to(results, result);
    finish_bytes(state, results);
  }
  void fail(const std::string& text);
  void trap(engine::TrapCode code);

 private:
  friend class ScriptedGuest;
  explicit Play(ScriptedGuest& guest) : guest_(guest) {}

  ByteView params_bytes() const;
  std::optional<Bytes> call_bytes(const engine::FunctionName& name, ByteView args);
  void finish_bytes(const std::optional<Bytes>& state, ByteView results);

  ScriptedGuest& guest_;
};

// Set up on one thread; after that its programs and guests are as safe as real ones.
class ScriptedComponent {
 public:
  ScriptedComponent& imports(const HostFunction& function);
  ScriptedComponent& imports(engine::FunctionName name, wit::FuncType type);
  ScriptedComponent& exports(const ExportFunction& function, Script script);
  ScriptedComponent& exports(engine::FunctionName name, wit::FuncType type, Script script);
  // Plays while the instance is made; ends with finish({}).
  ScriptedComponent& starts_with(Script script);
  // What the digest is taken of; the default is one digest for all.
  ScriptedComponent& named(std::string name);

  ComponentShape shape() const;
  Hash digest() const { return sha256(as_bytes(name_)); }
  // A program with a copy of the scripts.
  std::shared_ptr<const engine::Program> link(std::span<const engine::HostBinding> bindings) const;

 private:
  friend class ScriptedProgram;

  std::string name_ = "scripted";
  std::vector<engine::FunctionDecl> imports_;
  std::vector<engine::FunctionDecl> exports_;
  std::vector<std::string> imported_interfaces_;
  std::vector<std::string> exported_interfaces_;
  std::vector<Script> scripts_;
  Script start_;
};

// Returns with the state that it was given.
void keep(Play& play);
// Gives way for ever.
void spin(Play& play);

}  // namespace theater::testing
