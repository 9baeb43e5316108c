// What an actor's guest is told of its children: calls of `theater:simple/supervisor-handlers`.
//
// A notice is a message like any other, in the order of the actor's own mailbox, from the node.
// Nothing waits for it and nothing depends on it: a guest that exports none of the three functions,
// or not the one for the case, is told nothing.
#pragma once

#include "theater/actor/messaging/export_function.h"
#include "theater/actor/messaging/message.h"
#include "theater/actor/supervision/child_event.h"
#include "theater/base/bytes.h"
#include "theater/base/id.h"

#include <boost/describe.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace theater {

// `wit-error-type` and `wit-actor-error` of the interface theater:simple/types.
enum class ActorErrorType {
  kOperationTimeout,
  kChannelClosed,
  kShuttingDown,
  kFunctionNotFound,
  kTypeMismatch,
  kInternal,
  kSerializationError,
  kUpdateComponentError,
  kPaused,
};
BOOST_DESCRIBE_ENUM(ActorErrorType, kOperationTimeout, kChannelClosed, kShuttingDown,
                    kFunctionNotFound, kTypeMismatch, kInternal, kSerializationError,
                    kUpdateComponentError, kPaused)

struct ActorError {
  ActorErrorType error_type = ActorErrorType::kInternal;
  std::optional<Bytes> data;

  bool operator==(const ActorError&) const = default;
};
BOOST_DESCRIBE_STRUCT(ActorError, (), (error_type, data))

// One call of one of the three, without its place in a mailbox.
class SupervisorCallback {
 public:
  // A text longer than this is cut.
  static constexpr size_t kTextBytesMax = 4096;
  // A notice of at most this size is always delivered; a larger one, which is the data that a
  // child ended with, needs room in the mailbox.
  static constexpr size_t kAlwaysBytesMax = size_t{64} << 10;

  // `handle-child-error`: `internal` with this text, or `operation-timeout` with the limit of a
  // call's time, in seconds, if that is what it reached.
  static SupervisorCallback failed(const ActorId& child, std::string_view why,
                                   std::optional<uint64_t> timeout_s = {});
  // `handle-child-exit`: the child ended itself.
  static SupervisorCallback left(const ActorId& child, const std::optional<Bytes>& data);
  // `handle-child-external-stop`: it was stopped or killed, and not by its parent.
  static SupervisorCallback stopped(const ActorId& child);
  // The notice of how a child ended. None if its parent asked for that, `by_parent`, and that is
  // how it came. `how` has its payloads with it.
  static std::optional<SupervisorCallback> of_end(const ActorId& child, const log::Ending& how,
                                                  std::string_view why_failed, bool by_parent,
                                                  std::optional<uint64_t> timeout_s = {});

  const ExportFunction& function() const { return *function_; }
  size_t size() const { return params_.size(); }
  // What is said in the place of a notice that has no place, with the reason; it fits every actor.
  // What it leaves out is in the chain.
  SupervisorCallback without_data(std::string_view why) const;
  Message message() &&;

 private:
  SupervisorCallback(const ExportFunction& function, const ActorId& child, Bytes params)
      : function_(&function), child_(child), params_(std::move(params)) {}

  const ExportFunction* function_;
  ActorId child_;
  Bytes params_;  // Value bytes of the tuple of the parameters.
};

// The three functions. Safe from any thread.
std::span<const ExportFunction> child_notice_functions();

}  // namespace theater
