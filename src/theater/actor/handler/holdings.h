// What a handler holds for one actor beyond an instance, computed from the actor's record.
//
// A session ends with its instance. If `init` runs in the next instance, the guest sets up again
// what it needs. If `init` does not run (after a crash of the node, a restart from the last state,
// an update), the handler restores what the guest had set up: Session::restore().
//
// A handler that has something to restore says so in two places. Each function that changes it is
// declared with `.holding()`, or `holds` for a function of the guest. Handler::make_holdings()
// makes an object that takes these recorded calls and says what is held, in a living actor and in a
// recovery. So the two agree, and the handler needs no storage of its own.
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/result.h"

#include <optional>
#include <string_view>

namespace theater {

// Depends on nothing but the calls of its methods. Not thread-safe: only the worker that runs the
// actor's turn, or a recovery.
class Holdings {
 public:
  virtual ~Holdings() = default;

  // Begins with `held`, bytes that held() gave once, in place of what was held; the handler
  // documents their type in wit/log/log.wit, interface `held`. Fails with kInvalidArgument if they
  // are not of that type.
  virtual Result<void> begin(ByteView held) = 0;

  // Takes a call that succeeded: `function` is its name without the interface, `arguments` and
  // `result` are value bytes of its type. Those of an effect come without their arguments.
  virtual void take(std::string_view function, ByteView arguments, ByteView result) = 0;

  // Takes a call of the guest by the handler, when it begins: `params` are value bytes of the tuple
  // of the parameters.
  virtual void take_callback(std::string_view function, ByteView params) {
    (void)function, (void)params;
  }

  // The call of the guest that was taken last returned an error, or its instance failed. Calls that
  // the guest made meanwhile stand.
  virtual void callback_failed(std::string_view function) { (void)function; }

  // What is held now; none for nothing.
  virtual std::optional<Bytes> held() const = 0;
};

}  // namespace theater
